// A schedule drawn in characters, for terminals: power as bars around zero, the state of charge below.
//
//   kW
//    1000.0 |                      ████
//           |            ▆▆▆▆      ████
//       0.0 |────────────────────────────
//   -1000.0 |    ████
//   SoC 70% |     ▁▃▅▇████▇▅▃▁
//           +
//            00  03  06  09  12
#pragma once

#include "base/zone.hpp"
#include "planner/projection.hpp"
#include "schedule/effective.hpp"

#include <functional>
#include <span>
#include <string>

namespace hil::app {

// Lines of at most about 90 characters. A column shows the highest and the lowest power within it, so that
// nothing short is lost. `unicode`: with block characters, otherwise plain ASCII. Empty for an empty
// schedule.
std::string plot_schedule(std::span<const schedule::EffectiveSegment> schedule,
                          const planner::Projection& projection, const Zone& zone, bool unicode);

// Whether the terminal, or what reads it, takes UTF-8, by LC_ALL, LC_CTYPE and LANG.
bool takes_unicode(const std::function<const char*(const char*)>& environment);

}  // namespace hil::app
