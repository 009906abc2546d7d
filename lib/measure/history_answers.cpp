// What the tables of history answer: rows and roll-ups of a range, availability, extent, counts.
#include "measure/history_extremes.hpp"
#include "measure/history_keys.hpp"
#include "measure/history_tables.hpp"

#include <algorithm>
#include <utility>

namespace hil::measure {

std::uint64_t HistoryTables::count(std::int64_t series, Range range) {
    const auto sum = [&](std::string_view sql, std::int64_t first, std::int64_t last) -> std::uint64_t {
        auto& ask = database_->prepare(sql).bind(1, key(series, first)).bind(2, key(series, last));
        const auto rows = ask.step() ? ask.integer(0) : 0;
        ask.reset();
        return static_cast<std::uint64_t>(rows);
    };
    constexpr std::string_view of_hours = "SELECT total(rows) FROM history_hours WHERE id BETWEEN ? AND ?";
    constexpr std::string_view of_days = "SELECT total(rows) FROM history_days WHERE id BETWEEN ? AND ?";
    const auto of_rows = [&](Range part) -> std::uint64_t {
        std::vector<Row> rows;
        append_rows(series, part, rows);
        return rows.size();
    };
    const auto hour = number_up(range.from, an_hour), end_hour = number(range.to, an_hour);
    if (hour >= end_hour) return of_rows(range);
    std::uint64_t rows = of_rows({range.from, time_of(hour, an_hour)});
    rows += of_rows({time_of(end_hour, an_hour), range.to});
    const auto day = number_up(range.from, a_day), end_day = number(range.to, a_day);
    if (day >= end_day) return rows + sum(of_hours, hour, end_hour - 1);
    return rows + sum(of_hours, hour, day * 24 - 1) + sum(of_days, day, end_day - 1) +
           sum(of_hours, end_day * 24, end_hour - 1);
}

HistoryAnswer HistoryTables::rows(std::string_view plant, config::TransportMode transport, Range range,
                                  std::optional<std::size_t> points) {
    HistoryAnswer answer{.plant = std::string(plant), .transport = transport, .rows = {}};
    const store::Database::Snapshot snapshot(*database_);
    const auto series = find(plant, transport);
    const auto all = series ? extent(*series) : std::nullopt;
    if (!all) return answer;
    range.from = std::max(range.from, all->from);
    range.to = std::min(range.to, all->to + Duration{1});
    if (range.from >= range.to) return answer;
    answer.rows_in_range = count(*series, range);
    if (!points || answer.rows_in_range <= *points) {
        answer.rows.reserve(answer.rows_in_range);
        append_rows(*series, range, answer.rows);
        return answer;
    }
    // The coarsest level that still has rows enough to choose from.
    answer.downsampled = true;
    const auto covered = to_seconds(range.to - range.from);
    std::vector<Row> rows;
    if (covered > to_seconds(a_day) * static_cast<double>(*points) / 16) append_days(*series, range, rows);
    if (rows.size() < *points) {
        rows.clear();
        if (covered > to_seconds(an_hour) * static_cast<double>(*points) / 16)
            append_hours(*series, range, rows);
    }
    if (rows.size() < *points) {
        rows.clear();
        append_rows(*series, range, rows);
    }
    answer.rows = downsample(std::move(rows), range, *points);
    return answer;
}

std::optional<Row> HistoryTables::newest_before(std::int64_t series, WallTime before) {
    const auto hour = number(before, an_hour);
    const auto own = read_hour(key(series, hour));
    if (const auto earlier = within(own, WallTime{}, before); !earlier.empty()) return earlier.back();
    auto& ask =
        database_->prepare("SELECT data FROM history_rows WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT 1");
    ask.bind(1, key(series, 0)).bind(2, key(series, hour));
    std::vector<Row> rows;
    if (ask.step()) decode(ask.blob(0), rows);
    ask.reset();
    return rows.empty() ? std::nullopt : std::optional(rows.back());
}

std::vector<Bucket> HistoryTables::buckets(std::string_view plant, config::TransportMode transport,
                                           Range range, Resolution resolution) {
    std::vector<Bucket> out;
    const Duration width = resolution == Resolution::minute ? Duration(std::chrono::minutes(1)) : a_quarter;
    const store::Database::Snapshot snapshot(*database_);
    const auto series = find(plant, transport);
    const auto all = series ? extent(*series) : std::nullopt;
    if (!all) return out;
    // Whole hours are read; only buckets that touch the range are answered.
    range.from = time_of(number(std::max(range.from, all->from), width), width);
    range.to = time_of(number_up(std::min(range.to, all->to + Duration{1}), width), width);
    if (range.from >= range.to) return out;

    auto held = newest_before(*series, range.from);
    WallTime begin = range.from;
    const auto add = [&](const Digest& inside) {
        const bool followed = begin + width <= all->to;
        auto bucket = make_bucket(begin, width, inside, held ? &*held : nullptr, followed);
        if (bucket.coverage > 0 || inside.rows > 0) out.push_back(bucket);
        if (inside.rows > 0) held = inside.last_row;
        begin += width;
    };
    const auto add_empty_until = [&](WallTime until) {
        // Where nothing is known and nothing comes, there is nothing to say either.
        if (!held || held->null) begin = std::max(begin, until);
        while (begin < until)
            add({});
    };
    auto& ask = database_->prepare(
        resolution == Resolution::minute
            ? "SELECT id, data FROM history_rows WHERE id BETWEEN ? AND ? ORDER BY id"
            : "SELECT id, data FROM history_quarters WHERE id BETWEEN ? AND ? ORDER BY id");
    ask.bind(1, key(*series, number(range.from, an_hour)))
        .bind(2, key(*series, number(range.to - Duration{1}, an_hour)));
    std::vector<Row> rows;
    while (ask.step()) {
        const WallTime hour = time_of(number_of(ask.integer(0)), an_hour);
        add_empty_until(std::min(hour, range.to));
        const WallTime end = std::min(hour + an_hour, range.to);
        if (resolution == Resolution::minute) {
            rows.clear();
            decode(ask.blob(1), rows);
            while (begin < end)
                add(digest(within(rows, begin, begin + width)));
        } else {
            const auto quarters = unpack(ask.blob(1));
            while (begin < end)
                add(quarters[static_cast<std::size_t>((begin - hour) / a_quarter)]);
        }
    }
    add_empty_until(range.to);
    return out;
}

std::vector<Interval> HistoryTables::availability(std::string_view plant, config::TransportMode transport,
                                                  Range range, Duration gap) {
    std::vector<Interval> out;
    const store::Database::Snapshot snapshot(*database_);
    const auto series = find(plant, transport);
    if (!series) return out;
    // Where the newest stretch ends: at its last row, or at the null row after it.
    bool open = false;
    const auto known = [&](WallTime at) {
        if (!out.empty() && at - out.back().to <= gap) {
            out.back().to = at;
        } else {
            out.push_back({at, at});
        }
        open = true;
    };
    const auto ended = [&](WallTime at) {
        if (open && at - out.back().to <= gap) out.back().to = at;
        open = false;
    };
    auto& ask = database_->prepare(
        "SELECT id, first, last, nulls, widest FROM history_hours WHERE id BETWEEN ? AND ? ORDER BY id");
    ask.bind(1, key(*series, number(range.from, an_hour)))
        .bind(2, key(*series, number(range.to - Duration{1}, an_hour)));
    while (ask.step()) {
        const auto first = ask.time(1), last = ask.time(2);
        const bool inside = first >= range.from && last < range.to;
        if (inside && ask.integer(3) == 0 && Duration{ask.integer(4)} <= gap) {
            known(first);
            out.back().to = last;
            continue;
        }
        const auto rows = read_hour(ask.integer(0));
        for (const auto& row : within(rows, range.from, range.to)) {
            if (row.null) {
                ended(row.at);
            } else {
                known(row.at);
            }
        }
    }
    return out;
}

std::optional<Range> HistoryTables::extent(std::int64_t series) {
    const auto ends = [&](std::string_view sql) {
        auto& ask = database_->prepare(sql);
        ask.bind(1, key(series, 0)).bind(2, key(series + 1, 0));
        std::optional<Range> found;
        if (ask.step()) found = Range{ask.time(0), ask.time(1)};
        ask.reset();
        return found;
    };
    const auto oldest =
        ends("SELECT first, last FROM history_hours WHERE id >= ? AND id < ? ORDER BY id LIMIT 1");
    if (!oldest) return std::nullopt;
    const auto newest =
        ends("SELECT first, last FROM history_hours WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT 1");
    return Range{oldest->from, newest->to};
}

std::optional<Range> HistoryTables::extent(std::string_view plant, config::TransportMode transport) {
    const store::Database::Snapshot snapshot(*database_);
    const auto series = find(plant, transport);
    return series ? extent(*series) : std::nullopt;
}

std::uint64_t HistoryTables::count(std::string_view plant, config::TransportMode transport, Range range) {
    const store::Database::Snapshot snapshot(*database_);
    const auto series = find(plant, transport);
    const auto all = series ? extent(*series) : std::nullopt;
    if (!all) return 0;
    range = {std::max(range.from, all->from), std::min(range.to, all->to + Duration{1})};
    return range.from < range.to ? count(*series, range) : 0;
}

}  // namespace hil::measure
