// The program plant_sim: the plants of a configuration served over TCP until a signal ends it.
#pragma once

#include "plant_sim/command_line.hpp"

#include <iosfwd>

namespace hil::plant_sim {

// What the process returns.
enum ExitStatus : int {
    done = 0,
    failed = 1,
    bad_usage = 2,       // of the command line or the configuration
    could_not_start = 3  // an endpoint is taken or cannot be listened on
};

// Serves until SIGINT or SIGTERM, then ends in order; a second signal ends the process at once.
// News go to `out`, a line a plant and minute, on a terminal lines that are kept up to date; complaints to
// `err`.
ExitStatus run_program(const ProgramOptions& options, std::ostream& out, std::ostream& err, bool terminal);

}  // namespace hil::plant_sim
