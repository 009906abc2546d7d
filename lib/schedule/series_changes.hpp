// What one series says otherwise than another, span by span: who changed which step from what to what.
#pragma once

#include "base/zone.hpp"
#include "schedule/series.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hil::schedule {

// In kW or kvar; none: nothing is planned there.
struct SeriesChange {
    WallTime from, to;
    std::optional<double> before, after;

    friend bool operator==(const SeriesChange&, const SeriesChange&) = default;
};

// From `begin` on, in the order of time; spans that follow each other with the same two values are one.
std::vector<SeriesChange> series_changes(const Series& before, const Series& after, WallTime begin);

// "12:00:00 to 13:00:00 from 100 to 150 kW; …", of the first `at_most`, and how many more there are; "nothing
// changes" for none. Times in the zone, with their date where it is not that of `today`.
std::string changes_text(const std::vector<SeriesChange>& changes, std::string_view unit, const Zone& zone,
                         WallTime today, std::size_t at_most = 5);

}  // namespace hil::schedule
