// Plans as text, in the form that plan files are read in.
#pragma once

#include "base/zone.hpp"
#include "schedule/effective.hpp"
#include "schedule/series.hpp"
#include "schedule/signal.hpp"

#include <span>
#include <string>
#include <vector>

namespace hil::planfile {

// What one signal of a schedule amounts to, equal neighbours being one row. An empty schedule gives an empty
// series.
schedule::Series series_of(std::span<const schedule::EffectiveSegment> schedule, schedule::Signal signal);

struct NamedSeries {
    schedule::SeriesKey key;
    schedule::Series series;
};

// A wide plan with a column for each series and a row for each instant at which one of them changes. Reading
// it gives the same values until the same end: where a plan's last row would hold for too long or too short,
// as it holds as long as the one before it, the last value stands once more. Times are local with their
// offset.
//
// Precondition: none is empty, all of them begin at one instant and end at one instant, values are finite.
std::string to_plan_csv(std::span<const NamedSeries> series, const Zone& zone);

}  // namespace hil::planfile
