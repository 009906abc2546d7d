// What outlives the process beside the recordings: `hil.sqlite` in the data directory, opened before anything
// runs and closed after everything else. One thread of its own touches it.
#pragma once

#include "base/blocking_executor.hpp"
#include "base/task_group.hpp"
#include "control/safety_store.hpp"
#include "journal/audit.hpp"
#include "journal/event_store.hpp"
#include "journal/write_counts.hpp"
#include "service/happenings.hpp"
#include "service/schedule_archive.hpp"
#include "store/database.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>

namespace hil::service {

class Persistence {
  public:
    // Where things are kept, beside the database.
    struct Places {
        // The emergency stop and the trips, so that a full disk refuses nothing; null: in the database alone.
        std::shared_ptr<store::ReservedFile> safety;
        // Whether the data directory is the one it was; empty: it is. Blocks, on the worker.
        std::function<bool()> in_place;
    };
    // Opens or makes the files of a data directory; an empty directory: a database in memory. `worker` has
    // one thread. Blocks. A sentence when the database cannot be used, or there is no room for what is
    // reserved.
    static std::variant<std::unique_ptr<Persistence>, std::string> open(
        Clock& clock, std::unique_ptr<BlockingExecutor> worker, const std::filesystem::path& directory,
        std::function<bool()> in_place = {});
    // The same over a database that is open already, of a run before in the same process; null: a new one in
    // memory.
    static std::variant<std::unique_ptr<Persistence>, std::string> open(
        Clock& clock, std::unique_ptr<BlockingExecutor> worker, std::shared_ptr<store::Database> database,
        Places places = {});
    Persistence(const Persistence&) = delete;
    Persistence& operator=(const Persistence&) = delete;

    // Numbers that go on where the last run ended.
    [[nodiscard]] std::uint64_t first_command() const { return audit_start_.first_number; }
    [[nodiscard]] std::uint64_t first_event() const { return event_start_.first_event; }
    [[nodiscard]] std::uint64_t first_alert() const { return event_start_.first_alert; }
    // Where a damaged file was set aside; empty: it was sound.
    [[nodiscard]] const std::filesystem::path& damaged_copy() const { return database_->damaged_copy(); }

    // Restores the schedules, and keeps from here on what these do. Before anything runs; all outlive begin()
    // to close().
    void follow(observe::Log& log, observe::EventLog& events, observe::Alerts& alerts, Happenings& happenings,
                schedule::PlanStore& plans, schedule::Drafts& drafts);
    void follow(control::CommandEngine& commands) { audit_->follow(commands); }

    // Writes what is kept, and removes daily what `events_days` (0: for ever) have gone over.
    void begin(int events_days);
    // Everything is written; the database is closed with this object.
    awaitable<void> close();

    [[nodiscard]] BlockingExecutor& worker() { return *worker_; }
    [[nodiscard]] const std::shared_ptr<store::Database>& database() const { return database_; }
    [[nodiscard]] journal::Audit& audit() { return *audit_; }
    [[nodiscard]] journal::EventStore& events() { return *events_; }
    [[nodiscard]] control::SafetyStore& safety() { return *safety_; }
    [[nodiscard]] journal::WriteCounts& write_counts() { return *write_counts_; }
    // The last attempt to write failed: what is kept waits in memory.
    [[nodiscard]] bool failing() const { return !failing_.empty(); }

  private:
    Persistence(Clock& clock, std::unique_ptr<BlockingExecutor> worker,
                std::shared_ptr<store::Database> database, Places places);
    store::WriteQueueHooks hooks(std::string what);
    awaitable<void> clean_up(int events_days);

    Clock& clock_;
    std::unique_ptr<BlockingExecutor> worker_;
    std::shared_ptr<store::Database> database_;
    journal::Audit::Start audit_start_;
    journal::EventStore::Start event_start_;
    observe::Log* log_ = nullptr;
    Happenings* happenings_ = nullptr;
    std::set<std::string> failing_;  // what cannot be stored
    std::unique_ptr<journal::Audit> audit_;
    std::unique_ptr<journal::EventStore> events_;
    std::unique_ptr<ScheduleArchive> schedules_;
    std::unique_ptr<control::SafetyStore> safety_;
    std::unique_ptr<journal::WriteCounts> write_counts_;
    TaskGroup tasks_;
};

}  // namespace hil::service
