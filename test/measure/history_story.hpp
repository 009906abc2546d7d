// Rows of every kind a recording has, drawn from a seed, and what they mean worked out the plain way.
#pragma once

#include "base/random.hpp"
#include "measure/history.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace hil::measure {

// Stretches, steps, noise, holes, values that are not known, odd instants; at most a few hours apart.
inline std::vector<Row> history_story(std::uint64_t seed, std::size_t count, WallTime begin) {
    using namespace std::chrono_literals;
    Random random(seed);
    std::vector<Row> rows;
    WallTime at = begin;
    Row now{.at = at, .values = {0, 0, 0, 0, 0.5, 0, 0, 20}, .null = false};
    while (rows.size() < count) {
        if (random.chance(0.02)) {
            rows.push_back(null_row(at));
            at += random.chance(0.3) ? Duration(5h) : Duration(40s);
            continue;
        }
        for (auto& value : now.values) {
            if (random.chance(0.2)) value = std::round(random.uniform(-10000, 10000)) / 10;
        }
        if (random.chance(0.05)) now.values[random.below(column_count)] = unknown;
        if (random.chance(0.01)) now.values[random.below(column_count)] = random.normal();
        now.at = at;
        now.null = std::all_of(now.values.begin(), now.values.end(), [](double v) { return std::isnan(v); });
        rows.push_back(now);
        at += random.chance(0.05)   ? Duration(10min + 7s)
              : random.chance(0.02) ? Duration(1234567ns)
                                    : Duration(std::chrono::seconds(1 + random.below(20)));
    }
    return rows;
}

inline bool same(double a, double b) {
    return a == b || (std::isnan(a) && std::isnan(b));
}

inline bool same(const Row& a, const Row& b) {
    return a.at == b.at && a.null == b.null &&
           (a.null || std::equal(a.values.begin(), a.values.end(), b.values.begin(),
                                 [](double x, double y) { return same(x, y); }));
}

inline bool same(const std::vector<Row>& a, const std::vector<Row>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const Row& x, const Row& y) { return same(x, y); });
}

// One column of one bucket: every row looked at, each holding until the next.
struct PlainSummary {
    double min = unknown, max = unknown, mean = unknown, last = unknown;
    double known_s = 0;
};

inline PlainSummary plain_summary(const std::vector<Row>& rows, std::size_t column, WallTime from,
                                  WallTime to) {
    PlainSummary out;
    double sum = 0;
    const auto begin = std::lower_bound(rows.begin(), rows.end(), from,
                                        [](const Row& row, WallTime at) { return row.at < at; });
    auto r = static_cast<std::size_t>(begin - rows.begin());
    for (r -= r > 0 ? 1 : 0; r < rows.size() && rows[r].at < to; ++r) {
        if (rows[r].null || std::isnan(rows[r].values[column])) continue;
        const WallTime until = r + 1 < rows.size() ? rows[r + 1].at : rows[r].at;
        const auto held = std::min(until, to) - std::max(rows[r].at, from);
        const bool inside = rows[r].at >= from && rows[r].at < to;
        if (!inside && held <= Duration::zero()) continue;
        const double value = rows[r].values[column];
        out.min = std::isnan(out.min) ? value : std::min(out.min, value);
        out.max = std::isnan(out.max) ? value : std::max(out.max, value);
        out.last = value;
        const double s = std::max(0.0, to_seconds(held));
        out.known_s += s;
        sum += value * s;
    }
    out.mean = out.known_s > 0 ? sum / out.known_s : out.last;
    return out;
}

}  // namespace hil::measure
