// A solver at work under a deadline, as a person at the terminal sees it.
#pragma once

#include "base/clock.hpp"
#include "planner/solver_watch.hpp"

#include <cstdio>
#include <string>

namespace hil::app {

// "12 s of 60: 137.53 found, 140.20 at most"
std::string solver_line(Duration since, Duration deadline, double found, double bound);

// Says nothing in the first second; then a line twice a second, in its place on a terminal, and one every ten
// seconds elsewhere.
class SolverProgress {
  public:
    SolverProgress(const Clock& clock, Duration deadline, std::FILE* out, bool tty);
    SolverProgress(const SolverProgress&) = delete;
    SolverProgress& operator=(const SolverProgress&) = delete;
    ~SolverProgress();  // leaves the last line where it is

    // Refers to this.
    planner::SolverWatch watch();

  private:
    void notify(double found, double bound);

    const Clock& clock_;
    Duration deadline_;
    std::FILE* out_;
    bool tty_, shown_ = false;
    IoInstant began_, due_;
};

}  // namespace hil::app
