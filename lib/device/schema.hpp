// What the devices of a kind record: the ordered columns, as data. No I/O.
//
// The columns of a kind are always the same, whatever the device at hand has points for: a column of nothing
// stays, empty. So a file never has to change its header in the middle of a day.
#pragma once

#include "config/config.hpp"
#include "config/device_points.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace hil::device {

// What stands for many values of a column: their mean over time, or, of what is counted up, the last.
enum class RollUp : std::uint8_t { mean, last };

struct Column {
    std::string_view name;      // as the header of a file says: "p_kw"
    std::string_view quantity;  // for metrics and pages: "active_power"
    std::string_view unit;      // "kW"
    std::string_view point;     // of the map
    RollUp roll_up;
    double tolerance;  // values as near as this are the same to a recording, unless it is configured
};

// As many columns as a row has room for.
inline constexpr std::size_t most_columns = config::most_measured_points;

struct Schema {
    config::DeviceKind kind;
    std::span<const Column> columns;

    [[nodiscard]] std::size_t size() const { return columns.size(); }
    // "timestamp,p_kw,…\n": the first line of a file.
    [[nodiscard]] std::string_view header() const;
    // Position of a column; none: size().
    [[nodiscard]] std::size_t find(std::string_view name) const;
};

const Schema& schema_of(config::DeviceKind kind);
// Of a plant and of a battery that is watched: today's eight.
const Schema& battery_schema();
// The schemas of all kinds; the battery's is the first.
std::span<const Schema> schemas();
// The schema that a file with these columns has: of several the one with most of them, the battery's where
// none fits better. Names are compared without case.
const Schema& schema_of_header(std::span<const std::string_view> names);

}  // namespace hil::device
