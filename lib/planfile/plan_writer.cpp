#include "planfile/plan_writer.hpp"

#include "base/number.hpp"

#include <algorithm>

namespace hil::planfile {

namespace {

// The instants at which a plan of these series has rows.
std::vector<WallTime> row_times(std::span<const NamedSeries> series, const Zone& zone) {
    std::vector<WallTime> times;
    for (const auto& one : series) {
        for (const auto& row : one.series.rows())
            times.push_back(row.at);
    }
    std::sort(times.begin(), times.end());
    times.erase(std::unique(times.begin(), times.end()), times.end());

    const WallTime end = series.front().series.end_time(), last = times.back();
    const bool exact = times.size() > 1 ? end - last == last - times[times.size() - 2]
                                        : end == zone.midnight(next_day(zone.date(last)));
    // Once more in the middle, so that what follows is as long as what is before. Times are written to the
    // microsecond.
    if (!exact) times.push_back(last + std::chrono::floor<std::chrono::microseconds>((end - last) / 2));
    return times;
}

}  // namespace

schedule::Series series_of(std::span<const schedule::EffectiveSegment> schedule, schedule::Signal signal) {
    std::vector<schedule::Row> rows;
    for (const auto& segment : schedule) {
        const schedule::Choice& choice = segment.choice(signal);
        if (rows.empty() || rows.back().value != choice.value)
            rows.push_back({segment.from, choice.value, choice.line});
    }
    if (rows.empty()) return {};
    return schedule::Series(std::move(rows), schedule.back().to);
}

std::string to_plan_csv(std::span<const NamedSeries> series, const Zone& zone) {
    std::string out = "timestamp";
    for (const auto& one : series)
        out += "," + schedule::column_name(one.key);
    out += '\n';
    if (series.empty()) return out;
    std::vector<std::size_t> hints(series.size());
    for (const WallTime at : row_times(series, zone)) {
        zone.append(out, at);
        for (std::size_t i = 0; i < series.size(); ++i) {
            out += ',';
            append_number(out, series[i].series.at(at, hints[i]).row->value);
        }
        out += '\n';
    }
    return out;
}

}  // namespace hil::planfile
