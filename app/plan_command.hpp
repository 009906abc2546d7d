// `hil_scheduler plan`: the effective schedule of a day with its projection and violations. No plant is
// touched.
#pragma once

#include "app/options.hpp"

namespace hil::app {

// Prints to standard output; returns the exit status.
int plan_command(const PlanOptions& options);

}  // namespace hil::app
