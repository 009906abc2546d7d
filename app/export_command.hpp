// `hil_scheduler export`: measurements of a range to a file or standard output.
#pragma once

#include "app/measurement_options.hpp"

namespace hil::app {

// The exit status of the program.
int export_command(const ExportOptions& options);

}  // namespace hil::app
