// What the plants of a simulated site are, drawn from a seed: batteries with losses, and register maps as
// other devices have them. From streams of their own: what is drawn here shifts nothing else.
#pragma once

#include "service/setup.hpp"
#include "simulate/world/fault_profile.hpp"

#include <cstdint>

namespace hil::simulate {

// Plants of kind ideal become li_ion or vrfb in a share `faults.models` of all seeds; each plant gets another
// map with probability `faults.maps`. The configuration stays one that its rules accept.
service::Setup draw_devices(std::uint64_t seed, service::Setup setup, const FaultProfile& faults);

}  // namespace hil::simulate
