// When the next request may go out on a connection whose device asks for pauses. Pure.
//
// Gateways to serial lines swallow what comes in the first moments of a connection, and requests that follow
// an answer too closely. The pause counts from whatever was last heard or given up: an answer, a late one, a
// time-out.
#pragma once

#include "base/time.hpp"

#include <algorithm>

namespace hil::modbus {

class Pacing {
  public:
    Pacing(Duration connected_at, Duration connect_delay, Duration min_pause)
        : min_pause_(min_pause), earliest_(connected_at + connect_delay) {}

    // Nothing may be sent before this.
    [[nodiscard]] Duration earliest() const { return earliest_; }
    [[nodiscard]] bool ready(Duration now) const { return now >= earliest_; }
    // Whether a request has to wait for the answer to the one before it.
    [[nodiscard]] bool one_at_a_time() const { return min_pause_ > Duration::zero(); }

    // Something came from the device, or an answer is not waited for any more.
    void quiet_from(Duration now) {
        if (one_at_a_time()) earliest_ = std::max(earliest_, now + min_pause_);
    }

  private:
    Duration min_pause_;
    Duration earliest_;
};

}  // namespace hil::modbus
