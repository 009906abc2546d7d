// What stored energy is worth: a continuous function of it made of straight pieces, not necessarily concave,
// and the one operation the recursion over time needs. Pure arithmetic, exact but for rounding.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace hil::planner {

// Between its points the curve is straight; outside of them it is not defined: such an energy is no choice.
struct CurvePoint {
    double at = 0;     // kWh stored
    double value = 0;  // of the objective
};
using Curve = std::vector<CurvePoint>;  // by rising `at`

// What one interval allows and pays for a change of the stored energy.
struct Stage {
    double lowest = 0, highest = 0;  // of the change, kWh; lowest <= highest
    double charge_slope = 0;         // of the objective by kWh put into the store
    double discharge_slope = 0;      // and by kWh taken out of it

    [[nodiscard]] double reward(double change) const {
        return change > 0 ? charge_slope * change : -discharge_slope * change;
    }
    // Whether a mixture of two changes can be worth less than the mixture of what they are worth: only then
    // is "never both at once" a decision of its own.
    [[nodiscard]] bool decides() const {
        return lowest < 0 && highest > 0 && charge_slope + discharge_slope > 0;
    }
};

// Precondition: the curve has points and `at` lies within them.
double value_at(std::span<const CurvePoint> curve, double at);

// out(s) = the most of reward(u - s) + next(u) over every u that `stage` allows from s, for s from `low` to
// `high`. Empty where no s has any. `next` and `out` are different.
void step_back(std::span<const CurvePoint> next, const Stage& stage, double low, double high, Curve& out);

// The change that does so from one s. Precondition: step_back(next, stage, …) has a value at s.
double best_change(std::span<const CurvePoint> next, const Stage& stage, double at);

// Leaves points out where the curve stays within `tolerance` of what it was. How far it lies below what it
// was, at most: what has to be added for a bound.
double simplify(Curve& curve, double tolerance);

}  // namespace hil::planner
