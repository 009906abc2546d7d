#include "control/setpoint.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace hil::control {
namespace {

std::string describe_target(const SignalTarget& target, schedule::Signal signal) {
    if (!target.changed()) return {};
    if (target.faulty()) {
        return fmt::format("the plan's {} is not a number: 0 is sent", schedule::to_string(signal));
    }
    if (target.derated != Stage::normal) {
        return fmt::format("the plan's {} {:g} {} is held to {:g} ({}{})", schedule::to_string(signal),
                           target.asked, schedule::unit(signal), target.value,
                           target.derated == Stage::stop ? "stop: " : "derated: ",
                           target.condition ? to_string(*target.condition) : "estop");
    }
    return fmt::format("the plan's {} {:g} {} is limited to {:g} ({})", schedule::to_string(signal),
                       target.asked, schedule::unit(signal), target.value, schedule::to_string(target.limit));
}

}  // namespace

std::string Target::text() const {
    const auto first = describe_target(p, schedule::Signal::p);
    const auto second = describe_target(q, schedule::Signal::q);
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

SignalTarget PlanSetpoints::one(schedule::Signal signal, WallTime now) const {
    SignalTarget out;
    out.choice = arbiter_.choose(plant_, signal, now);
    const auto limited = schedule::apply_limits(out.choice.value, signal, limits_);
    out.value = limited.value;
    out.asked = limited.asked;
    out.limit = limited.limit;
    return out;
}

Target PlanSetpoints::target(WallTime now) const {
    return {one(schedule::Signal::p, now), takes_q_ ? one(schedule::Signal::q, now) : SignalTarget{}};
}

std::optional<WallTime> PlanSetpoints::next_change(WallTime now) const {
    return arbiter_.next_change(plant_, now);
}

}  // namespace hil::control
