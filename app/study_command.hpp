// `hil_scheduler study`: life (of used packs by the rule that shares their work) and allocate.
#pragma once

#include "app/battery_options.hpp"

namespace hil::app {

// The exit status of the program.
int study_command(const StudyRequest& request);

}  // namespace hil::app
