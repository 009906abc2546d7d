#include "battery/actuator.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hil::battery {

Actuator::Actuator(std::unique_ptr<BatteryModel> battery, Duration delay, std::optional<double> ramp_kw_per_s,
                   const config::PowerLimits& limits)
    : battery_(std::move(battery)), delay_(delay), ramp_kw_per_s_(ramp_kw_per_s), limits_(limits) {}

Output Actuator::advance(const Command& asked, Duration dt) {
    Command command = asked;
    command.p_kw = std::clamp(asked.p_kw, limits_.p_min_kw, limits_.p_max_kw);
    const auto same = [](const Command& a, const Command& b) {
        return a.p_kw == b.p_kw && a.q_kvar == b.q_kvar && a.running == b.running;
    };
    if (!command.running) {
        coming_.clear();
        in_force_ = {};
        power_kw_ = 0;
        now_ += dt;
        return battery_->advance(command, dt);
    }
    const auto& newest = coming_.empty() ? in_force_ : coming_.back().command;
    if (!same(newest, command)) coming_.push_back({now_ + delay_, command});

    // Pieces in which the power is constant or a straight line; their means make that of the whole.
    const Duration end = now_ + dt;
    Output mean;
    Output last;
    do {
        while (!coming_.empty() && coming_.front().at <= now_) {
            in_force_ = coming_.front().command;
            coming_.pop_front();
        }
        Duration until = coming_.empty() ? end : std::min(end, coming_.front().at);
        const double way = in_force_.p_kw - power_kw_;
        if (ramp_kw_per_s_ && way != 0) {
            // At least a nanosecond, so that rounding cannot hold the ramp for ever.
            const auto ramp = std::max(seconds(std::abs(way) / *ramp_kw_per_s_), Duration{1});
            until = std::min(until, now_ + ramp);
        }
        const Duration length = until - now_;
        last = piece(length);
        const double share = dt.count() > 0 ? to_seconds(length) / to_seconds(dt) : 1;
        mean.p_battery_kw += last.p_battery_kw * share;
        mean.q_battery_kvar += last.q_battery_kvar * share;
        mean.p_poi_kw += last.p_poi_kw * share;
        mean.q_poi_kvar += last.q_poi_kvar * share;
        now_ = until;
    } while (now_ < end);
    mean.v_poi_kv = last.v_poi_kv;
    mean.soc_pu = last.soc_pu;
    return mean;
}

Output Actuator::piece(Duration length) {
    Command command = in_force_;
    command.running = true;
    double reached = in_force_.p_kw;
    if (ramp_kw_per_s_) {
        const double most = *ramp_kw_per_s_ * to_seconds(length);
        reached = power_kw_ + std::clamp(in_force_.p_kw - power_kw_, -most, most);
        // What is left after a whole ramp is rounding.
        if (std::abs(in_force_.p_kw - reached) < 1e-9 * std::max(1.0, std::abs(reached)))
            reached = in_force_.p_kw;
        command.p_kw = (power_kw_ + reached) / 2;
    }
    power_kw_ = reached;
    return battery_->advance(command, length);
}

}  // namespace hil::battery
