// How a simulated site is set up: what its owner decides once, drawn from the seed.
#pragma once

#include "app/fault_profile.hpp"
#include "app/setup.hpp"
#include "base/random.hpp"

namespace hil::app {

// What happens to plants at restarts and exits, whether there is a market platform, and whose plans count.
// Where nothing of the kind goes wrong, `setup` stays as it is.
Setup draw_policies(Random random, Setup setup, const FaultProfile& faults);

}  // namespace hil::app
