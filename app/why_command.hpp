// `hil_scheduler why`: the reason of the value dispatched at an instant.
#pragma once

#include "app/measurement_options.hpp"

namespace hil::app {

// The exit status of the program.
int why_command(const WhyOptions& options);

}  // namespace hil::app
