#include "battery/estimate/coulomb_count.hpp"

#include <algorithm>
#include <cmath>

namespace hil::battery {

CoulombCount::CoulombCount(double capacity_ah, double coulombic_efficiency, const CountLimits& limits)
    : capacity_ah_(capacity_ah), efficiency_(coulombic_efficiency), limits_(limits) {}

void CoulombCount::set(double soc_pu, double within_pu) {
    start_ = soc_pu;
    within_ = within_pu;
    taken_ah_ = drift_pu_ = 0;
}

void CoulombCount::add(double current_a, double dt_s, double unknown_a) {
    if (!(dt_s > 0)) return;
    const double per_ampere = dt_s / 3600 / capacity_ah_;
    if (!std::isfinite(current_a)) {
        drift_pu_ += unknown_a * per_ampere;
        return;
    }
    const double moved = current_a < 0 ? current_a * efficiency_ : current_a;
    taken_ah_ += moved * dt_s / 3600;
    // A capacity that is smaller by a share moves the charge by more than that share.
    const double capacity = limits_.capacity_pu / (1 - std::min(limits_.capacity_pu, 0.9));
    drift_pu_ +=
        (limits_.bias_a * (1 + capacity) + std::abs(moved) * (limits_.gain_pu * (1 + capacity) + capacity)) *
        per_ampere;
}

double CoulombCount::soc_pu() const {
    return std::clamp(start_ - taken_ah_ / capacity_ah_, 0.0, 1.0);
}

double CoulombCount::lowest_pu() const {
    return std::clamp(start_ - taken_ah_ / capacity_ah_ - drift_pu(), 0.0, 1.0);
}

double CoulombCount::highest_pu() const {
    return std::clamp(start_ - taken_ah_ / capacity_ah_ + drift_pu(), 0.0, 1.0);
}

}  // namespace hil::battery
