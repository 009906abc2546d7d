#include "base/ticker.hpp"

#include <boost/assert.hpp>

#include <algorithm>

namespace hil {

Ticker::Ticker(Clock& clock, Instant anchor, Duration period, Phase phase)
    : clock_(clock), anchor_(anchor), wall_anchor_(clock.wall(anchor)), period_(period), phase_(phase) {
    BOOST_ASSERT(period > Duration::zero());
}

std::int64_t Ticker::upcoming_index() const {
    const Duration since_anchor = clock_.now() - anchor_;
    const std::int64_t current = since_anchor < Duration::zero() ? -1 : since_anchor / period_;
    return std::max(last_ + 1, current);
}

TickStep Ticker::take(std::int64_t index) {
    TickStep step;
    step.index = index;
    step.due = due(index);
    step.wall = wall_anchor_ + index * period_;
    step.skipped = index - last_ - 1;
    step.lateness = clock_.now() - step.due;
    last_ = index;
    hold_ = clock_.hold();
    return step;
}

awaitable<TickStep> Ticker::next() {
    hold_.release();
    const std::int64_t index = std::max<std::int64_t>(upcoming_index(), 0);
    if (clock_.now() <= due(index)) {  // a step that is due now still takes its turn by phase
        co_await clock_.sleep_until(due(index), phase_);
        // A stall of the reactor may have made this step an old one.
        co_return take(std::max(index, upcoming_index()));
    }
    co_return take(index);
}

Instant next_whole_second(const Clock& clock) {
    const Instant now = clock.now();
    const WallTime wall = clock.wall(now);
    return now + (std::chrono::ceil<std::chrono::seconds>(wall) - wall);
}

}  // namespace hil
