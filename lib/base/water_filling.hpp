// One demand shared among many: each takes its weight's share, within its own bounds.
//
// The allocation x minimises sum x_i^2 / (2 w_i) subject to sum x_i = demand and least_i <= x_i <= most_i.
// Its solution is x_i = clamp(level * w_i, least_i, most_i) for one level, which is found exactly: the sum is
// piecewise linear in the level and never falls, so that Newton's steps between safe bounds end after a few
// passes (Kiwiel, "Breakpoint searching algorithms for the continuous quadratic knapsack problem", 2008).
// Pure; O(n) a pass.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace hil {

struct Share {
    double weight = 1;  // > 0; what is not takes its least, or its most where that is below 0
    double least = 0, most = 0;
};

struct WaterFilling {
    std::vector<double> parts;
    double delivered = 0;  // their sum
    double missing = 0;    // demand - delivered: not 0 where the bounds leave no other
    double level = 0;
};

WaterFilling fill(std::span<const Share> shares, double demand);

// By how much the conditions of an optimum (Karush, Kuhn, Tucker) are missed, in the unit of the parts: for a
// test, and for who wants to be sure.
double optimality_residual(std::span<const Share> shares, const WaterFilling& filling);

}  // namespace hil
