// How long a device is asked on a new connection before that is given up. Pure.
//
// Gateways swallow what comes in the first seconds of a connection: who connects anew after the first
// time-out never gets through. So the first request is asked again on the same connection, and the longer a
// device stays silent the longer the next connection is kept, until it has answered once.
#pragma once

#include "base/time.hpp"

#include <algorithm>

namespace hil::plant {

class FirstAnswer {
  public:
    static constexpr unsigned least_asks = 2;
    // Room for the answer to what is asked three seconds after the first request, where a time-out is a
    // second.
    static constexpr Duration first_timeout = std::chrono::milliseconds(3500);
    static constexpr Duration longest_timeout = std::chrono::seconds(28);

    // The first request goes out.
    void begin(IoInstant now) {
        began_ = now;
        unanswered_ = 0;
    }
    // A request was not answered: whether to ask again here. Where somebody waits for the outcome, no longer
    // than on a first connection.
    [[nodiscard]] bool ask_again(IoInstant now, bool somebody_waits) {
        const auto timeout = somebody_waits ? first_timeout : timeout_;
        if (++unanswered_ < least_asks || now - began_ < timeout) return true;
        timeout_ = std::min(2 * timeout_, longest_timeout);
        return false;
    }
    void answered() { timeout_ = first_timeout; }

  private:
    Duration timeout_ = first_timeout;
    IoInstant began_{};
    unsigned unanswered_ = 0;
};

}  // namespace hil::plant
