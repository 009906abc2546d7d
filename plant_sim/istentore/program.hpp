// The program istentore_sim: the emulated market platform served over HTTPS until a signal ends it.
#pragma once

#include "plant_sim/istentore/command_line.hpp"
#include "plant_sim/program.hpp"

#include <iosfwd>

namespace hil::plant_sim {

// Serves until SIGINT or SIGTERM, then ends in order; a second signal ends the process at once. Says where
// it listens on `out`; complaints go to `err`.
ExitStatus run_istentore(const IstentoreOptions& options, std::ostream& out, std::ostream& err);

}  // namespace hil::plant_sim
