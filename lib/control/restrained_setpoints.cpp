#include "control/restrained_setpoints.hpp"

#include "base/mutation.hpp"

#include <algorithm>

namespace hil::control {
namespace {

void cap(SignalTarget& signal, double most, double least, const Restraint& restraint) {
    const double left = std::clamp(signal.value, least, most);
    if (left == signal.value) return;
    signal.unrestrained = signal.value;
    signal.value = left;
    signal.restrained = restraint.stage;
    signal.condition = restraint.condition;
}

}  // namespace

Target RestrainedSetpoints::target(WallTime now) const {
    Target out = inner_.target(now);
    if (restraint_.stage == Stage::normal || mutated(Mutation::derating_skipped)) return out;
    // Limits that exclude 0 do not exist: the rules of the configuration see to it.
    cap(out.p, restraint_.discharge * limits_.p_max_kw, restraint_.charge * limits_.p_min_kw, restraint_);
    cap(out.q, restraint_.reactive * limits_.q_max_kvar, restraint_.reactive * limits_.q_min_kvar,
        restraint_);
    return out;
}

}  // namespace hil::control
