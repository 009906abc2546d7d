// `hil_scheduler report`: the HTML report of a recorded range.
#pragma once

#include "app/measurement_options.hpp"

namespace hil::app {

// The exit status of the program.
int report_command(const ReportOptions& options);

}  // namespace hil::app
