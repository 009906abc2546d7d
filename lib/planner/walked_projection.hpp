// A projection with a battery that has losses and limits of its own; part of projection.hpp.
#pragma once

#include "planner/projection.hpp"

namespace hil::planner {

// Steps of a minute, longer ones over ranges of months. Neighbouring steps are one piece while power stays as
// it is and the state of charge moves along a line.
Projection project_walking(std::span<const schedule::EffectiveSegment> schedule,
                           const config::PlantModel& model, ProjectedBattery& battery);

}  // namespace hil::planner
