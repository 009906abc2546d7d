// Who is told when a point has no value, and when it has one again: once each, however often it is read.
// Pure.
#pragma once

#include "base/time.hpp"
#include "plant/plausible.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace hil::plant {

class ReadingWatch {
  public:
    // A value must be back for so long before that is told: a device that starts says now this, now that.
    static constexpr Duration settled_after = std::chrono::seconds(10);

    explicit ReadingWatch(std::size_t points) : points_(points) {}

    enum class News : std::uint8_t { none, lost, back };
    // Every point has a value, or nobody was told otherwise.
    [[nodiscard]] bool quiet() const { return notified_ == 0; }
    // What a reading gave. Times do not decrease.
    News note(std::size_t point, Unknown why, Instant now);

  private:
    struct State {
        bool notified = false;
        std::optional<Instant> back_since;
    };
    std::vector<State> points_;
    std::size_t notified_ = 0;  // points of which it was told
};

inline ReadingWatch::News ReadingWatch::note(std::size_t point, Unknown why, Instant now) {
    if (why == Unknown::no && notified_ == 0) return News::none;  // as nearly always
    auto& state = points_[point];
    if (why != Unknown::no) {
        state.back_since.reset();
        if (state.notified) return News::none;
        state.notified = true;
        ++notified_;
        return News::lost;
    }
    if (!state.notified) return News::none;
    if (!state.back_since) state.back_since = now;
    if (now - *state.back_since < settled_after) return News::none;
    state = {};
    --notified_;
    return News::back;
}

}  // namespace hil::plant
