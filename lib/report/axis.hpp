// What pictures of curves have in common: an axis that fits what is on it, and curves as paths.
#pragma once

#include "report/curve.hpp"

#include <functional>
#include <string>

namespace hil::report {

struct Axis {
    double low, high;
};
// With some room around the least and the greatest; `zero`: zero is on it. Precondition: low <= high.
Axis fitted_axis(double low, double high, bool zero);

// 1, 2, 2.5, 5 or 10 times a power of ten, for about so many steps.
double nice_step(double span, int steps);
// That its multiples need.
int decimals_of(double step);

// The steps of a curve as the d of an SVG path, up to `end`; empty where nothing is known.
std::string path_of(const Curve& curve, double end, const std::function<double(WallTime)>& x,
                    const std::function<double(double)>& y);

}  // namespace hil::report
