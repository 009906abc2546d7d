#include "control/setpoint.hpp"

#include "control/safety_words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace hil::control {
namespace {

std::string describe_setpoint(const SignalSetpoint& setpoint, schedule::Signal signal) {
    if (!setpoint.changed()) return {};
    if (setpoint.faulty()) {
        return fmt::format("the plan's {} is not a number: 0 is sent", schedule::to_string(signal));
    }
    if (setpoint.derated != Stage::normal) {
        return fmt::format("the plan's {} {:g} {} is held to {:g} ({}{})", schedule::to_string(signal),
                           setpoint.asked, schedule::unit(signal), setpoint.value,
                           setpoint.derated == Stage::stop ? "stop: " : "power taken back: ",
                           setpoint.condition ? in_words(*setpoint.condition) : "emergency stop");
    }
    if (setpoint.limit == schedule::Limit::none && !setpoint.steps.empty()) {
        const auto& last = setpoint.steps.back();
        return fmt::format("the plan's {} {:g} {} becomes {:g} ({}: {})", schedule::to_string(signal),
                           setpoint.asked, schedule::unit(signal), setpoint.value, last.stage, last.why);
    }
    if (setpoint.limit == schedule::Limit::none) {
        const auto& narrowed = setpoint.active.narrowed;
        return fmt::format("the plan's {} {:g} {} is narrowed to {:g} by the limits of layer {}",
                           schedule::to_string(signal), narrowed.front().from, schedule::unit(signal),
                           setpoint.value, narrowed.back().by.name());
    }
    return fmt::format("the plan's {} {:g} {} is limited to {:g}, the {} that the plant may be asked for",
                       schedule::to_string(signal), setpoint.asked, schedule::unit(signal), setpoint.value,
                       setpoint.value < setpoint.asked ? "most" : "least");
}

}  // namespace

std::string Setpoint::text() const {
    const auto first = describe_setpoint(p, schedule::Signal::p);
    const auto second = describe_setpoint(q, schedule::Signal::q);
    return first.empty() || second.empty() ? first + second : first + "; " + second;
}

PlanSetpoints::PlanSetpoints(const schedule::Arbiter& arbiter, schedule::PlantIndex plant,
                             const config::PowerLimits& limits, const plant::Codec& p_codec,
                             const std::optional<plant::Codec>& q_codec)
    : arbiter_(arbiter), plant_(plant), limits_(limits), takes_q_(q_codec.has_value()) {
    limits_.p_max_kw = std::min(limits.p_max_kw, p_codec.highest());
    limits_.p_min_kw = std::max(limits.p_min_kw, p_codec.lowest());
    if (!q_codec) return;
    limits_.q_max_kvar = std::min(limits.q_max_kvar, q_codec->highest());
    limits_.q_min_kvar = std::max(limits.q_min_kvar, q_codec->lowest());
}

SignalSetpoint PlanSetpoints::one(schedule::Signal signal, WallTime now) const {
    SignalSetpoint out;
    out.active = arbiter_.choose(plant_, signal, now);
    const auto limited = schedule::apply_limits(out.active.value, signal, limits_);
    out.value = limited.value;
    out.asked = limited.asked;
    out.limit = limited.limit;
    return out;
}

Setpoint PlanSetpoints::at(WallTime now) const {
    return {one(schedule::Signal::p, now), takes_q_ ? one(schedule::Signal::q, now) : SignalSetpoint{}};
}

std::optional<WallTime> PlanSetpoints::next_change(WallTime now) const {
    return arbiter_.next_change(plant_, now);
}

}  // namespace hil::control
