// Events and alerts, kept in the site's database and asked for page by page, over restarts.
//
// It hears of each event and of each change of an alert and stores it within moments; nobody waits for the
// disk. Ids go on where the last run ended, a crash included. An alert that was active when that run ended is
// stored as cleared from the start of this one: what lasts is raised anew.
#pragma once

#include "observe/alerts.hpp"
#include "observe/events.hpp"
#include "store/write_queue.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hil::journal {

struct EventFilter {  // empty: any
    std::string plant, kind, correlation;
    observe::Severity at_least = observe::Severity::info;
};

struct EventPage {
    std::vector<observe::Event> events;  // newest first
    std::uint64_t next = 0;              // the cursor of the following page; 0: there is none
};

struct AlertPage {
    std::vector<observe::Alert> alerts;  // newest first
    std::uint64_t next = 0;
};

class EventStore {
  public:
    static std::span<const store::Migration> migrations();

    struct Start {
        std::uint64_t first_event = 1;  // for EventLog
        std::uint64_t first_alert = 1;  // for Alerts
    };
    // Once, before log and alerts are made, on the calling thread. Throws store::DatabaseError.
    static Start open(store::Database& database, WallTime now);

    // `worker` is the database's own and outlives this object.
    EventStore(Clock& clock, BlockingExecutor& worker, std::shared_ptr<store::Database> database,
               store::WriteQueueHooks of_events = {}, store::WriteQueueHooks of_alerts = {});
    EventStore(const EventStore&) = delete;
    EventStore& operator=(const EventStore&) = delete;

    // From here on every event and every change of an alert is kept.
    void follow(observe::EventLog& events, observe::Alerts& alerts);

    // Write until cancelled; the owner spawns each once.
    awaitable<void> run_events() { return events_.run(); }
    awaitable<void> run_alerts() { return alerts_.run(); }
    // What waits is written, as far as it can be.
    awaitable<void> flush();
    // What waits is written, and the next run goes on with the next ids. Nothing is followed any more.
    awaitable<result<void>> finish();

    // Up to `limit` events older than the cursor; cursor 0 starts with the newest. io_error when the database
    // cannot be read.
    awaitable<result<EventPage>> events(std::uint64_t cursor, std::size_t limit, EventFilter filter = {});
    // The same of alerts, active and cleared ones.
    awaitable<result<AlertPage>> alerts(std::uint64_t cursor, std::size_t limit, std::string plant = {});
    // Removes events and cleared alerts that are older; how many. For the daily clean-up
    // (retention.events_days).
    awaitable<result<std::uint64_t>> prune(WallTime before);

    [[nodiscard]] std::size_t waiting() const { return events_.waiting() + alerts_.waiting(); }
    // Records given up because too many waited for a sick disk.
    [[nodiscard]] std::uint64_t dropped() const { return events_.dropped() + alerts_.dropped(); }

  private:
    BlockingExecutor& worker_;
    std::shared_ptr<store::Database> database_;
    store::WriteQueue<observe::Event> events_;
    store::WriteQueue<observe::Alert> alerts_;
    Subscription event_news_, alert_news_;
};

}  // namespace hil::journal
