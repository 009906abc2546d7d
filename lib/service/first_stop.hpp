// The first thing after a crash, and the last of a service that cannot start: plants that are found running
// are stopped, before the disk has had a chance to hold that up.
#pragma once

#include "observe/log.hpp"
#include "service/setup.hpp"

#include <functional>

namespace hil::service {

// Where the transport is remote and general.on_start_running is "safe_stop": writes zero to every plant that
// is reached and runs, then its stop sequence; `say` hears what is worth a word. Returns when every plant is
// known as stopped or does not answer, within a minute. Nothing is read from or written to the disk.
void stop_what_runs(const Setup& setup, const std::function<void(const observe::LogLine&)>& say);

}  // namespace hil::service
