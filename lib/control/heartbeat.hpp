// Counts a register of the plant up in its own period, one count of its format at a time, so that the plant
// can tell that somebody is there: no two beats in a row write the same registers. Wraps around at the most
// up to which the format holds every whole number (2^24 for float32). Independent of dispatch and of starts
// and stops: a plant that is stopped is watched over as well.
#pragma once

#include "base/ticker.hpp"
#include "plant/link.hpp"

#include <cstdint>
#include <functional>

namespace hil::control {

class Heartbeat {
  public:
    struct Statistics {
        std::uint64_t beats = 0;     // acknowledged by the plant
        std::uint64_t failed = 0;    // not acknowledged
        std::uint64_t skipped = 0;   // periods in which none could be sent because one was under way
        Duration worst_lateness{};   // of the begin of a write
        Duration longest_silence{};  // between two acknowledged ones, within a session
    };

    // The link outlives it; the first beat counts on from `from`. Precondition: `beat` has passed the rules
    // of config.
    Heartbeat(Clock& clock, plant::Link& link, const config::Heartbeat& beat, std::uint64_t from = 0);
    Heartbeat(const Heartbeat&) = delete;
    Heartbeat& operator=(const Heartbeat&) = delete;

    // Beats at anchor + k·period while there is a session, until cancelled.
    awaitable<void> run(Instant anchor);

    [[nodiscard]] const Statistics& statistics() const { return statistics_; }
    [[nodiscard]] std::uint64_t value() const { return value_; }

  private:
    Clock& clock_;
    plant::Link& link_;
    plant::PointId point_;
    Duration period_;
    std::uint64_t most_;
    std::uint64_t value_ = 0;
    std::optional<Instant> last_;
    std::uint64_t session_ = 0;
    Statistics statistics_;
};

}  // namespace hil::control
