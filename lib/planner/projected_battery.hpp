// The battery that projections walk through a plan: the one that is emulated for the plant.
#pragma once

#include "planner/projection.hpp"

#include <memory>
#include <string>

namespace hil::planner {

// As model.emulation describes it, without what concerns seconds only: response delay, ramp, and its meters'
// noise. It does not age on the way. Null for the ideal battery and for a recording, whose future is known to
// nobody.
std::unique_ptr<planner::ProjectedBattery> projected_battery(const config::PlantModel& model,
                                                             double soc_start);

// What the battery takes in and gives out of the energy at its terminals, at half of its power and charge.
struct Efficiencies {
    double charge = 1, discharge = 1;
};
Efficiencies efficiencies_of(const config::PlantModel& model);

// For people: "ideal, without losses" or "li_ion (lfp), with its losses".
std::string battery_text(const config::PlantModel& model);

}  // namespace hil::planner
