#include "measure/history_tables.hpp"

#include "config/names.hpp"
#include "measure/history_codec.hpp"
#include "measure/history_extremes.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>
#include <stdexcept>

namespace hil::measure {
namespace {

using std::chrono::hours;
constexpr Duration an_hour = hours(1);
constexpr Duration a_day = hours(24);
constexpr Duration a_quarter = std::chrono::minutes(15);

constexpr store::Migration migrations[] = {{"history", 1, R"(
CREATE TABLE history_series (id INTEGER PRIMARY KEY, plant TEXT NOT NULL, transport TEXT NOT NULL,
    UNIQUE (plant, transport));
CREATE TABLE history_rows (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE history_hours (id INTEGER PRIMARY KEY, rows INTEGER NOT NULL, first INTEGER NOT NULL,
    last INTEGER NOT NULL, nulls INTEGER NOT NULL, widest INTEGER NOT NULL, extremes BLOB NOT NULL);
CREATE TABLE history_quarters (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE history_days (id INTEGER PRIMARY KEY, rows INTEGER NOT NULL, extremes BLOB NOT NULL);
CREATE TABLE history_files (path TEXT PRIMARY KEY, size INTEGER NOT NULL, rows INTEGER NOT NULL,
    bad_lines INTEGER NOT NULL) WITHOUT ROWID;
)"}};

// Hours since 1970 need 24 bits for the next thousand years.
constexpr int series_shift = 32;

std::int64_t number(WallTime at, Duration width) {
    const auto since = at.time_since_epoch();
    return since / width - (since % width < Duration::zero() ? 1 : 0);
}
std::int64_t number_up(WallTime at, Duration width) {
    return number(at - Duration{1}, width) + 1;
}
WallTime time_of(std::int64_t number, Duration width) {
    return WallTime{number * width};
}
std::int64_t clamped(std::int64_t number) {
    return std::clamp<std::int64_t>(number, 0, (std::int64_t{1} << series_shift) - 1);
}
std::int64_t key(std::int64_t series, std::int64_t number) {
    return series << series_shift | clamped(number);
}
std::int64_t number_of(std::int64_t key) {
    return key & ((std::int64_t{1} << series_shift) - 1);
}

void decode(std::span<const std::byte> bytes, std::vector<Row>& out) {
    if (!decode_rows(bytes, out))
        throw store::DatabaseError(11 /* SQLITE_CORRUPT */, "a record of history is damaged");
}

using Quarters = std::array<Digest, 4>;
static_assert(std::is_trivially_copyable_v<Quarters>);

std::vector<std::byte> pack(const Quarters& quarters) {
    std::vector<std::byte> bytes(sizeof quarters);
    std::memcpy(bytes.data(), &quarters, sizeof quarters);
    return bytes;
}

Quarters unpack(std::span<const std::byte> bytes) {
    Quarters quarters;
    if (bytes.size() != sizeof quarters)
        throw store::DatabaseError(11 /* SQLITE_CORRUPT */, "a roll-up of history is damaged");
    std::memcpy(&quarters, bytes.data(), sizeof quarters);
    return quarters;
}

// The part of rows in order of time that lies in a range.
std::span<const Row> within(std::span<const Row> rows, WallTime from, WallTime to) {
    const auto before = [](const Row& row, WallTime at) { return row.at < at; };
    const auto begin = std::lower_bound(rows.begin(), rows.end(), from, before);
    const auto end = std::lower_bound(begin, rows.end(), to, before);
    return {begin, end};
}

void append(std::vector<Row>& out, std::span<const Row> rows) {
    out.insert(out.end(), rows.begin(), rows.end());
}

// Merges rows in order into rows in order; how many were new or replaced a null row.
std::uint64_t merge(std::vector<Row>& into, std::span<const Row> rows) {
    if (into.empty() || into.back().at < rows.front().at) {
        append(into, rows);
        return rows.size();
    }
    std::vector<Row> merged;
    merged.reserve(into.size() + rows.size());
    std::uint64_t changed = 0;
    auto old = into.begin();
    for (const auto& row : rows) {
        for (; old != into.end() && old->at < row.at; ++old)
            merged.push_back(*old);
        if (old != into.end() && old->at == row.at) {
            if (!old->null || row.null) continue;
            *old = row;
        } else {
            merged.push_back(row);
        }
        ++changed;
    }
    merged.insert(merged.end(), old, into.end());
    if (changed > 0) into = std::move(merged);
    return changed;
}

}  // namespace

std::string_view to_string(Grain grain) {
    switch (grain) {
        case Grain::minute:
            return "minute";
        case Grain::quarter:
            return "quarter";
        case Grain::rows:
            break;
    }
    return "rows";
}

std::span<const store::Migration> history_migrations() {
    return migrations;
}

std::optional<std::int64_t> HistoryTables::find(std::string_view plant, config::TransportMode transport) {
    const auto known = known_series_.find({std::string(plant), transport});
    if (known != known_series_.end()) return known->second;
    auto& ask = database_->prepare("SELECT id FROM history_series WHERE plant = ? AND transport = ?");
    ask.bind(1, plant).bind(2, config::to_string(transport));
    std::optional<std::int64_t> id;
    if (ask.step()) id = ask.integer(0);
    ask.reset();
    if (id) known_series_[{std::string(plant), transport}] = *id;
    return id;
}

std::int64_t HistoryTables::find_or_add(std::string_view plant, config::TransportMode transport) {
    if (const auto id = find(plant, transport)) return *id;
    database_->prepare("INSERT INTO history_series (plant, transport) VALUES (?, ?)")
        .bind(1, plant)
        .bind(2, config::to_string(transport))
        .run();
    return database_->last_id();  // remembered when it is found the next time: this one may be rolled back
}

std::vector<Row> HistoryTables::read_hour(Key hour) {
    std::vector<Row> rows;
    auto& ask = database_->prepare("SELECT data FROM history_rows WHERE id = ?").bind(1, hour);
    if (ask.step()) decode(ask.blob(0), rows);
    ask.reset();
    return rows;
}

void HistoryTables::write_hour(Key hour, std::span<const Row> rows) {
    database_->prepare("INSERT OR REPLACE INTO history_rows (id, data) VALUES (?, ?)")
        .bind(1, hour)
        .bind_blob(2, encode_rows(rows))
        .run();
    Duration widest{};
    for (std::size_t i = 1; i < rows.size(); ++i)
        widest = std::max(widest, rows[i].at - rows[i - 1].at);
    database_
        ->prepare(
            "INSERT OR REPLACE INTO history_hours (id, rows, first, last, nulls, widest, extremes)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)")
        .bind(1, hour)
        .bind(2, static_cast<std::int64_t>(rows.size()))
        .bind(3, rows.front().at)
        .bind(4, rows.back().at)
        .bind(5,
              std::int64_t{std::count_if(rows.begin(), rows.end(), [](const Row& row) { return row.null; })})
        .bind(6, std::int64_t{widest.count()})
        .bind_blob(7, encode_rows(extremes(rows)))
        .run();
    const WallTime begin = time_of(number_of(hour), an_hour);
    Quarters quarters;
    for (std::size_t q = 0; q < quarters.size(); ++q) {
        const WallTime from = begin + static_cast<int>(q) * a_quarter;
        quarters[q] = digest(within(rows, from, from + a_quarter));
    }
    database_->prepare("INSERT OR REPLACE INTO history_quarters (id, data) VALUES (?, ?)")
        .bind(1, hour)
        .bind_blob(2, pack(quarters))
        .run();
}

void HistoryTables::write_day(Key day) {
    const auto series = day >> series_shift;
    const auto first_hour = number_of(day) * 24;
    std::vector<Row> rows;
    std::int64_t count = 0;
    auto& ask =
        database_->prepare("SELECT rows, extremes FROM history_hours WHERE id BETWEEN ? AND ? ORDER BY id");
    ask.bind(1, key(series, first_hour)).bind(2, key(series, first_hour + 23));
    while (ask.step()) {
        count += ask.integer(0);
        decode(ask.blob(1), rows);
    }
    database_->prepare("INSERT OR REPLACE INTO history_days (id, rows, extremes) VALUES (?, ?, ?)")
        .bind(1, day)
        .bind(2, count)
        .bind_blob(3, encode_rows(extremes(rows)))
        .run();
}

std::uint64_t HistoryTables::store(std::string_view plant, config::TransportMode transport,
                                   std::span<const Row> rows) {
    rows = within(rows, WallTime{}, WallTime::max());
    if (rows.empty()) return 0;
    store::Database::Transaction transaction(*database_);
    const auto series = find_or_add(plant, transport);
    std::uint64_t changed = 0;
    std::set<Key> days;
    while (!rows.empty()) {
        const auto hour = number(rows.front().at, an_hour);
        const auto of_hour = within(rows, WallTime{}, time_of(hour + 1, an_hour));
        rows = rows.subspan(of_hour.size());
        auto stored = read_hour(key(series, hour));
        const auto news = merge(stored, of_hour);
        if (news == 0) continue;
        write_hour(key(series, hour), stored);
        days.insert(key(series, hour / 24));
        changed += news;
    }
    for (const auto day : days)
        write_day(day);
    transaction.commit();
    return changed;
}

void HistoryTables::append_rows(std::int64_t series, Range range, std::vector<Row>& out) {
    if (range.from >= range.to) return;
    auto& ask = database_->prepare("SELECT data FROM history_rows WHERE id BETWEEN ? AND ? ORDER BY id");
    ask.bind(1, key(series, number(range.from, an_hour)))
        .bind(2, key(series, number(range.to - Duration{1}, an_hour)));
    std::vector<Row> rows;
    while (ask.step()) {
        rows.clear();
        decode(ask.blob(0), rows);
        append(out, within(rows, range.from, range.to));
    }
}

void HistoryTables::append_hours(std::int64_t series, Range range, std::vector<Row>& out) {
    const auto first = number_up(range.from, an_hour), last = number(range.to, an_hour);
    if (first >= last) return append_rows(series, range, out);
    append_rows(series, {range.from, time_of(first, an_hour)}, out);
    auto& ask = database_->prepare("SELECT extremes FROM history_hours WHERE id BETWEEN ? AND ? ORDER BY id");
    ask.bind(1, key(series, first)).bind(2, key(series, last - 1));
    while (ask.step())
        decode(ask.blob(0), out);
    append_rows(series, {time_of(last, an_hour), range.to}, out);
}

void HistoryTables::append_days(std::int64_t series, Range range, std::vector<Row>& out) {
    const auto first = number_up(range.from, a_day), last = number(range.to, a_day);
    if (first >= last) return append_hours(series, range, out);
    append_hours(series, {range.from, time_of(first, a_day)}, out);
    auto& ask = database_->prepare("SELECT extremes FROM history_days WHERE id BETWEEN ? AND ? ORDER BY id");
    ask.bind(1, key(series, first)).bind(2, key(series, last - 1));
    while (ask.step())
        decode(ask.blob(0), out);
    append_hours(series, {time_of(last, a_day), range.to}, out);
}

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
                                           Range range, Grain grain) {
    std::vector<Bucket> out;
    const Duration width = grain == Grain::minute ? Duration(std::chrono::minutes(1)) : a_quarter;
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
        grain == Grain::minute
            ? "SELECT id, data FROM history_rows WHERE id BETWEEN ? AND ? ORDER BY id"
            : "SELECT id, data FROM history_quarters WHERE id BETWEEN ? AND ? ORDER BY id");
    ask.bind(1, key(*series, number(range.from, an_hour)))
        .bind(2, key(*series, number(range.to - Duration{1}, an_hour)));
    std::vector<Row> rows;
    while (ask.step()) {
        const WallTime hour = time_of(number_of(ask.integer(0)), an_hour);
        add_empty_until(std::min(hour, range.to));
        const WallTime end = std::min(hour + an_hour, range.to);
        if (grain == Grain::minute) {
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

std::vector<Stretch> HistoryTables::availability(std::string_view plant, config::TransportMode transport,
                                                 Range range, Duration gap) {
    std::vector<Stretch> out;
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

std::size_t HistoryTables::prune(WallTime before, std::size_t hours_at_most) {
    store::Database::Transaction transaction(*database_);
    std::size_t removed = 0;
    std::set<Key> days;
    for (const auto& [plant, transport] : series()) {
        const auto id = *find(plant, transport);
        std::vector<Key> old;
        auto& ask =
            database_->prepare("SELECT id FROM history_hours WHERE id >= ? AND id < ? ORDER BY id LIMIT ?");
        ask.bind(1, key(id, 0))
            .bind(2, key(id, number(before, an_hour)))
            .bind(3, static_cast<std::int64_t>(hours_at_most - removed));
        while (ask.step())
            old.push_back(ask.integer(0));
        for (const auto hour : old) {
            for (const auto* sql :
                 {"DELETE FROM history_rows WHERE id = ?", "DELETE FROM history_hours WHERE id = ?",
                  "DELETE FROM history_quarters WHERE id = ?"}) {
                database_->prepare(sql).bind(1, hour).run();
            }
            days.insert(key(id, number_of(hour) / 24));
        }
        removed += old.size();
    }
    for (const auto day : days) {
        write_day(day);
        database_->prepare("DELETE FROM history_days WHERE id = ? AND rows = 0").bind(1, day).run();
    }
    transaction.commit();
    return removed;
}

std::optional<HistoryTables::TakenOver> HistoryTables::taken_over(const std::string& path) {
    auto& ask = database_->prepare("SELECT size, rows, bad_lines FROM history_files WHERE path = ?");
    ask.bind(1, path);
    std::optional<TakenOver> found;
    if (ask.step()) {
        found =
            TakenOver{static_cast<std::uint64_t>(ask.integer(0)), static_cast<std::uint64_t>(ask.integer(1)),
                      static_cast<std::uint64_t>(ask.integer(2))};
    }
    ask.reset();
    return found;
}

void HistoryTables::take_over(const std::string& path, const TakenOver& file) {
    database_
        ->prepare("INSERT OR REPLACE INTO history_files (path, size, rows, bad_lines) VALUES (?, ?, ?, ?)")
        .bind(1, path)
        .bind(2, static_cast<std::int64_t>(file.size))
        .bind(3, static_cast<std::int64_t>(file.rows))
        .bind(4, static_cast<std::int64_t>(file.bad_lines))
        .run();
}

std::vector<std::pair<std::string, config::TransportMode>> HistoryTables::series() {
    std::vector<std::pair<std::string, config::TransportMode>> all;
    auto& ask = database_->prepare("SELECT plant, transport FROM history_series ORDER BY id");
    while (ask.step()) {
        const bool remote = ask.text(1) == config::to_string(config::TransportMode::remote);
        all.emplace_back(ask.text(0), remote ? config::TransportMode::remote : config::TransportMode::local);
    }
    return all;
}

}  // namespace hil::measure
