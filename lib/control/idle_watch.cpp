#include "control/idle_watch.hpp"

#include "base/mutation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace hil::control {
namespace {

// The slower of both, where there are two.
std::optional<double> slower(std::optional<double> a, std::optional<double> b) {
    if (!a || !b) return a ? a : b;
    return std::min(*a, *b);
}

}  // namespace

IdleWatch::IdleWatch(const config::PlantModel& model, const config::SafetyWindow& soc)
    : rated_kw_(std::max(std::abs(model.power_limits.p_max_kw), std::abs(model.power_limits.p_min_kw))),
      response_(model.emulation.response_delay),
      ramp_kw_per_s_(slower(model.ramp_kw_per_s, model.emulation.ramp_kw_per_s)),
      ends_(soc) {}

// From nothing to the least that counts as something.
Duration IdleWatch::way(double asked_kw) const {
    if (!ramp_kw_per_s_) return response_;
    return response_ + seconds(std::min(std::abs(asked_kw), rated_kw_ * smallest_share) / *ramp_kw_per_s_);
}

void IdleWatch::observe(std::optional<double> asked_kw, std::optional<double> given_kw,
                        std::optional<double> soc_pu, Instant now) {
    if (!asked_kw) return;
    const bool asked = std::abs(*asked_kw) >= rated_kw_ * smallest_share && rated_kw_ > 0 &&
                       ends_.at(*asked_kw, soc_pu) == BatteryEnd::none;
    if (!asked) {
        asked_since_.reset();
    } else if (!asked_since_) {
        asked_since_ = now;
    }
    if (asked && !given_kw) return;  // what is not seen stays as it was
    if (!asked || std::abs(*given_kw) >= rated_kw_ * nothing_share || mutated(Mutation::idleness_unseen)) {
        nothing_since_.reset();
        idle_.reset();
        return;
    }
    if (!nothing_since_) nothing_since_ = now;
    if (now - *nothing_since_ >= grace && now - *asked_since_ >= way(*asked_kw) + grace)
        idle_ = fmt::format("gives {:.1f} kW though {:.1f} kW have been asked for {:.0f} s", *given_kw,
                            *asked_kw, to_seconds(now - *nothing_since_));
}

}  // namespace hil::control
