#include "base/ticker.hpp"

#include "base/timer_wait.hpp"

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
    if (clock_.now() > due(index)) return at_once(index);
    // A step that is due now still takes its turn by phase.
    return wait_on<void(error_code, TickStep)>(
        clock_, clock_.timers(), due(index).time_since_epoch(), phase_,
        [this, index](auto handler, error_code error) {
            // A stall of the reactor may have made this step an old one.
            std::move(handler)(error, error ? TickStep{} : take(std::max(index, upcoming_index())));
        });
}

awaitable<TickStep> Ticker::at_once(std::int64_t index) {
    co_return take(index);
}

Instant next_whole_second(const Clock& clock) {
    const Instant now = clock.now();
    const WallTime wall = clock.wall(now);
    return now + (std::chrono::ceil<std::chrono::seconds>(wall) - wall);
}

}  // namespace hil
