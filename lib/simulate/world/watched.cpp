#include "simulate/world/watched.hpp"

#include "base/random.hpp"
#include "config/describe.hpp"
#include "config/device_points.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace hil::simulate {
namespace {

using config::DeviceKind;
using config::Format;
using config::Quantity;
using config::Unit;

// A sequence that has nothing to do with the one that begins with the seed itself.
constexpr std::uint64_t watched_stream = 0x7761746368656400;
constexpr std::uint64_t most_watched = 20;
constexpr std::uint16_t first_port = 5200;

constexpr std::array drawn_kinds{DeviceKind::battery, DeviceKind::pv, DeviceKind::load, DeviceKind::meter};

struct Scale {
    Unit unit;
    double count;
};

Scale draw_scale(Quantity quantity, bool coarse) {
    switch (quantity) {
        case Quantity::active_power:
            return coarse ? Scale{Unit::kw, 0.01} : Scale{Unit::w, 1};
        case Quantity::reactive_power:
            return coarse ? Scale{Unit::kvar, 0.01} : Scale{Unit::var, 1};
        case Quantity::state_of_charge:
            return coarse ? Scale{Unit::percent, 0.01} : Scale{Unit::pu, 0.0001};
        case Quantity::voltage:
            return {Unit::kv, 0.001};
        case Quantity::current:
            return {Unit::a, coarse ? 0.1 : 0.01};
        case Quantity::phase_voltage:
            return {Unit::phase_v, 0.1};
        case Quantity::energy:
            return coarse ? Scale{Unit::kwh, 0.01} : Scale{Unit::wh, 1};
        case Quantity::raw:
            break;
    }
    return {Unit::raw, 1};
}

config::Point draw_point(const config::MeasuredPoint& measured, std::uint16_t first,
                         config::RegisterType table, Random& random) {
    config::Point point;
    point.name = measured.name;
    point.quantity = measured.quantity;
    point.address = first;
    point.register_type = table;
    const auto [unit, count] = draw_scale(measured.quantity, random.chance(0.5));
    point.unit = unit;
    point.format = random.chance(0.3) ? Format::float32 : Format::int32;
    // Some count the other way; a device gives what it takes.
    point.eng_per_count = point.format == Format::float32 ? 1 : count;
    if (measured.quantity == Quantity::active_power && random.chance(0.3))
        point.eng_per_count = -point.eng_per_count;
    return point;
}

config::Device draw_device(std::size_t number, Random& random) {
    const auto kind = drawn_kinds[random.below(drawn_kinds.size())];
    auto device = config::default_device(fmt::format("{}{}", config::to_string(kind), number));
    device.kind = kind;
    device.has_local = true;
    device.local.address.port = static_cast<std::uint16_t>(first_port + number);
    device.local.unit_id = static_cast<std::uint8_t>(1 + random.below(247));
    if (random.chance(0.3)) device.phases = {"L1"};
    device.model.capacity_kwh = random.uniform(5, 200);
    const double p = std::round(random.uniform(1, 200));
    device.emulation.p_kw = kind == DeviceKind::load || kind == DeviceKind::meter ? -p : p;
    device.emulation.q_kvar = std::round(random.uniform(-10, 10));
    device.emulation.course =
        random.chance(0.3) ? config::EmulatedCourse::constant : config::EmulatedCourse::day;
    const auto table = random.chance(0.5) ? config::RegisterType::input : config::RegisterType::holding;
    auto next = static_cast<std::uint16_t>(random.below(100));
    for (const auto& measured : config::measured_points(kind)) {
        if (!measured.required && random.chance(0.3)) continue;
        device.local.points.push_back(draw_point(measured, next, table, random));
        next = static_cast<std::uint16_t>(next + 2 + random.below(30));
    }
    return device;
}

}  // namespace

service::Setup draw_watched(std::uint64_t seed, service::Setup setup, const FaultProfile& faults) {
    if (faults.devices <= 0) return setup;
    Random random(seed ^ watched_stream);
    if (!random.chance(faults.devices)) return setup;
    const auto count = 1 + random.below(most_watched);
    for (std::size_t i = 0; i < count; ++i) {
        auto device = draw_device(i + 1, random);
        // Some lie behind the gateway of the one before, the unit ids tell them apart.
        const auto* before = i > 0 ? &setup.config.devices.back().local : nullptr;
        if (before != nullptr && random.chance(0.3)) {
            device.local.address = before->address;
            device.local.unit_id = static_cast<std::uint8_t>(before->unit_id % 247 + 1);
        }
        setup.config.devices.push_back(std::move(device));
    }
    return setup;
}

}  // namespace hil::simulate
