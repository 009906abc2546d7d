// Rules of a watched device.
#include "config/device_points.hpp"
#include "config/names.hpp"
#include "config/rules.hpp"

#include <fmt/format.h>

#include <set>

namespace hil::config {

namespace {

void points_of(const Device& device, const ModbusEndpoint& endpoint, const std::string& pointer,
               Problems& problems) {
    check_watched_endpoint(endpoint, pointer, problems);
    const auto points = pointer + "/points";
    for (const auto& known : measured_points(device.kind))
        if (known.required && endpoint.find(known.name) == nullptr)
            problems.add_unless_wrong(
                points, {below(points, known.name)},
                fmt::format("lacks {}, which every {} has", known.name, to_string(device.kind)));
    for (const auto& point : endpoint.points) {
        const bool measures = point.quantity.value_or(Quantity::raw) != Quantity::raw;
        if (measures && find_measured(device.kind, point.name) == nullptr)
            problems.add_unless_wrong(below(points, point.name), {pointer},
                                      fmt::format("is no point of a {}", to_string(device.kind)));
    }
}

void phases_of(const Device& device, const std::string& pointer, Problems& problems) {
    const auto where = pointer + "/phases";
    if (device.phases.empty()) problems.add_unless_wrong(where, {}, "must name a phase at least");
    if (std::set<std::string>(device.phases.begin(), device.phases.end()).size() != device.phases.size())
        problems.add_unless_wrong(where, {}, "must name each phase once");
}

void emulation_of(const Device& device, const std::string& pointer, Problems& problems) {
    if (device.kind == DeviceKind::battery)
        return check_emulation(device.model.emulation, pointer + "/model/emulation", problems);
    const auto& e = device.emulation;
    const auto section = pointer + "/emulation";
    if (e.course == EmulatedCourse::file && e.file.empty())
        problems.add_unless_wrong(section + "/file", {section + "/course"},
                                  "is required when course is file: what it gives when");
    if (device.kind == DeviceKind::pv && e.p_kw < 0)
        problems.add_unless_wrong(section + "/p_kw", {},
                                  fmt::format("must not be below 0: pv generates, got {}", e.p_kw));
    if (device.kind == DeviceKind::load && e.p_kw > 0)
        problems.add_unless_wrong(section + "/p_kw", {},
                                  fmt::format("must not be above 0: a load takes power, got {}", e.p_kw));
}

}  // namespace

void check_device(const Device& device, const std::string& pointer, Problems& problems) {
    if (problems.wrong(pointer)) return;
    if (!device.has_local && !device.has_remote)
        problems.add_unless_wrong(pointer + "/modbus",
                                  {pointer + "/modbus/local", pointer + "/modbus/remote"},
                                  "must have local or remote");
    if (device.has_local) points_of(device, device.local, pointer + "/modbus/local", problems);
    if (device.has_remote) points_of(device, device.remote, pointer + "/modbus/remote", problems);
    phases_of(device, pointer, problems);
    emulation_of(device, pointer, problems);
}

}  // namespace hil::config
