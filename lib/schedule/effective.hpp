// What will be dispatched over a range, resolved by the arbiter itself: the dispatcher, the start of a plant,
// previews and plots cannot disagree.
#pragma once

#include "schedule/arbiter.hpp"

#include <vector>

namespace hil::schedule {

struct EffectiveSegment {
    WallTime from, to;  // [from, to)
    ActiveEntry p, q;   // before limits

    [[nodiscard]] const ActiveEntry& active(Signal signal) const { return signal == Signal::p ? p : q; }
};

// Adjoining segments from `from` to `to` without a gap, one for each span in which neither choice changes.
// Empty when the range is.
std::vector<EffectiveSegment> effective_schedule(const Arbiter& arbiter, PlantIndex plant, WallTime from,
                                                 WallTime to);

}  // namespace hil::schedule
