#include "simulate/invariants/registers.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

namespace hil::simulate {
namespace {

double factor_of(config::Unit unit) {
    switch (unit) {
        case config::Unit::percent:
            return 0.01;
        case config::Unit::w:
        case config::Unit::var:
        case config::Unit::v:
            return 0.001;
        case config::Unit::mw:
        case config::Unit::mvar:
            return 1000;
        default:
            return 1;
    }
}

std::uint16_t swapped(std::uint16_t word) {
    return static_cast<std::uint16_t>((word << 8) | (word >> 8));
}

// What a raw value of the configuration looks like in registers; none for what these tests do not use.
std::optional<std::uint64_t> pattern(const config::RawValue& value, const config::Point& point) {
    const unsigned bits = point.word_count() * 16u;
    if (const auto* text = std::get_if<std::string>(&value)) return std::stoull(*text, nullptr, 16);
    const auto* whole = std::get_if<std::int64_t>(&value);
    if (whole == nullptr) return std::nullopt;
    if (point.format == config::Format::float32)
        return std::bit_cast<std::uint32_t>(static_cast<float>(*whole));
    if (point.format == config::Format::float64)
        return std::bit_cast<std::uint64_t>(static_cast<double>(*whole));
    return bits == 64 ? static_cast<std::uint64_t>(*whole)
                      : static_cast<std::uint64_t>(*whole) & ((std::uint64_t{1} << bits) - 1);
}

}  // namespace

WatchedPoint::WatchedPoint(const config::ModbusEndpoint& endpoint, const config::Point& watched)
    : point(&watched),
      count(watched.eng_per_count * factor_of(watched.unit)),
      offset(watched.offset * factor_of(watched.unit)),
      size(watched.word_count()),
      low_word_first(watched.word_order.value_or(endpoint.word_order) == config::WordOrder::lsw_first),
      little_bytes(endpoint.byte_order == config::ByteOrder::little) {
    if (const auto* power = endpoint.find(watched.scale_point)) scale = *power;
}

WatchedPoint::WatchedPoint(const config::Plant& plant, const config::ModbusEndpoint& endpoint,
                           const config::Point& watched)
    : WatchedPoint(endpoint, watched) {
    const auto& l = plant.model.power_limits;
    if (watched.name == "soc") {
        const double room = watched.is_float() || scale ? 1e-6 : std::abs(count);
        lowest = -room;
        highest = 1 + room;
    } else if (watched.name.starts_with("p_") || watched.name.starts_with("q_")) {
        highest = 3 * std::max({l.p_max_kw, -l.p_min_kw, l.q_max_kvar, -l.q_min_kvar});
        lowest = -highest;
    } else if (watched.name == "v_poi") {
        highest = 3 * plant.model.poi_voltage_kv;
        lowest = -highest;
    }
}

std::uint64_t WatchedPoint::ordered_bits(const modbus::Bank& bank) const {
    const auto& all = table(bank);
    std::uint64_t out = 0;
    for (unsigned i = 0; i < words(); ++i) {
        const unsigned at = low_word_first ? words() - 1u - i : i;
        const std::uint16_t word = all[address() + at];
        out = (out << 16) + (little_bytes ? swapped(word) : word);
    }
    return out;
}

const WatchedPoint::Decoded& WatchedPoint::decode(std::uint64_t raw, const modbus::Bank& bank) const {
    const double is = value_of(raw, bank);
    return last_.emplace(Decoded{.bits = raw, .value = is, .possible = possible(raw, is)});
}

double WatchedPoint::value_of(std::uint64_t raw, const modbus::Bank& bank) const {
    double counts = static_cast<double>(raw);
    switch (point->format) {
        case config::Format::int16:
            counts = static_cast<double>(static_cast<std::int16_t>(raw));
            break;
        case config::Format::int32:
            counts = static_cast<double>(static_cast<std::int32_t>(raw));
            break;
        case config::Format::int64:
            counts = static_cast<double>(static_cast<std::int64_t>(raw));
            break;
        case config::Format::float32:
            counts = static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(raw)));
            break;
        case config::Format::float64:
            counts = std::bit_cast<double>(raw);
            break;
        default:
            break;
    }
    if (!scale) return counts * count + offset;
    const auto& with_scale = scale->register_type == config::RegisterType::input ? bank.input : bank.holding;
    const auto power = static_cast<double>(static_cast<std::int16_t>(with_scale[scale->address]));
    return counts * count * std::pow(10.0, power) + offset;
}

std::optional<double> WatchedPoint::known(const modbus::Bank& bank) const {
    const auto& is = decoded(bank);
    return is.possible ? std::optional(is.value) : std::nullopt;
}

bool WatchedPoint::possible(std::uint64_t raw, double is) const {
    for (const auto& none : point->not_available)
        if (pattern(none, *point) == raw) return false;
    const double room = 1e-9 * std::abs(is) + 1e-9;
    return std::isfinite(is) && is >= lowest - room && is <= highest + room;
}

bool WatchedPoint::holds(double held, double wanted) const {
    const double slack = point->is_float() ? 1e-6 * std::abs(wanted) : std::abs(count);
    if (std::abs(held - wanted) >= slack * 0.999999 + 1e-9) return false;
    return std::abs(held) <= std::abs(wanted) + 1e-6;
}

std::optional<WatchedPoint> watch(const config::ModbusEndpoint& endpoint, std::string_view name) {
    for (const auto& point : endpoint.points)
        if (point.name == name) return WatchedPoint(endpoint, point);
    return std::nullopt;
}

std::array<WatchedPoint, 8> watch_columns(const config::Plant& plant,
                                          const config::ModbusEndpoint& endpoint) {
    constexpr std::array<std::string_view, 8> names{"p_setpoint", "p_battery", "q_setpoint", "q_battery",
                                                    "soc",        "p_poi",     "q_poi",      "v_poi"};
    std::array<WatchedPoint, 8> columns;
    for (std::size_t i = 0; i < names.size(); ++i)
        if (const auto* point = endpoint.find(names[i])) columns[i] = WatchedPoint(plant, endpoint, *point);
    return columns;
}

}  // namespace hil::simulate
