// How long the event loop keeps a due timer waiting: the sign that something blocks it.
#pragma once

#include "base/clock.hpp"
#include "observe/metrics.hpp"

#include <functional>

namespace hil::observe {

// Measures in unscaled time, from construction to destruction. Not for a VirtualClock: there is no lag to
// measure, and its timer would keep such a clock from ever running out of things to do.
class LoopLag {
  public:
    LoopLag(Clock& clock, Histogram lag, Duration period = std::chrono::milliseconds(100));

    // Called when one measurement reaches `stall_threshold`.
    std::function<void(Duration lag)> on_stall;
    Duration stall_threshold = std::chrono::milliseconds(250);

    [[nodiscard]] Duration last() const { return last_; }
    [[nodiscard]] Duration worst() const { return worst_; }

  private:
    void measure();

    Clock& clock_;
    Histogram lag_;
    Duration period_;
    Duration last_{}, worst_{};
    Timer timer_;
};

}  // namespace hil::observe
