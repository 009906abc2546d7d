#include "control/observed_state.hpp"

#include <algorithm>

namespace hil::control {

ObservedState::ObservedState(Duration read_period)
    : stale_after_(std::max<Duration>(std::chrono::seconds(3), read_period + read_period / 2)) {}

void ObservedState::reset() {
    const Duration kept = stale_after_;
    *this = ObservedState{};
    stale_after_ = kept;
}

void ObservedState::succeeded(Instant attempted, std::optional<bool> enabled) {
    last_attempt_ = attempted;
    last_success_ = attempted;
    if (enabled) {
        enabled_ = enabled;
        enabled_at_ = attempted;
    }
    status_ = ReadStatus::ok;
    failures_ = 0;
    last_error_ = {};
}

void ObservedState::measured(Instant at, double p_battery_kw, double q_battery_kvar) {
    last_success_ = at;
    p_battery_kw_ = p_battery_kw;
    q_battery_kvar_ = q_battery_kvar;
}

void ObservedState::failed(Instant attempted, ReadStatus status, error_code error) {
    last_attempt_ = attempted;
    status_ = status;
    ++failures_;
    last_error_ = error;
}

bool ObservedState::stale(Instant now) const {
    return !last_success_ || now - *last_success_ > stale_after_;
}

std::optional<bool> ObservedState::enabled(Instant now) const {
    if (!enabled_at_ || now - *enabled_at_ > stale_after_) return std::nullopt;
    return enabled_;
}

std::optional<Duration> ObservedState::age(Instant now) const {
    if (!last_success_) return std::nullopt;
    return now - *last_success_;
}

}  // namespace hil::control
