// A circuit breaker: after several failures in a row nobody tries for a while, then one attempt decides.
// Pure: it is told the time, site time or unscaled time as its owner chooses, and waits for nothing.
#pragma once

#include "base/backoff.hpp"
#include "base/time.hpp"

#include <utility>

namespace hil {

enum class BreakerState {
    closed,     // attempts are made
    open,       // none until retry_at()
    half_open,  // one attempt is allowed or under way; its outcome decides
};

template <class TimePoint>
class Breaker {
  public:
    // Opens with the `failures`-th failure in a row (at least 1), for as long as `open_for` says each time.
    Breaker(unsigned failures, Backoff open_for) : threshold_(failures), open_for_(std::move(open_for)) {}

    // Asks for one attempt. Whoever is told yes owes succeeded() or failed().
    [[nodiscard]] bool allow(TimePoint now) {
        if (state(now) == BreakerState::closed) return true;
        if (state(now) == BreakerState::open || probing_) return false;
        return probing_ = true;
    }

    void succeeded() {
        failures_ = 0;
        opened_ = probing_ = false;
        open_for_.reset();
    }

    void failed(TimePoint now) {
        ++failures_;
        if (!probing_ && (opened_ || failures_ < threshold_)) return;  // a straggler changes nothing
        opened_ = true;
        probing_ = false;
        retry_at_ = now + open_for_.next();
    }

    // An attempt that was allowed ended without an outcome (it was cancelled): the next caller may try.
    void abandoned() { probing_ = false; }

    [[nodiscard]] BreakerState state(TimePoint now) const {
        if (!opened_) return BreakerState::closed;
        return now < retry_at_ ? BreakerState::open : BreakerState::half_open;
    }
    // When the next attempt is allowed; meaningful unless closed.
    [[nodiscard]] TimePoint retry_at() const { return retry_at_; }
    [[nodiscard]] unsigned consecutive_failures() const { return failures_; }

  private:
    unsigned threshold_;
    Backoff open_for_;
    unsigned failures_ = 0;
    bool opened_ = false;
    bool probing_ = false;
    TimePoint retry_at_{};
};

}  // namespace hil
