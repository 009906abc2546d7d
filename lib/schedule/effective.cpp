#include "schedule/effective.hpp"

#include <algorithm>

namespace hil::schedule {

std::vector<EffectiveSegment> effective_schedule(const Arbiter& arbiter, PlantIndex plant, WallTime from,
                                                 WallTime to) {
    const Arbiter walker = arbiter;  // the place the dispatcher has reached stays remembered
    std::vector<EffectiveSegment> segments;
    for (WallTime t = from; t < to;) {
        const WallTime next = std::min(walker.next_change(plant, t).value_or(to), to);
        segments.push_back({t, next, walker.choose(plant, Signal::p, t), walker.choose(plant, Signal::q, t)});
        t = next;
    }
    return segments;
}

}  // namespace hil::schedule
