#include "journal/event_store.hpp"

#include "journal/event_rows.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace hil::journal {
namespace {

constexpr std::uint64_t events_ahead = 1000;
constexpr std::uint64_t alerts_ahead = 100;
constexpr std::size_t longest_page = 1000;

// One more than asked for was read, to know whether there are more.
template <class Record>
std::uint64_t cut(std::vector<Record>& records, std::size_t limit) {
    if (records.size() <= limit) return 0;
    records.pop_back();
    return records.back().id;
}

// What `select` finds, on the database's thread; none when it cannot be read.
template <class Record, class Select>
awaitable<std::optional<std::vector<Record>>> ask(BlockingExecutor& worker, Select select) {
    auto job = [select = std::move(select)]() -> std::optional<std::vector<Record>> {
        try {
            return select();
        } catch (const store::DatabaseError&) {
            return std::nullopt;
        }
    };
    co_return co_await worker.run(std::move(job));
}

}  // namespace

std::span<const store::Migration> EventStore::migrations() {
    static const std::string tables =
        std::string(store::next_ids_table) +
        "CREATE TABLE events (number INTEGER PRIMARY KEY, time INTEGER NOT NULL, kind TEXT NOT NULL, "
        "severity INTEGER NOT NULL, plant TEXT NOT NULL, message TEXT NOT NULL, correlation TEXT NOT "
        "NULL, fields TEXT NOT NULL);"
        "CREATE INDEX events_of_plant ON events (plant, number);"
        "CREATE INDEX events_of_command ON events (correlation, number) WHERE correlation <> '';"
        "CREATE INDEX events_by_age ON events (time);"
        "CREATE TABLE alerts (number INTEGER PRIMARY KEY, key TEXT NOT NULL, severity INTEGER NOT NULL, "
        "plant TEXT NOT NULL, message TEXT NOT NULL, since INTEGER NOT NULL, raised INTEGER NOT NULL, "
        "acknowledged_at INTEGER, acknowledged_by TEXT NOT NULL, cleared_at INTEGER);";
    static const std::array migrations{store::Migration{"events", 1, tables}};
    return migrations;
}

EventStore::Start EventStore::open(store::Database& database, WallTime now) {
    Start start;
    start.first_event = store::first_id(database, "events", events_ahead);
    start.first_alert = store::first_id(database, "alerts", alerts_ahead);
    database.prepare("UPDATE alerts SET cleared_at = ?1 WHERE cleared_at IS NULL").bind(1, now).run();
    return start;
}

EventStore::EventStore(Clock& clock, BlockingExecutor& worker, std::shared_ptr<store::Database> database,
                       store::WriteQueueHooks of_events, store::WriteQueueHooks of_alerts)
    : worker_(worker),
      database_(database),
      events_(clock, worker, database, &store_events, {.name = "events", .ahead = events_ahead},
              std::move(of_events)),
      alerts_(clock, worker, std::move(database), &store_alerts, {.name = "alerts", .ahead = alerts_ahead},
              std::move(of_alerts)) {}

void EventStore::follow(observe::EventLog& events, observe::Alerts& alerts) {
    event_news_ = events.subscribe([this](const observe::Event& event) { events_.put(event.id, event); });
    alert_news_ = alerts.subscribe([this](const observe::Alert& alert) { alerts_.put(alert.id, alert); });
}

awaitable<void> EventStore::flush() {
    (void)co_await events_.flush();
    (void)co_await alerts_.flush();
}

awaitable<result<void>> EventStore::finish() {
    event_news_.end();
    alert_news_.end();
    const auto events = co_await events_.finish();
    const auto alerts = co_await alerts_.finish();
    co_return events ? alerts : events;
}

awaitable<result<EventPage>> EventStore::events(std::uint64_t cursor, std::size_t limit, EventFilter filter) {
    (void)co_await events_.flush();  // where that fails, what is stored is shown all the same
    limit = std::clamp<std::size_t>(limit, 1, longest_page);
    auto select = [database = database_, cursor, limit, filter = std::move(filter)] {
        return select_events(*database, cursor, limit + 1, filter);
    };
    auto found = co_await ask<observe::Event>(worker_, std::move(select));
    if (!found) co_return make_error_code(boost::system::errc::io_error);
    const auto next = cut(*found, limit);
    co_return EventPage{std::move(*found), next};
}

awaitable<result<AlertPage>> EventStore::alerts(std::uint64_t cursor, std::size_t limit, std::string plant) {
    (void)co_await alerts_.flush();
    limit = std::clamp<std::size_t>(limit, 1, longest_page);
    auto select = [database = database_, cursor, limit, plant = std::move(plant)] {
        return select_alerts(*database, cursor, limit + 1, plant);
    };
    auto found = co_await ask<observe::Alert>(worker_, std::move(select));
    if (!found) co_return make_error_code(boost::system::errc::io_error);
    const auto next = cut(*found, limit);
    co_return AlertPage{std::move(*found), next};
}

awaitable<result<std::uint64_t>> EventStore::prune(WallTime before) {
    const auto events = co_await store::delete_older(
        worker_, database_,
        "DELETE FROM events WHERE number IN (SELECT number FROM events WHERE time < ?1 LIMIT ?2)", before);
    if (!events) co_return events;
    const auto alerts = co_await store::delete_older(
        worker_, database_,
        "DELETE FROM alerts WHERE number IN (SELECT number FROM alerts WHERE cleared_at < ?1 LIMIT ?2)",
        before);
    if (!alerts) co_return alerts;
    co_return *events + *alerts;
}

}  // namespace hil::journal
