// `hil_scheduler run`: the service.
#pragma once

#include "app/options.hpp"

namespace hil::app {

// Runs to the end of --duration or until a signal; returns the exit status.
int run_command(const RunOptions& options);

}  // namespace hil::app
