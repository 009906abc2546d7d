#include "plant_sim/device_emulator.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

namespace hil::plant_sim {
namespace {

constexpr std::size_t register_count = 65536;

bool has_input(const config::ModbusEndpoint& endpoint) {
    return std::ranges::any_of(endpoint.points, [](const config::Point& point) {
        return point.register_type == config::RegisterType::input;
    });
}

bool reads(modbus::Function function) {
    return function == modbus::Function::read_holding_registers ||
           function == modbus::Function::read_input_registers;
}

}  // namespace

DeviceEmulator::DeviceEmulator(const config::Device& device, const config::ModbusEndpoint& endpoint,
                               Course course, Instant now, WallTime wall, double soc_pu)
    : device_(device),
      map_(endpoint),
      course_(std::move(course)),
      bank_(modbus::Bank::holding_only(register_count)),
      last_(now),
      soc_pu_(soc_pu) {
    if (has_input(endpoint)) bank_.input.resize(register_count);
    measure(wall);
}

modbus::Response DeviceEmulator::execute(const modbus::Request& request) {
    ++requests_;
    if (reads(request.function)) return modbus::execute(bank_, request);
    modbus::Response refused;
    refused.unit = request.unit;
    refused.function = request.function;
    refused.exception = static_cast<std::uint8_t>(modbus::errc::illegal_function);
    return refused;
}

void DeviceEmulator::step(Instant now, WallTime wall) {
    integrate(std::max(now - last_, Duration::zero()));
    last_ = std::max(now, last_);
    measure(wall);
}

// What it gave since the step before.
void DeviceEmulator::integrate(Duration dt) {
    const double kwh = p_kw_ * to_seconds(dt) / 3600;
    exported_kwh_ += std::max(kwh, 0.0);
    imported_kwh_ += std::max(-kwh, 0.0);
    if (device_.model.capacity_kwh > 0)
        soc_pu_ = std::clamp(soc_pu_ - kwh / device_.model.capacity_kwh, 0.0, 1.0);
}

void DeviceEmulator::measure(WallTime wall) {
    p_kw_ = course_(wall);
    // A battery that is empty gives nothing, one that is full takes nothing.
    const bool battery = device_.kind == config::DeviceKind::battery;
    if (battery && ((p_kw_ > 0 && soc_pu_ <= 0) || (p_kw_ < 0 && soc_pu_ >= 1))) p_kw_ = 0;
    publish();
}

void DeviceEmulator::publish() {
    const auto& e = device_.emulation;
    const auto phases = static_cast<double>(device_.phases.size());
    const double amperes =
        std::hypot(p_kw_, e.q_kvar) * 1000 / (phases * e.voltage_v) * (p_kw_ < 0 ? -1.0 : 1.0);
    const auto current = [&](const char* phase) {
        const auto& all = device_.phases;
        return std::ranges::find(all, phase) == all.end() ? 0.0 : amperes;
    };
    for (const auto& [point, value] :
         std::initializer_list<std::pair<std::string_view, double>>{{"p", p_kw_},
                                                                    {"q", e.q_kvar},
                                                                    {"i_l1", current("L1")},
                                                                    {"i_l2", current("L2")},
                                                                    {"i_l3", current("L3")},
                                                                    {"voltage", e.voltage_v},
                                                                    {"energy_import", imported_kwh_},
                                                                    {"energy_export", exported_kwh_},
                                                                    {"p_available", p_kw_},
                                                                    {"p_setpoint", p_kw_},
                                                                    {"p_battery", p_kw_},
                                                                    {"q_setpoint", e.q_kvar},
                                                                    {"q_battery", e.q_kvar},
                                                                    {"soc", soc_pu_},
                                                                    {"p_poi", p_kw_},
                                                                    {"q_poi", e.q_kvar},
                                                                    {"v_poi", device_.model.poi_voltage_kv}})
        put(point, value);
    if (on_shown) on_shown();
}

void DeviceEmulator::put(std::string_view name, double value) {
    const auto id = map_.find(name);
    if (!id || config::find_measured(device_.kind, name) == nullptr) return;
    const auto& codec = map_.codec(*id);
    const auto& point = map_.point(*id);
    const auto words = codec.encode(std::clamp(value, codec.lowest(), codec.highest()));
    if (!words) return;
    auto& table = point.register_type == config::RegisterType::input ? bank_.input : bank_.holding;
    table.write(point.address, std::span(*words).first(codec.word_count()));
}

std::optional<double> DeviceEmulator::shown(std::string_view name) const {
    const auto id = map_.find(name);
    if (!id) return std::nullopt;
    const auto& point = map_.point(*id);
    const auto& table = point.register_type == config::RegisterType::input ? bank_.input : bank_.holding;
    plant::Registers words;
    const auto held = std::span(words).first(point.word_count());
    table.read(point.address, held);
    return map_.codec(*id).decode(held);
}

}  // namespace hil::plant_sim
