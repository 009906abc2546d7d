// What a car asks for that is to have so much in its battery by a time. Pure. Powers here are magnitudes
// drawn from the grid, in kW; the site counts them negative.
//
// Source: urgency and its thresholds as common energy controllers have them, with a floor that they lack: the
// linear rule alone can miss a deadline that could be met.
#pragma once

#include <optional>

namespace hil::site {

struct ChargingGoal {
    double capacity_kwh = 0;
    double soc_pu = 0, target_pu = 1;
    std::optional<double> hours_left;  // none: not known, a day is assumed
    double max_kw = 0;                 // what car and station take at most
    double efficiency = 0.9;           // of what is drawn, so much is stored
};

struct ChargingRequest {
    double kw = 0;
    double urgency = 0;          // 0 … 1: the power that is needed on average, of the most possible
    bool unreachable = false;    // the deadline: more would be needed than can be had
    double expected_soc_pu = 0;  // at the deadline, with the power asked for
};

// `surplus_kw`: what the sun leaves after the house, >= 0. Up to an urgency of 0.3 the surplus alone, from
// 0.8 on all that can be had, between them in proportion, but never less than the deadline needs.
ChargingRequest charging_request(const ChargingGoal& goal, double surplus_kw);

// What a car takes of `max_kw` at this state of charge: all up to 80 %, then linearly down to a tenth.
double taper_kw(double max_kw, double soc_pu);

}  // namespace hil::site
