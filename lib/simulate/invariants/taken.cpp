#include "simulate/invariants/taken.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace hil::simulate {

TakenWatch::TakenWatch(const config::Plant& plant, Duration period)
    : rated_kw_(std::max(plant.model.power_limits.p_max_kw, -plant.model.power_limits.p_min_kw)),
      taken_bound_(2 * period + 3 * plant.local.timeout),
      idle_bound_(std::chrono::seconds(10) + plant.model.emulation.response_delay + period +
                  2 * plant.safety.poll_period) {
    for (const auto& ramp : {plant.model.ramp_kw_per_s, plant.model.emulation.ramp_kw_per_s})
        if (ramp && *ramp > 0) idle_bound_ += seconds(rated_kw_ / *ramp);
    const auto& soc = plant.safety.soc;
    for (const auto& limit : {soc.stop_min, soc.derate_min})
        if (limit) lowest_soc_ = std::max(lowest_soc_, *limit + 0.01);
    for (const auto& limit : {soc.stop_max, soc.derate_max})
        if (limit) highest_soc_ = std::min(highest_soc_, *limit - 0.01);
}

std::optional<TakenWatch::Wrong> TakenWatch::inspect(const Seen& seen, Instant now) {
    if (const auto wrong = judge_taken(seen, now)) return wrong;
    return judge_idle(seen, now);
}

std::optional<TakenWatch::Wrong> TakenWatch::judge_taken(const Seen& seen, Instant now) {
    if (!seen.judged || !seen.enabled || seen.ours || !seen.readable) {
        taken_since_.reset();
        return std::nullopt;
    }
    if (!taken_since_) taken_since_ = now;
    const auto lasts = now - std::max(*taken_since_, seen.undisturbed_since);
    if (lasts <= taken_bound_) return std::nullopt;
    taken_since_.reset();
    return Wrong{"taken", fmt::format("somebody else has the plant run for {:.0f} s, and dispatch goes on",
                                      to_seconds(lasts))};
}

std::optional<TakenWatch::Wrong> TakenWatch::judge_idle(const Seen& seen, Instant now) {
    const bool at_end = seen.asked_kw > 0 ? seen.soc_pu < lowest_soc_ : seen.soc_pu > highest_soc_;
    if (!seen.judged || seen.alarm || at_end || std::abs(seen.asked_kw) < 0.021 * rated_kw_ ||
        std::abs(seen.shown_kw) > 0.0045 * rated_kw_) {
        idle_since_.reset();
        return std::nullopt;
    }
    if (!idle_since_) idle_since_ = now;
    const auto lasts = now - std::max(*idle_since_, seen.undisturbed_since);
    if (lasts <= idle_bound_) return std::nullopt;
    idle_since_.reset();
    return Wrong{"idle",
                 fmt::format("{:g} kW are asked for and {:g} kW given for {:.0f} s, and there is no alarm",
                             seen.asked_kw, seen.shown_kw, to_seconds(lasts))};
}

}  // namespace hil::simulate
