#include "simulate/invariants/registers.hpp"

#include <bit>
#include <cmath>

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

}  // namespace

WatchedPoint::WatchedPoint(const config::ModbusEndpoint& endpoint, const config::Point& watched)
    : point(&watched),
      count(watched.eng_per_count * factor_of(watched.unit)),
      low_word_first(watched.word_order.value_or(endpoint.word_order) == config::WordOrder::lsw_first),
      little_bytes(endpoint.byte_order == config::ByteOrder::little) {}

double WatchedPoint::value(std::span<const std::uint16_t> holding) const {
    std::uint16_t first = holding[address()];
    if (little_bytes) first = swapped(first);
    if (words() == 1) {
        const double raw = point->format == config::Format::int16
                               ? static_cast<double>(static_cast<std::int16_t>(first))
                               : static_cast<double>(first);
        return raw * count;
    }
    std::uint16_t second = holding[address() + 1u];
    if (little_bytes) second = swapped(second);
    const std::uint32_t high = low_word_first ? second : first;
    const std::uint32_t low = low_word_first ? first : second;
    const std::uint32_t raw = (high << 16) | low;
    switch (point->format) {
        case config::Format::int32:
            return static_cast<double>(static_cast<std::int32_t>(raw)) * count;
        case config::Format::float32:
            return static_cast<double>(std::bit_cast<float>(raw)) * count;
        default:
            return static_cast<double>(raw) * count;
    }
}

bool WatchedPoint::holds(double held, double wanted) const {
    const double slack = point->format == config::Format::float32 ? 1e-6 * std::abs(wanted) : count;
    if (std::abs(held - wanted) >= slack * 0.999999 + 1e-9) return false;
    return std::abs(held) <= std::abs(wanted) + 1e-6;
}

std::optional<WatchedPoint> watch(const config::ModbusEndpoint& endpoint, std::string_view name) {
    for (const auto& point : endpoint.points)
        if (point.name == name) return WatchedPoint(endpoint, point);
    return std::nullopt;
}

std::vector<WatchedPoint> watch_columns(const config::ModbusEndpoint& endpoint) {
    std::vector<WatchedPoint> columns;
    for (const auto* name :
         {"p_setpoint", "p_battery", "q_setpoint", "q_battery", "soc", "p_poi", "q_poi", "v_poi"}) {
        if (const auto point = watch(endpoint, name)) columns.push_back(*point);
    }
    return columns;
}

}  // namespace hil::simulate
