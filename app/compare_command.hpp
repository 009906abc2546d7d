// `hil_scheduler report --compare A B`: two recorded ranges beside each other.
#pragma once

#include "app/measurement_options.hpp"

namespace hil::app {

// The exit status of the program.
int compare_command(const ReportOptions& options);

}  // namespace hil::app
