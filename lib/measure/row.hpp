// One line of a recording: what was measured of a device at one instant, in the columns of its schema. The
// eight of a plant have names of their own; other kinds have others, as many at most.
#pragma once

#include "base/time.hpp"
#include "device/schema.hpp"
#include "plant/register_map.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace hil::measure {

// Of a plant, in the order of the file.
enum class Column : std::uint8_t { p_setpoint, p_battery, q_setpoint, q_battery, soc, p_poi, q_poi, v_poi };
inline constexpr std::size_t column_count = 8;
static_assert(device::most_columns == column_count, "a row has room for the columns of every schema");

constexpr std::size_t index(Column column) {
    return static_cast<std::size_t>(column);
}

// As the header of a file names them; kW, kvar, pu and kV.
inline constexpr std::array<std::string_view, column_count> column_names{
    "p_setpoint_kw",   "battery_active_power_kw",
    "q_setpoint_kvar", "battery_reactive_power_kvar",
    "soc_pu",          "p_poi_kw",
    "q_poi_kvar",      "v_poi_kV"};

// A single value that is not known, in a row that has others.
inline constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

// A measured row, or a null row: "from here on nothing is known".
struct Row {
    WallTime at{};
    std::array<double, column_count> values{};
    bool null = false;

    // Precondition: not null. NaN when the value is not known.
    [[nodiscard]] double operator[](Column column) const { return values[index(column)]; }
};

constexpr Row null_row(WallTime at) {
    return {.at = at, .values = {}, .null = true};
}

// How the columns of one device are printed and compared; from the codecs of its points.
struct ColumnFormat {
    const device::Schema* schema = &device::battery_schema();
    // Decimals of one count; -1 for float32: shortest text that reads back.
    std::array<std::int8_t, column_count> decimals{-1, -1, -1, -1, -1, -1, -1, -1};
    // One count in internal units; 0 for floating point, which has none.
    std::array<double, column_count> count{};
    // How far a setpoint register may be from what is wanted and count as equal, beside less than a count.
    std::array<double, column_count> tolerance{};
    // False where the plant has no such point: the column stays, empty, and nothing is judged by it.
    std::array<bool, column_count> present{true, true, true, true, true, true, true, true};
};

// The points of a map that make up a row, in the order of the columns; no_point where it has none.
std::array<plant::PointId, column_count> row_points(const plant::RegisterMap& map);
ColumnFormat column_format(const plant::RegisterMap& map);
// The same for any schema: the points are found by their names.
std::array<plant::PointId, column_count> row_points(const plant::RegisterMap& map,
                                                    const device::Schema& schema);
ColumnFormat column_format(const plant::RegisterMap& map, const device::Schema& schema);
ColumnFormat column_format(const config::Device& device, config::TransportMode mode);
// Of what a plant recorded over a transport; where it has no such endpoint any more, as over the other one.
ColumnFormat column_format(const config::Plant& plant, config::TransportMode mode);

}  // namespace hil::measure
