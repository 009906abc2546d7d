#include "planfile/plan_writer.hpp"

#include "base/number.hpp"

#include <algorithm>
#include <utility>

namespace hil::planfile {

namespace {

// The instants at which a plan of these series has rows.
std::vector<WallTime> row_times(std::span<const NamedSeries> series, std::optional<WallTime> from,
                                const Zone& zone) {
    std::vector<WallTime> times;
    if (from) times.push_back(*from);
    for (const auto& one : series) {
        for (const auto& row : one.series.rows())
            times.push_back(row.at);
        if (!one.series.empty()) times.push_back(one.series.end_time());
    }
    std::sort(times.begin(), times.end());
    times.erase(std::unique(times.begin(), times.end()), times.end());
    if (times.size() < 2) return times;
    // The last one is where everything has ended; a reader may know without being told.
    const WallTime end = times.back(), last = times[times.size() - 2];
    const WallTime understood =
        times.size() > 2 ? last + (last - times[times.size() - 3]) : zone.midnight(next_day(zone.date(last)));
    if (understood == end) times.pop_back();
    return times;
}

// A plan that is not a number is dispatched as 0, whatever else is planned.
bool planned(const schedule::ActiveEntry& active) {
    return active.planned() || active.reason == schedule::Reason::not_a_number;
}

}  // namespace

schedule::Series series_of(std::span<const schedule::EffectiveSegment> schedule, schedule::Signal signal) {
    std::vector<schedule::Row> rows;
    for (const auto& segment : schedule) {
        const schedule::ActiveEntry& active = segment.active(signal);
        const schedule::Row row{segment.from, planned(active) ? active.value : 0, active.line,
                                !planned(active)};
        if (rows.empty() ? row.silent : rows.back().value == row.value && rows.back().silent == row.silent)
            continue;
        rows.push_back(row);
    }
    if (rows.empty()) return {};
    WallTime end = schedule.back().to;
    if (rows.back().silent) {
        end = rows.back().at;
        rows.pop_back();
    }
    return schedule::Series(std::move(rows), end);
}

std::string to_plan_csv(std::span<const NamedSeries> series, const Zone& zone, std::optional<WallTime> from) {
    std::string out = "timestamp";
    for (const auto& one : series)
        out += "," + column_name(one.key);
    out += '\n';
    if (series.empty()) return out;
    std::vector<std::size_t> hints(series.size());
    for (const WallTime at : row_times(series, from, zone)) {
        zone.append(out, at);
        for (std::size_t i = 0; i < series.size(); ++i) {
            out += ',';
            const auto position = series[i].series.at(at, hints[i]);
            if (position.row != nullptr)
                append_number(out, position.row->value);
            else
                out += "end";
        }
        out += '\n';
    }
    return out;
}

}  // namespace hil::planfile
