// What was asked of a plant and what it delivered: a plan that empties (or fills) its battery is followed by
// the setpoint register to the end, and by the plant no longer.
//
//   asked      integral of the magnitude of the power asked for
//   delivered  of it, what was measured in the same direction, no more than was asked
//   missing    asked less delivered
//
// An interval between two samples counts what was asked at its begin and what was measured at its end: a
// sample in the instant of a step shows the power of before. Where a sample is missing, nothing is counted.
#pragma once

#include "base/time.hpp"

#include <optional>

namespace hil::measure {

// Of power held for a time, in kW: what is asked, delivered and missing, all of it >= 0.
struct AskedPower {
    double asked = 0, delivered = 0;
    [[nodiscard]] double missing() const { return asked - delivered; }
};
AskedPower asked_power(double asked_kw, double measured_kw);

class Shortfall {
  public:
    // Power that is missing for so long, and does not come closer meanwhile, will not come: the plan is not
    // feasible.
    static constexpr Duration timeout = std::chrono::seconds(10);

    // `largest_kw`: the larger power limit of the plant.
    explicit Shortfall(double largest_kw) : largest_kw_(largest_kw) {}

    // A sample of a time in which the plant is to follow its plan. NaN: not known.
    void sample(WallTime at, double asked_kw, double measured_kw);
    // Nothing is known, or asked, until the next sample.
    void gap();

    [[nodiscard]] double asked_kwh() const { return asked_kwh_; }
    [[nodiscard]] double delivered_kwh() const { return delivered_kwh_; }
    [[nodiscard]] double missing_kwh() const { return asked_kwh_ - delivered_kwh_; }
    // Since when the plan has not been feasible; none while it is.
    [[nodiscard]] const std::optional<WallTime>& infeasible_since() const { return infeasible_since_; }
    // Whether it ever was not.
    [[nodiscard]] bool ever_infeasible() const { return ever_infeasible_; }

  private:
    void judge(WallTime at, const AskedPower& power);

    double largest_kw_;
    double asked_kwh_ = 0, delivered_kwh_ = 0;
    struct Last {
        WallTime at;
        double asked_kw;
    };
    std::optional<Last> last_;
    std::optional<WallTime> short_since_;  // with no less missing than before
    double missing_kw_ = 0;                // the least since then
    std::optional<WallTime> infeasible_since_;
    bool ever_infeasible_ = false;
};

}  // namespace hil::measure
