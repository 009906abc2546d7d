// How often a device behind a shared line is asked once it has not answered. Pure.
//
// On a line of its own a silent device may be asked again and again: nobody waits. Behind a gateway each
// request it misses costs everybody a time-out. So nothing is repeated, and from the second miss on it is
// asked once in ten seconds, until it answers.
#pragma once

#include "base/time.hpp"

#include <algorithm>
#include <cstdint>

namespace hil::plant {

class MissedPace {
  public:
    static constexpr std::uint32_t tolerated = 1;
    static constexpr Duration pause = std::chrono::seconds(10);

    void missed(IoInstant now) {
        ++misses_;
        last_ = now;
    }
    void answered() { misses_ = 0; }

    // How long until it may be asked; zero: now.
    [[nodiscard]] Duration wait(IoInstant now) const {
        if (misses_ <= tolerated) return Duration::zero();
        return std::max(last_ + pause - now, Duration::zero());
    }
    [[nodiscard]] std::uint32_t misses() const { return misses_; }

  private:
    std::uint32_t misses_ = 0;
    IoInstant last_{};
};

}  // namespace hil::plant
