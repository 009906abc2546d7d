// Plans as text, in the form that plan files are read in.
#pragma once

#include "base/zone.hpp"
#include "schedule/effective.hpp"
#include "schedule/series.hpp"
#include "schedule/signal.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hil::planfile {

// What one signal of a schedule amounts to, equal neighbours being one row; silent where nobody planned, and
// an empty series when nobody did at all.
schedule::Series series_of(std::span<const schedule::EffectiveSegment> schedule, schedule::Signal signal);

struct NamedSeries {
    schedule::SeriesKey key;
    schedule::Series series;
};

// A wide plan with a column for each series and a row for `from`, if given, and each instant at which one of
// them changes, `end` where nothing is planned. Reading it gives the same values until the same ends: where a
// plan's last row would hold for too long or too short, as it holds as long as the one before it, a row of
// `end` stands behind it. Times are local with their offset.
//
// Precondition: values are finite, and none of the series begins before `from`.
std::string to_plan_csv(std::span<const NamedSeries> series, const Zone& zone,
                        std::optional<WallTime> from = std::nullopt);

}  // namespace hil::planfile
