// Whether a plant may be started by what it shows: judged by the limits that would trip it as soon as it
// runs. No I/O.
//
// A state of charge beyond its limit is no reason when the plant can get back: it is started, and power in
// the direction that would make it worse is held back (TripMachine::heal()). A value nobody knows is not
// judged.
#pragma once

#include "config/config.hpp"
#include "control/plant_control.hpp"
#include "control/trip.hpp"

#include <optional>

namespace hil::control {

struct StartCheck {
    std::optional<Objection> objection;
    // soc_low or soc_high: beyond the limit, and may be started to get back.
    std::optional<Condition> heals;
};

// `nominal_kv` 0: the voltage is not judged.
StartCheck check_before_start(const config::PlantSafety& limits, double nominal_kv, const Readings& shown);

}  // namespace hil::control
