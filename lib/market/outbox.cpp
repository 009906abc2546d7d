#include "market/outbox.hpp"

#include "base/mutation.hpp"

#include <algorithm>
#include <utility>

namespace hil::market {
namespace {

constexpr std::string_view tables = R"(
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  platform TEXT NOT NULL,
  plant TEXT NOT NULL,
  metric TEXT NOT NULL,
  series INTEGER NOT NULL,
  measured_at INTEGER NOT NULL,
  value REAL NOT NULL,
  enqueued_at INTEGER NOT NULL
);
CREATE INDEX outbox_by_series ON outbox (platform, series, id);
CREATE INDEX outbox_by_plant ON outbox (platform, plant, id);
CREATE TABLE outbox_latest (
  platform TEXT NOT NULL,
  series INTEGER NOT NULL,
  measured_at INTEGER NOT NULL,
  PRIMARY KEY (platform, series)
) WITHOUT ROWID;
CREATE TABLE outbox_refused (
  id INTEGER PRIMARY KEY,
  platform TEXT NOT NULL,
  plant TEXT NOT NULL,
  metric TEXT NOT NULL,
  series INTEGER NOT NULL,
  measured_at INTEGER NOT NULL,
  value REAL NOT NULL,
  refused_at INTEGER NOT NULL,
  reason TEXT NOT NULL
);
)";

constexpr auto believable_ahead = std::chrono::hours(24);
constexpr std::int64_t refused_kept = 1000;

}  // namespace

const std::vector<store::Migration>& Outbox::migrations() {
    static const std::vector<store::Migration> list{{"outbox", 1, tables}};
    return list;
}

Outbox::Outbox(store::Database& database, std::string platform, std::size_t capacity)
    : database_(database), platform_(std::move(platform)), capacity_(capacity), size_(count_rows()) {}

std::size_t Outbox::count_rows() {
    auto& count = database_.prepare("SELECT count(*) FROM outbox");
    count.step();
    const auto rows = static_cast<std::size_t>(count.integer(0));
    count.reset();
    return rows;
}

Outbox::Enqueued Outbox::enqueue(std::span<const OutboxItem> items, WallTime now) {
    Enqueued out;
    store::Database::Transaction transaction(database_);
    for (const auto& item : items) {
        auto measured = item.measured;
        measured.at = std::chrono::floor<std::chrono::seconds>(measured.at);  // as it is posted
        auto& latest =
            database_.prepare("SELECT measured_at FROM outbox_latest WHERE platform = ? AND series = ?");
        latest.bind(1, platform_).bind(2, std::int64_t{item.series});
        std::optional<WallTime> taken;
        if (latest.step()) taken = latest.time(0);
        latest.reset();
        if (taken && measured.at <= *taken && *taken - now <= believable_ahead) {
            ++out.repeated;
            continue;
        }
        database_
            .prepare(
                "INSERT INTO outbox (platform, plant, metric, series, measured_at, value, enqueued_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)")
            .bind(1, platform_)
            .bind(2, item.plant)
            .bind(3, item.metric)
            .bind(4, std::int64_t{item.series})
            .bind(5, measured.at)
            .bind(6, measured.value)
            .bind(7, now)
            .run();
        database_
            .prepare(
                "INSERT INTO outbox_latest (platform, series, measured_at) VALUES (?, ?, ?) "
                "ON CONFLICT (platform, series) DO UPDATE SET measured_at = excluded.measured_at")
            .bind(1, platform_)
            .bind(2, std::int64_t{item.series})
            .bind(3, measured.at)
            .run();
        out.taken.push_back({item.plant, item.metric, item.series, measured});
    }
    std::size_t size = size_ + out.taken.size();
    if (size > capacity_) {
        out.dropped = drop_oldest(size - capacity_);
        size = capacity_;
    }
    transaction.commit();
    size_ = size;
    return out;
}

// Plant, series and count of the rows a query gives; only those of this platform count for anybody.
std::vector<Outbox::Removed> Outbox::grouped(store::Statement& rows) {
    std::vector<Removed> out;
    while (rows.step())
        out.push_back(
            {rows.text(0), static_cast<int>(rows.integer(1)), static_cast<std::size_t>(rows.integer(2))});
    return out;
}

std::vector<Outbox::Removed> Outbox::drop_oldest(std::size_t count) {
    auto& rows = database_.prepare(
        "SELECT plant, series, count(*) FROM (SELECT platform, plant, series FROM outbox ORDER BY id LIMIT "
        "?2) "
        "WHERE platform = ?1 GROUP BY plant, series");
    rows.bind(1, platform_).bind(2, static_cast<std::int64_t>(count));
    auto dropped = grouped(rows);
    database_.prepare("DELETE FROM outbox WHERE id IN (SELECT id FROM outbox ORDER BY id LIMIT ?)")
        .bind(1, static_cast<std::int64_t>(count))
        .run();
    return dropped;
}

std::vector<Outbox::Entry> Outbox::oldest(int series, std::size_t limit) {
    constexpr std::string_view in_order =
        "SELECT id, plant, metric, measured_at, value FROM outbox WHERE platform = ? AND series = ? "
        "ORDER BY id LIMIT ?";
    constexpr std::string_view newest_first =
        "SELECT id, plant, metric, measured_at, value FROM outbox WHERE platform = ? AND series = ? "
        "ORDER BY id DESC LIMIT ?";
    auto& rows = database_.prepare(mutated(Mutation::outbox_order_broken) ? newest_first : in_order);
    rows.bind(1, platform_).bind(2, std::int64_t{series}).bind(3, static_cast<std::int64_t>(limit));
    std::vector<Entry> out;
    while (rows.step())
        out.push_back({rows.integer(0), rows.text(1), rows.text(2), {rows.time(3), rows.real(4)}});
    if (mutated(Mutation::outbox_emptied_early)) {
        for (const auto& entry : out)
            database_.prepare("DELETE FROM outbox WHERE id = ?").bind(1, entry.id).run();
    }
    return out;
}

std::vector<Outbox::Removed> Outbox::confirm(int series, std::int64_t last_id) {
    store::Database::Transaction transaction(database_);
    auto& rows = database_.prepare(
        "SELECT plant, series, count(*) FROM outbox WHERE platform = ? AND series = ? AND id <= ? "
        "GROUP BY plant, series");
    rows.bind(1, platform_).bind(2, std::int64_t{series}).bind(3, last_id);
    auto removed = grouped(rows);
    database_.prepare("DELETE FROM outbox WHERE platform = ? AND series = ? AND id <= ?")
        .bind(1, platform_)
        .bind(2, std::int64_t{series})
        .bind(3, last_id)
        .run();
    const auto gone = static_cast<std::size_t>(database_.changes());
    transaction.commit();
    size_ -= std::min(gone, size_);
    return removed;
}

std::vector<Outbox::Removed> Outbox::dead_letter(int series, std::int64_t id, std::string_view reason,
                                                 WallTime now) {
    store::Database::Transaction transaction(database_);
    database_
        .prepare(
            "INSERT OR REPLACE INTO outbox_refused "
            "SELECT id, platform, plant, metric, series, measured_at, value, ?1, ?2 "
            "FROM outbox WHERE platform = ?3 AND series = ?4 AND id = ?5")
        .bind(1, now)
        .bind(2, reason)
        .bind(3, platform_)
        .bind(4, std::int64_t{series})
        .bind(5, id)
        .run();
    database_
        .prepare(
            "DELETE FROM outbox_refused WHERE id NOT IN "
            "(SELECT id FROM outbox_refused ORDER BY refused_at DESC, id DESC LIMIT ?)")
        .bind(1, refused_kept)
        .run();
    auto& row =
        database_.prepare("SELECT plant, series, 1 FROM outbox WHERE platform = ? AND series = ? AND id = ?");
    row.bind(1, platform_).bind(2, std::int64_t{series}).bind(3, id);
    auto removed = grouped(row);
    database_.prepare("DELETE FROM outbox WHERE platform = ? AND series = ? AND id = ?")
        .bind(1, platform_)
        .bind(2, std::int64_t{series})
        .bind(3, id)
        .run();
    const auto gone = static_cast<std::size_t>(database_.changes());
    transaction.commit();
    size_ -= std::min(gone, size_);
    return removed;
}

std::vector<Outbox::Waiting> Outbox::waiting() {
    auto& rows = database_.prepare(
        "SELECT plant, series, count(*) FROM outbox WHERE platform = ? GROUP BY plant, series");
    rows.bind(1, platform_);
    std::vector<Waiting> out;
    while (rows.step())
        out.push_back(
            {rows.text(0), static_cast<int>(rows.integer(1)), static_cast<std::size_t>(rows.integer(2))});
    return out;
}

std::optional<WallTime> Outbox::oldest_enqueued(std::string_view plant) {
    auto& row = database_.prepare(
        "SELECT enqueued_at FROM outbox WHERE platform = ? AND plant = ? ORDER BY id LIMIT 1");
    row.bind(1, platform_).bind(2, plant);
    std::optional<WallTime> at;
    if (row.step()) at = row.time(0);
    row.reset();
    return at;
}

}  // namespace hil::market
