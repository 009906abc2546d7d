// What the devices of each kind measure, under which names of points: the data behind the section `devices`.
// Signs as from the device: positive gives to the grid. Energies count up.
#pragma once

#include "config/config.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace hil::config {

struct MeasuredPoint {
    std::string_view name;
    Quantity quantity;
    bool required;  // a device of the kind without it says nothing
    std::string_view doc;
};

// In the order in which they are recorded; at most as many as a row has room for.
inline constexpr std::size_t most_measured_points = 8;
std::span<const MeasuredPoint> measured_points(DeviceKind kind);
// None: the kind has no such point, it is a raw number of the device's own.
const MeasuredPoint* find_measured(DeviceKind kind, std::string_view name);

}  // namespace hil::config
