// Energy by the hour, the day or the month: where a range is cut, and what is said of each piece.
#pragma once

#include "base/zone.hpp"
#include "report/plant_summary.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace hil::report {

enum class EnergyStep : std::uint8_t { hour, day, month };

// The begin of the range, every full local hour, day or month in it, and its end. Precondition: from < to.
// Hours are those that pass: a day of the change of clocks has 23 or 25. Never more than `at_most` + 1 of
// them: the last piece ends there.
std::vector<WallTime> energy_bounds(measure::Range range, EnergyStep step, const Zone& zone,
                                    std::size_t at_most);

// {"from","to","discharged_kwh","charged_kwh","asked_kwh","delivered_kwh","missing_kwh","coverage"}; null
// where nothing is known.
void append_energy_json(std::string& out, const PlantSummary& summary);

}  // namespace hil::report
