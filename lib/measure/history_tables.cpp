#include "measure/history_tables.hpp"

#include "base/zone.hpp"
#include "config/names.hpp"
#include "measure/csv_format.hpp"
#include "measure/history_extremes.hpp"
#include "measure/history_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>
#include <stdexcept>

namespace hil::measure {
namespace {

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

std::vector<std::byte> pack(const Quarters& quarters) {
    std::vector<std::byte> bytes(sizeof quarters);
    std::memcpy(bytes.data(), &quarters, sizeof quarters);
    return bytes;
}

void put_rows(std::vector<Row>& out, std::span<const Row> rows) {
    out.insert(out.end(), rows.begin(), rows.end());
}

// Without the null rows whose instant has a measured row too.
std::vector<Row> without_replaced(std::span<const Row> rows) {
    std::vector<Row> out;
    out.reserve(rows.size());
    for (const auto& row : rows) {
        if (!out.empty() && out.back().at == row.at) {
            if (out.back().null) out.back() = row;
        } else {
            out.push_back(row);
        }
    }
    return out;
}

// Merges rows in order into rows in order, each of an instant of its own; how many were new or replaced a
// null row.
std::uint64_t merge(std::vector<Row>& into, std::span<const Row> rows) {
    if (into.empty() || into.back().at < rows.front().at) {
        put_rows(into, rows);
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

std::string_view to_string(Resolution resolution) {
    switch (resolution) {
        case Resolution::minute:
            return "minute";
        case Resolution::quarter:
            return "quarter";
        case Resolution::rows:
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

std::optional<std::vector<Row>> HistoryTables::try_hour(Key hour) {
    std::vector<Row> rows;
    auto& ask = database_->prepare("SELECT data FROM history_rows WHERE id = ?").bind(1, hour);
    const bool whole = !ask.step() || decode_rows(ask.blob(0), rows);
    ask.reset();
    return whole ? std::optional(std::move(rows)) : std::nullopt;
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
    std::vector<Key> damaged;
    auto& ask = database_->prepare(
        "SELECT rows, extremes, id FROM history_hours WHERE id BETWEEN ? AND ? ORDER BY id");
    ask.bind(1, key(series, first_hour)).bind(2, key(series, first_hour + 23));
    while (ask.step()) {
        count += ask.integer(0);
        if (!decode_rows(ask.blob(1), rows)) damaged.push_back(ask.integer(2));
    }
    for (const auto hour : damaged)
        if (const auto whole = try_hour(hour)) put_rows(rows, *whole);
    if (!damaged.empty()) order_rows(rows);
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
    const auto together = [](const Row& a, const Row& b) { return a.at == b.at; };
    std::vector<Row> single;
    if (std::adjacent_find(rows.begin(), rows.end(), together) != rows.end()) {
        single = without_replaced(rows);
        rows = single;
    }
    store::Database::Transaction transaction(*database_);
    const auto series = find_or_add(plant, transport);
    std::uint64_t changed = 0;
    std::set<Key> days;
    std::vector<std::string> losses;
    while (!rows.empty()) {
        const auto hour = number(rows.front().at, an_hour);
        const auto of_hour = within(rows, WallTime{}, time_of(hour + 1, an_hour));
        rows = rows.subspan(of_hour.size());
        auto found = try_hour(key(series, hour));
        if (!found)
            losses.push_back(fmt::format(
                "history of {} ({}) from {} on is damaged: the hour is begun anew, what it held is in the "
                "recordings",
                plant, config::to_string(transport), Zone::utc().format(time_of(hour, an_hour))));
        auto stored = std::move(found).value_or(std::vector<Row>{});
        const auto news = merge(stored, of_hour);
        if (news == 0) continue;
        write_hour(key(series, hour), stored);
        days.insert(key(series, hour / 24));
        changed += news;
    }
    for (const auto day : days)
        write_day(day);
    transaction.commit();
    losses_.insert(losses_.end(), losses.begin(), losses.end());
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
        put_rows(out, within(rows, range.from, range.to));
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
