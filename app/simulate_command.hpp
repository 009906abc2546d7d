// hil_scheduler simulate: seeds replayed one after the other until an invariant breaks.
#pragma once

#include "app/options.hpp"

namespace hil::app {

// The exit status: 0 when no invariant broke, 1 when one did.
int simulate_command(const SimulateOptions& options);

}  // namespace hil::app
