// `hil_scheduler import`: history from the recordings of a directory.
#pragma once

#include "app/measurement_options.hpp"

namespace hil::app {

// The exit status of the program.
int import_command(const ImportOptions& options);

}  // namespace hil::app
