#include "observe/loop_lag.hpp"

#include <algorithm>

namespace hil::observe {

LoopLag::LoopLag(Clock& clock, Histogram lag, Duration period)
    : clock_(clock), lag_(lag), period_(period), timer_(clock.io_timers(), [this] { measure(); }) {
    timer_.arm_after(period_);
}

void LoopLag::measure() {
    const Duration now = clock_.io_now().time_since_epoch();
    last_ = std::max(Duration::zero(), now - timer_.due());
    worst_ = std::max(worst_, last_);
    lag_.observe(to_seconds(last_));
    timer_.arm_at(now + period_);
    if (on_stall && last_ >= stall_threshold) on_stall(last_);
}

}  // namespace hil::observe
