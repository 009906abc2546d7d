// Whether a device that is sent several requests at once loses those that come while it answers. Pure.
//
// Such a device answers one of them and is silent to the others. A request that timed out though another one
// sent with it was answered is a sign of it: a device that is gone answers none. The second sign within a
// while decides; from then on requests go one at a time, for as long as the link lives.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <optional>

namespace hil::plant {

class FlightWatch {
  public:
    static constexpr Duration within = std::chrono::minutes(10);

    explicit FlightWatch(std::uint16_t configured) : allowed_(configured) {}

    // A request was overtaken (modbus::Exchange). True when this decides.
    [[nodiscard]] bool overtaken(IoInstant now) {
        if (allowed_ == 1) return false;
        const bool again = before_ && now - *before_ <= within;
        before_ = now;
        if (!again) return false;
        allowed_ = 1;
        return true;
    }
    // How many requests may be under way.
    [[nodiscard]] std::uint16_t allowed() const { return allowed_; }

  private:
    std::uint16_t allowed_;
    std::optional<IoInstant> before_;
};

}  // namespace hil::plant
