// Whether a start that failed is tried again, when, and when it is given up. No I/O.
//
// Tried again: what a device or the way to it does for a while: busy (exceptions 5, 6), a gateway that does
// not reach it (10, 11), no answer, no link. Not tried again: whatever somebody decided (a stop, a trip, the
// emergency stop, the end of the service), what the device refuses for good, and readings that would trip it.
#pragma once

#include "base/backoff.hpp"
#include "control/trouble.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace hil::control {

class StartRetry {
  public:
    static constexpr Duration first_pause = std::chrono::seconds(1);
    static constexpr Duration longest_pause = std::chrono::seconds(30);

    // `timeout` from now on; zero: tried once.
    StartRetry(Instant now, Duration timeout)
        : give_up_(now + timeout), backoff_(first_pause, longest_pause) {}

    // One try ended: `error` is how the start ended, `cause` what the plant or the link said to the step that
    // failed. How long to wait before the next try; none: this was the last one.
    [[nodiscard]] std::optional<Duration> failed(error_code error, error_code cause, Instant now);

    [[nodiscard]] unsigned tries() const { return tries_; }
    // Whether the last failure is one that another try might have overcome.
    [[nodiscard]] bool out_of_time() const { return out_of_time_; }

    // Whether another try may help.
    [[nodiscard]] static bool passes(error_code error, error_code cause);

  private:
    Instant give_up_;
    Backoff backoff_;
    unsigned tries_ = 0;
    bool out_of_time_ = false;
};

}  // namespace hil::control
