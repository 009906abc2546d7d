// What of a measured row is posted, and in which unit.
#pragma once

#include "config/config.hpp"
#include "measure/row.hpp"

#include <string_view>
#include <vector>

namespace hil::market {

struct SeriesValue {
    std::string_view metric;  // "soc", "p", "q", "v"
    int series = 0;
    double value = 0;  // kWh, W, var, V
};

// The values of those metrics that have a series and are known. Energy is state of charge times capacity;
// power and voltage are those of the POI. Rounded to a thousandth, so that 0.3 kW is 300 W and not a number
// with seventeen digits.
std::vector<SeriesValue> posted_values(const config::Plant& plant, const measure::Row& row);

}  // namespace hil::market
