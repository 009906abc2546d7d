#include "control/derated_setpoints.hpp"

#include "base/mutation.hpp"

#include <algorithm>

namespace hil::control {
namespace {

void cap(SignalSetpoint& signal, double most, double least, const Derating& derating) {
    const double left = std::clamp(signal.value, least, most);
    if (left == signal.value) return;
    signal.before_derating = signal.value;
    signal.value = left;
    signal.derated = derating.stage;
    signal.condition = derating.condition;
}

}  // namespace

Setpoint DeratedSetpoints::at(WallTime now) const {
    Setpoint out = inner_.at(now);
    if (derating_.stage == Stage::normal || mutated(Mutation::derating_skipped)) return out;
    // Limits that exclude 0 do not exist: the rules of the configuration see to it.
    cap(out.p, derating_.discharge * limits_.p_max_kw, derating_.charge * limits_.p_min_kw, derating_);
    cap(out.q, derating_.reactive * limits_.q_max_kvar, derating_.reactive * limits_.q_min_kvar, derating_);
    return out;
}

}  // namespace hil::control
