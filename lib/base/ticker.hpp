// Periodic work on a fixed grid: anchor, anchor + period, anchor + 2·period, … without drift.
// A step that could not be taken in time is skipped and counted, never made up for.
#pragma once

#include "base/clock.hpp"

#include <cstdint>

namespace hil {

struct TickStep {
    std::int64_t index = 0;  // k
    Instant due;             // anchor + k·period
    WallTime wall;  // the step's own time on the wall clock: the time of a row, never of its completion
    std::int64_t skipped = 0;  // steps missed since the last one taken
    Duration lateness{};       // how long after `due` the step was taken, in site time
};

class Ticker {
  public:
    // Step 0 is due at `anchor`. Precondition: period > 0.
    Ticker(Clock& clock, Instant anchor, Duration period, Phase phase);

    // The next step not in the future that has not been taken, or the first one in the future, waited for.
    // Between the return of one next() and the call of the following one a ScaledClock stands still.
    awaitable<TickStep> next();

    // Which step next() would return if it were called now, and when that step is due.
    [[nodiscard]] std::int64_t upcoming_index() const;
    [[nodiscard]] Instant due(std::int64_t index) const { return anchor_ + index * period_; }
    [[nodiscard]] Duration period() const { return period_; }

    // Takes step `index` without waiting; for loops that wait for a tick or something else, whichever is
    // first.
    TickStep take(std::int64_t index);
    // Lets the clock go on while the owner waits for something that is not a tick.
    void release() { hold_.release(); }

  private:
    awaitable<TickStep> at_once(std::int64_t index);

    Clock& clock_;
    Instant anchor_;
    WallTime wall_anchor_;
    Duration period_;
    Phase phase_;
    std::int64_t last_ = -1;
    Clock::Hold hold_;
};

// The first whole second of the wall clock at or after now: the anchor of a service that starts unscheduled.
Instant next_whole_second(const Clock& clock);

}  // namespace hil
