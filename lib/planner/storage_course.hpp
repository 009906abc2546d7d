// The best course of one store over time, by recursion from its end: at each instant a curve of straight
// pieces says what each stored energy is worth, and from the start the best changes follow it. This is
// dynamic programming without a grid: exact but for rounding, for rewards that are not concave, too (negative
// prices with losses). Curves of very many points are simplified; the bound then says by how much at most the
// course falls short.
#pragma once

#include "planner/solver_watch.hpp"
#include "planner/value_curve.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace hil::planner {

// kWh: where the store begins and must end, and between which energies it stays.
struct StoreBounds {
    double start = 0, end = 0, low = 0, high = 0;
};

struct Course {
    std::vector<double> change;  // of the stored energy by interval, kWh
    double value = 0;            // of all rewards
    double bound = 0;            // no course has more
    double taken = 0;            // energy taken out of the store, kWh
};

// Value and energy taken of the changes.
void add_up(Course& course, std::span<const Stage> stages);

// The course that moves as little and as late as it may, whatever that is worth: found at once, and the one
// that takes the least where every stage allows rest. `bound` is what every interval would earn by itself.
// None: no course exists.
std::optional<Course> lazy_course(const StoreBounds& store, std::span<const Stage> stages);

// The best course, with curves of `most_points` at the most. None: no course exists, or `watch` stopped it;
// lazy_course tells which.
std::optional<Course> best_course(const StoreBounds& store, std::span<const Stage> stages,
                                  std::size_t most_points, const SolverWatch& watch);

}  // namespace hil::planner
