#include "control/setpoint_confirmation.hpp"

#include "base/mutation.hpp"

#include <cmath>

namespace hil::control {

void SetpointConfirmation::acknowledged(double value, std::optional<double> before, Instant now) {
    write_ = Write{.value = value,
                   .before = before,
                   .before_was_answer = before && answer_ && *before == *answer_,
                   .at = now};
}

void SetpointConfirmation::forget() {
    write_.reset();
}

bool SetpointConfirmation::near(double held, double wanted) const {
    // The guard is for binary noise: 100.1 and 100.0 are not quite 0.1 apart.
    return std::abs(held - wanted) <= rules_.slack * (1 + 1e-9) + 1e-9 * std::abs(wanted);
}

bool SetpointConfirmation::equal(double held, double wanted) const {
    return held == wanted || (rules_.confirm == config::Confirm::within && near(held, wanted));
}

bool SetpointConfirmation::may_be_answer(double held) const {
    const auto& write = *write_;
    const bool between =
        write.value != 0 && held * write.value >= 0 && std::abs(held) <= std::abs(write.value);
    if (!near(held, write.value) && !between) return false;
    if (mutated(Mutation::anything_is_an_answer)) return true;
    return !write.before || held != *write.before || near(held, write.value) || write.before_was_answer;
}

Confirmation SetpointConfirmation::judge(double wanted, std::optional<double> read, Instant now) {
    const bool written = write_ && write_->value == wanted;
    if (!read || rules_.confirm == config::Confirm::acknowledged || mutated(Mutation::readback_ignored))
        return written ? Confirmation::confirmed : Confirmation::differs;
    const double held = *read;
    if (!written) {
        const bool known_answer = answer_ == held && answered_to_ == wanted;
        return held == wanted || (known_answer && equal(held, wanted)) ? Confirmation::confirmed
                                                                       : Confirmation::differs;
    }
    auto& write = *write_;
    if (held == wanted) {
        write.seen = true;
        answer_.reset();
        answered_to_.reset();
        return Confirmation::confirmed;
    }
    const bool in_time = now < write.at + rules_.verify_timeout;
    if (write.seen && !(mutated(Mutation::foreign_is_an_answer) && may_be_answer(held)))
        return Confirmation::differs;
    const auto answered = [&] {
        answer_ = held;
        answered_to_ = wanted;
    };
    if (equal(held, wanted)) {
        write.near = true;
        answered();
        return Confirmation::confirmed;
    }
    if (write.near) return Confirmation::differs;
    if (may_be_answer(held)) {
        // It may be on its way still: a late device, or one that approaches.
        if (in_time) return Confirmation::pending;
        answered();
        return Confirmation::answered;
    }
    // What stood there before may still be there; anything else is neither ours nor the device's answer.
    if (in_time) return held == write.before ? Confirmation::pending : Confirmation::differs;
    return Confirmation::failed;
}

}  // namespace hil::control
