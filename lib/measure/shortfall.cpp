#include "measure/shortfall.hpp"

#include <algorithm>
#include <cmath>

namespace hil::measure {
namespace {

// What a meter, losses and the last count of a register make up.
constexpr double tolerance_of_asked = 0.1, tolerance_of_largest = 0.002;

}  // namespace

AskedPower asked_power(double asked_kw, double measured_kw) {
    const double asked = std::abs(asked_kw);
    return {asked, std::clamp(std::copysign(1.0, asked_kw) * measured_kw, 0.0, asked)};
}

void Shortfall::sample(WallTime at, double asked_kw, double measured_kw) {
    if (std::isnan(asked_kw) || std::isnan(measured_kw)) {
        gap();
        return;
    }
    if (last_ && at > last_->at) {
        const auto power = asked_power(last_->asked_kw, measured_kw);
        const double hours = to_seconds(at - last_->at) / 3600;
        asked_kwh_ += power.asked * hours;
        delivered_kwh_ += power.delivered * hours;
        judge(at, power);
    }
    last_ = {at, asked_kw};
}

void Shortfall::judge(WallTime at, const AskedPower& power) {
    const double tolerance = std::max(tolerance_of_asked * power.asked, tolerance_of_largest * largest_kw_);
    const double missing = power.missing();
    if (missing <= tolerance) {
        short_since_.reset();
        infeasible_since_.reset();
        return;
    }
    // A plant on its way comes closer; it has its time from wherever it stops doing so.
    if (!short_since_ || (!infeasible_since_ && missing < missing_kw_ - tolerance / 2)) {
        short_since_ = last_->at;
        missing_kw_ = missing;
    }
    if (!infeasible_since_ && at - *short_since_ >= timeout) {
        infeasible_since_ = short_since_;
        ever_infeasible_ = true;
    }
}

void Shortfall::gap() {
    last_.reset();
    short_since_.reset();
    infeasible_since_.reset();
}

}  // namespace hil::measure
