// Plans drawn from a seed: quarter-hours, short steps, values beyond the limits, ends in the middle of a day.
#pragma once

#include "base/random.hpp"
#include "base/zone.hpp"
#include "config/config.hpp"
#include "schedule/signal.hpp"
#include "simulate/invariants/plan.hpp"

#include <string>
#include <vector>

namespace hil::simulate {

// One series, as the text of a plan file and as what it means.
struct DrawnPlan {
    std::string csv;
    std::vector<PlanMemory::Row> rows;
    WallTime end;
};

// For one signal of a plant, from about `from` to at most `to`. Precondition: an hour lies between them at
// least.
DrawnPlan draw_plan(Random& random, const config::Plant& plant, schedule::Signal signal, WallTime from,
                    WallTime to);

// When a simulated site begins: midnight of a day, or a minute of one. One day in four has its clocks
// changed.
WallTime draw_begin(Random& random, const Zone& zone);

}  // namespace hil::simulate
