// `hil_scheduler twin`: what a profile, or the plan of a plant, would do to a battery.
#pragma once

#include "app/battery_options.hpp"

namespace hil::app {

// The exit status of the program.
int twin_command(const TwinRequest& request);

}  // namespace hil::app
