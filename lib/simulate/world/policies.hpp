// How a simulated site is set up: what its owner decides once, drawn from the seed.
#pragma once

#include "base/random.hpp"
#include "service/setup.hpp"
#include "simulate/world/fault_profile.hpp"

namespace hil::simulate {

// What happens to plants at restarts and exits, whether there is a market platform, and whose plans count.
// Where nothing of the kind goes wrong, `setup` stays as it is.
service::Setup draw_policies(Random random, service::Setup setup, const FaultProfile& faults);

}  // namespace hil::simulate
