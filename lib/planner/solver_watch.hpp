// How the one who asked a solver for a plan watches it and ends it.
#pragma once

#include <functional>

namespace hil::planner {

struct SolverWatch {
    // Asked between the steps of the work, every few milliseconds at the most. True: what has been found
    // until now is the answer. Without it the solver works until it has proven that nothing is better.
    std::function<bool()> stop = {};
    // A better plan or a closer bound, both in the unit of what is optimised.
    std::function<void(double found, double bound)> progress = {};

    [[nodiscard]] bool stopped() const { return stop && stop(); }
    void notify(double found, double bound) const {
        if (progress) progress(found, bound);
    }
};

}  // namespace hil::planner
