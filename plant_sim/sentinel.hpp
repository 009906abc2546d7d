// How a device says that a point has no value.
#pragma once

#include "config/raw_value.hpp"

#include <bit>
#include <cstdint>
#include <limits>

namespace hil::plant_sim {

// The bits of the point's first not_available value; without one, what devices of its format usually give:
// all ones of an unsigned number, the least of a signed one, not a number of floating point.
inline std::uint64_t sentinel_of(const config::Point& point) {
    using enum config::Format;
    for (const auto& value : point.not_available)
        if (const auto bits = config::raw_bits(value, point.format)) return *bits;
    switch (point.format) {
        case int16:
            return 0x8000;
        case uint16:
            return 0xFFFF;
        case int32:
            return 0x8000'0000;
        case uint32:
            return 0xFFFF'FFFF;
        case int64:
            return 0x8000'0000'0000'0000;
        case uint64:
            return std::numeric_limits<std::uint64_t>::max();
        case float32:
            return std::bit_cast<std::uint32_t>(std::numeric_limits<float>::quiet_NaN());
        case float64:
            break;
    }
    return std::bit_cast<std::uint64_t>(std::numeric_limits<double>::quiet_NaN());
}

}  // namespace hil::plant_sim
