// `hil_scheduler check`: is the configuration good, and do the plants answer as it says.
#pragma once

#include "app/options.hpp"

namespace hil::app {

// Prints every problem found; returns the exit status (2 for a bad configuration, 1 for a plant that does not
// answer).
int check_command(const CheckOptions& options);

}  // namespace hil::app
