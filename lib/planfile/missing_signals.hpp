// Plans for what a plant does not take.
#pragma once

#include "planfile/plan_file.hpp"

#include <functional>
#include <span>
#include <string>

namespace hil::planfile {

// Whether a plant takes setpoints of a signal.
using Takes = std::function<bool(schedule::PlantIndex plant, schedule::Signal signal)>;

// Refuses, by its name, every column for a plant that does not take its signal: a plan that nobody would
// follow is a mistake. The plan has no columns then, and a problem for each. A plan with problems stays as it
// is.
void refuse_missing_signals(PlanFile& plan, std::span<const std::string> plant_ids, const Takes& takes);

}  // namespace hil::planfile
