// The figures of a plant as clients and reports get them.
#pragma once

#include "report/plant_summary.hpp"

#include <string>

namespace hil::report {

// One JSON object; times UTC, kWh, kW, kvar, pu, kV and seconds, null for what is not known.
void append_json(std::string& out, const PlantSummary& summary);
std::string to_json_text(const PlantSummary& summary);

}  // namespace hil::report
