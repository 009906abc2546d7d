#include "schedule/series_changes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace hil::schedule {
namespace {

std::optional<double> said(const Series& series, WallTime at, std::size_t& hint) {
    if (series.empty()) return std::nullopt;
    const auto standing = series.at(at, hint);
    if (standing.kind != SeriesPosition::Kind::in_force || standing.row->silent) return std::nullopt;
    return standing.row->value;
}

void add_corners(std::vector<WallTime>& out, const Series& series, WallTime begin) {
    if (series.empty()) return;
    for (const auto& row : series.rows())
        if (row.at > begin) out.push_back(row.at);
    if (series.end_time() > begin) out.push_back(series.end_time());
}

std::string value_text(const std::optional<double>& value) {
    return value ? fmt::format("{:.7g}", *value) : std::string("no plan");
}

std::string time_text(WallTime at, const Zone& zone, WallTime today) {
    const auto text = zone.format(at);  // 2025-10-01T12:00:00+02:00
    const auto clock = text.substr(11, 8);
    return text.substr(0, 10) == zone.format(today).substr(0, 10) ? clock : text.substr(0, 10) + " " + clock;
}

}  // namespace

std::vector<SeriesChange> series_changes(const Series& before, const Series& after, WallTime begin) {
    std::vector<WallTime> corners{begin};
    add_corners(corners, before, begin);
    add_corners(corners, after, begin);
    std::sort(corners.begin(), corners.end());
    corners.erase(std::unique(corners.begin(), corners.end()), corners.end());
    std::vector<SeriesChange> out;
    std::size_t before_hint = 0, after_hint = 0;
    for (std::size_t i = 0; i + 1 < corners.size(); ++i) {
        const auto old = said(before, corners[i], before_hint), now = said(after, corners[i], after_hint);
        if (old == now) continue;
        const bool goes_on = !out.empty() && out.back().to == corners[i] && out.back().before == old &&
                             out.back().after == now;
        if (goes_on)
            out.back().to = corners[i + 1];
        else
            out.push_back({corners[i], corners[i + 1], old, now});
    }
    return out;
}

std::string changes_text(const std::vector<SeriesChange>& changes, std::string_view unit, const Zone& zone,
                         WallTime today, std::size_t at_most) {
    if (changes.empty()) return "nothing changes";
    std::string out;
    const auto shown = std::min(at_most, changes.size());
    for (std::size_t i = 0; i < shown; ++i) {
        const auto& c = changes[i];
        out += fmt::format("{}{} to {} from {} to {}{}", i == 0 ? "" : "; ", time_text(c.from, zone, today),
                           time_text(c.to, zone, today), value_text(c.before), value_text(c.after),
                           fmt::format(" {}", unit));
    }
    if (shown < changes.size()) out += fmt::format("; and {} more", changes.size() - shown);
    return out;
}

}  // namespace hil::schedule
