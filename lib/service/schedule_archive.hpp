// Manual series and drafts in the site's database: what was in force or staged is so again after a restart.
#pragma once

#include "base/async_event.hpp"
#include "base/blocking_executor.hpp"
#include "schedule/drafts.hpp"
#include "schedule/plan_store.hpp"
#include "service/happenings.hpp"
#include "store/database.hpp"

#include <memory>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace hil::service {

// One series as it is stored: of the plan in force, or a draft.
struct SavedSeries {
    schedule::SeriesKey key;
    bool staged = false;   // a draft
    bool enabled = false;  // of a plan in force
    schedule::Version version = 0;
    std::string origin;
    std::optional<WallTime> staged_at;
    schedule::Series series;
};

// The two halves that touch the database; they throw store::DatabaseError. A series of version 0 is removed.
std::vector<SavedSeries> read_series(store::Database& database);
void write_series(store::Database& database, const std::vector<SavedSeries>& changed);

class ScheduleArchive {
  public:
    struct Parts {
        Clock& clock;
        BlockingExecutor& worker;  // of the database
        std::shared_ptr<store::Database> database;
        schedule::PlanStore& plans;
        schedule::Drafts& drafts;
        Happenings& happenings;
    };
    // Everything outlives the archive.
    explicit ScheduleArchive(Parts parts);
    ScheduleArchive(const ScheduleArchive&) = delete;
    ScheduleArchive& operator=(const ScheduleArchive&) = delete;

    static std::span<const store::Migration> migrations();

    // Puts the saved series of configured plants into the stores; a series that is there already (given on
    // the command line) stays and is saved instead. Blocks: to be called before anything runs.
    void load();

    // Saves what changes until cancelled. What cannot be saved is tried again.
    awaitable<void> run();
    // Everything changed so far is saved, or could not be.
    awaitable<void> flush();

  private:
    using Place = std::tuple<schedule::PlantIndex, schedule::Signal, bool>;  // plant, signal, staged
    void note(schedule::PlantIndex plant);
    [[nodiscard]] SavedSeries series(const Place& place) const;
    awaitable<bool> save();

    Parts parts_;
    std::set<Place> changed_;
    std::vector<std::array<schedule::Version, 2>> versions_;  // of manual plans, as known last
    std::vector<std::array<bool, 2>> enabled_;
    bool failing_ = false;
    AsyncEvent news_;
    Subscription plans_news_, drafts_news_;
};

}  // namespace hil::service
