// `hil_scheduler identify` and `estimate`: a cell from its test, and its charge from a recording.
#pragma once

#include "app/battery_options.hpp"

namespace hil::app {

// The exit status of the program.
int identify_command(const IdentifyRequest& request);
int estimate_command(const EstimateRequest& request);

}  // namespace hil::app
