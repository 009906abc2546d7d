// The best course of a store that may give only so much energy. The limit gets a price by the kWh, found
// between a course that keeps it and one that does not (Lagrange); the two are spliced where they meet and
// mixed where they do not. Only where mixing loses something (never both at once, at a negative price) a gap
// remains: the direction of that interval is then decided either way and both cases are looked into, the more
// promising first.
#pragma once

#include "planner/storage_course.hpp"

namespace hil::planner {

struct LimitedSearch {
    StoreBounds store;
    std::vector<Stage> stages;  // each allows rest
    double taken_at_most = 0;   // kWh
    std::size_t most_points = 0;
    Course unlimited = {};   // the best one without the limit, which it exceeds
    double good_enough = 0;  // a course this close to the bound ends the search
    const SolverWatch& watch;
};

// `start`: a course that keeps the limit. What is returned is no worse, with the lowest bound found.
Course best_limited_course(const LimitedSearch& search, Course start);

}  // namespace hil::planner
