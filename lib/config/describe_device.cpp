// The section `devices`: what is read and recorded beside the plants.
#include "config/describe.hpp"
#include "config/device_points.hpp"
#include "config/texts.hpp"

#include <algorithm>
#include <vector>

namespace hil::config {

namespace {

// What a name measures in whichever kind has it: each means the same in all of them.
Quantity quantity_in_any(std::string_view name) {
    for (const auto& kind : device_kinds)
        if (const auto* point = find_measured(kind.value, name)) return point->quantity;
    return Quantity::raw;
}

std::string_view type_of_any(std::string_view name) {
    return point_type(quantity_in_any(name));
}

std::string_view doc_of_any(std::string_view name) {
    for (const auto& kind : device_kinds)
        if (const auto* point = find_measured(kind.value, name)) return point->doc;
    return "A further register, such as one that a scale_point names.";
}

// All names there are, each once: the schema knows no kinds.
std::vector<std::string_view> all_names() {
    std::vector<std::string_view> names;
    for (const auto& kind : device_kinds)
        for (const auto& point : measured_points(kind.value))
            if (std::ranges::find(names, point.name) == names.end()) names.push_back(point.name);
    return names;
}

void watched_endpoint(Visitor& v, ModbusEndpoint& e, DeviceKind kind, TransportMode side) {
    describe_connection(v, e, side);
    const Keys names{.key = texts::point_name,
                     .named = {},
                     .usual = all_names(),
                     .at_least = 1,
                     .type = type_of_any,
                     .doc = doc_of_any};
    v.map(
        {.name = "points", .doc = "The registers by name.", .required = true}, names, e.points,
        [kind](const std::string& name) {
            Point point;
            point.name = name;
            const auto* known = find_measured(kind, name);
            point.quantity = known != nullptr ? known->quantity : quantity_in_any(name);
            return point;
        },
        [](const Point& point) { return point.name; });
    v.optional({.name = "expect",
                .doc = "A register by which device, map and firmware are known; where it holds something "
                       "else the device is shown as another one."},
               e.expect);
}

void course(Visitor& v, DeviceEmulation& e) {
    constexpr Real power{-1e7, 1e7};
    v.choice<EmulatedCourse>(
        {.name = "course",
         .doc = "constant: p_kw always; day: over a day as such a device has it, p_kw at most; file: what a "
                "file says."},
        e.course, emulated_courses);
    v.real({.name = "p_kw", .doc = "Active power, positive gives to the grid."}, e.p_kw, power);
    v.real({.name = "q_kvar", .doc = "Reactive power, always."}, e.q_kvar, power);
    v.real({.name = "voltage_v", .doc = "Voltage, phase to neutral."}, e.voltage_v, {1, 1e6});
    v.path({.name = "file",
            .doc = "Of course file: a CSV file with the columns timestamp and p_kw; a value holds until the "
                   "next one."},
           e.file);
}

}  // namespace

void describe(Visitor& v, Device& device) {
    v.text({.name = "name", .doc = "Name for people; the id in capitals when it is left out."}, device.name,
           texts::name);
    v.choice<DeviceKind>(
        {.name = "kind", .doc = "What it is; it decides what is recorded.", .required = true}, device.kind,
        device_kinds);
    v.texts({.name = "phases", .doc = "The phases it is connected to, of L1, L2 and L3."}, device.phases,
            texts::phase);
    v.group({.name = "model", .doc = "Of a battery: what it can do, as of a plant."},
            [&] { describe(v, device.model); });
    v.group({.name = "emulation", .doc = "Of the other kinds: what is emulated behind the local endpoint."},
            [&] { course(v, device.emulation); });
    v.group({.name = "modbus", .doc = "How the device is reached.", .required = true}, [&] {
        v.optional_group({.name = "local",
                          .doc = "The emulator inside the service; without it the device is remote only."},
                         device.has_local,
                         [&] { watched_endpoint(v, device.local, device.kind, TransportMode::local); });
        v.optional_group(
            {.name = "remote", .doc = "The real device; without it the device is emulated only."},
            device.has_remote,
            [&] { watched_endpoint(v, device.remote, device.kind, TransportMode::remote); });
    });
}

Device default_device(const std::string& id) {
    Device device;
    device.id = device.name = id;
    std::ranges::transform(id, device.name.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    device.has_local = device.has_remote = false;
    device.local.watched = device.remote.watched = true;
    device.local.address.host = "127.0.0.1";
    device.remote.address.port = 502;
    return device;
}

}  // namespace hil::config
