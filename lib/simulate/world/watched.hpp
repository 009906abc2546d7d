// Devices that are only watched, drawn from a seed. From a stream of their own: what is drawn here shifts
// nothing else.
#pragma once

#include "service/setup.hpp"
#include "simulate/world/fault_profile.hpp"

#include <cstdint>

namespace hil::simulate {

// In a share `faults.devices` of all seeds the site has one to twenty of them beside those configured, of all
// kinds, with register maps as different devices have them, some behind one gateway. The configuration stays
// one that its rules accept.
service::Setup draw_watched(std::uint64_t seed, service::Setup setup, const FaultProfile& faults);

}  // namespace hil::simulate
