// `hil_scheduler compress`: recordings recompressed by the recorder's own rule.
#pragma once

#include "app/measurement_options.hpp"

namespace hil::app {

// The exit status of the program.
int compress_command(const CompressOptions& options);

}  // namespace hil::app
