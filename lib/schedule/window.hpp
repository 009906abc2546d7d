// The calendar of plans: local days, whatever number of hours they have. The only place that does this
// arithmetic.
#pragma once

#include "base/zone.hpp"

namespace hil::schedule {

struct Window {
    WallTime from, to;  // [from, to)

    friend bool operator==(const Window&, const Window&) = default;
    [[nodiscard]] bool contains(WallTime t) const { return from <= t && t < to; }
};

// From local midnight to the next: 23, 24 or 25 hours.
Window day_window(LocalDate date, const Zone& zone);
// Today and tomorrow, by local midnights.
Window two_days(WallTime now, const Zone& zone);

}  // namespace hil::schedule
