#include "service/persistence.hpp"

#include "alerting/desk.hpp"
#include "journal/reasons.hpp"
#include "market/market.hpp"
#include "measure/history_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

namespace hil::service {
namespace {

// Several libraries name the tables they share; each is made once.
std::vector<store::Migration> all_migrations() {
    std::vector<store::Migration> all;
    for (const std::span<const store::Migration> list :
         {journal::Audit::migrations(), journal::EventStore::migrations(), control::safety_migrations(),
          journal::reason_migrations(), journal::write_count_migrations(), measure::history_migrations(),
          std::span<const store::Migration>(market::Market::migrations()), ScheduleArchive::migrations(),
          alerting::Desk::migrations()}) {
        for (const auto& migration : list) {
            const bool known = std::ranges::any_of(all, [&](const store::Migration& other) {
                return other.owner == migration.owner && other.number == migration.number;
            });
            if (!known) all.push_back(migration);
        }
    }
    return all;
}

}  // namespace

std::variant<std::unique_ptr<Persistence>, std::string> Persistence::open(
    Clock& clock, std::unique_ptr<BlockingExecutor> worker, const std::filesystem::path& directory,
    std::function<bool()> in_place) {
    if (directory.empty()) return open(clock, std::move(worker), nullptr);
    const auto record = directory / "safety.record";
    auto reserved = store::open_reserved(record, store::ReservedFile::size);
    if (!reserved) {
        return fmt::format(
            "{} cannot be made, so that an emergency stop might be forgotten on a full disk: {}",
            record.string(), reserved.error().message());
    }
    const auto file = directory / "hil.sqlite";
    try {
        auto database = std::make_shared<store::Database>(file, all_migrations());
        Places places{std::make_shared<store::ReservedFile>(std::move(*reserved)), {}};
        places.in_place = [database, look = std::move(in_place)] {
            return database->in_place() && (!look || look());
        };
        return open(clock, std::move(worker), std::move(database), std::move(places));
    } catch (const store::DatabaseError& error) {
        return fmt::format("the database {} cannot be used: {}", file.string(), error.what());
    }
}

std::variant<std::unique_ptr<Persistence>, std::string> Persistence::open(
    Clock& clock, std::unique_ptr<BlockingExecutor> worker, std::shared_ptr<store::Database> database,
    Places places) {
    try {
        if (!database) database = std::make_shared<store::Database>("", all_migrations());
        return std::unique_ptr<Persistence>(
            new Persistence(clock, std::move(worker), std::move(database), std::move(places)));
    } catch (const store::DatabaseError& error) {
        return fmt::format("the database cannot be used: {}", error.what());
    }
}

Persistence::Persistence(Clock& clock, std::unique_ptr<BlockingExecutor> worker,
                         std::shared_ptr<store::Database> database, Places places)
    : clock_(clock),
      worker_(std::move(worker)),
      database_(std::move(database)),
      audit_start_(journal::Audit::open(*database_, clock.wall_now())),
      event_start_(journal::EventStore::open(*database_, clock.wall_now())),
      audit_(std::make_unique<journal::Audit>(clock, *worker_, database_, hooks("commands"))),
      events_(std::make_unique<journal::EventStore>(clock, *worker_, database_, hooks("events"),
                                                    hooks("alerts"))),
      safety_(control::make_safety_store(*worker_,
                                         {database_, std::move(places.safety), std::move(places.in_place)})),
      write_counts_(std::make_unique<journal::WriteCounts>(clock, *worker_, database_)),
      tasks_(clock, [this](const TaskFailure& failure) {
          if (log_ != nullptr)
              log_->error(observe::Channel::control, "task {} failed: {}", failure.task, failure.what);
      }) {}

// Each queue is a condition of its own: that one is written again says nothing of another.
store::WriteQueueHooks Persistence::hooks(std::string what) {
    store::WriteQueueHooks out;
    out.on_error = [this, what](std::string_view error) {
        failing_.insert(what);
        if (happenings_ == nullptr) return;
        auto text = fmt::format("{} cannot be stored: {}", what, error);
        happenings_->notify(Happening::records_not_stored, text,
                            {.part = what, .log = text + "; they wait and are tried again"});
    };
    out.on_recovered = [this, what] {
        failing_.erase(what);
        if (happenings_ != nullptr)
            happenings_->notify(Happening::records_stored, what + " are stored again", {.part = what});
    };
    out.on_dropped = [this, what](std::uint64_t in_all) {
        // The first, second, fourth, eighth …
        if (happenings_ == nullptr || !std::has_single_bit(in_all)) return;
        happenings_->notify(Happening::records_given_up,
                            fmt::format("{} {} given up: too many waited for the database", in_all,
                                        in_all == 1 ? "of the " + what + " was" : what + " were"),
                            {.part = what});
    };
    return out;
}

void Persistence::follow(observe::Log& log, observe::EventLog& events, observe::Alerts& alerts,
                         Happenings& happenings, schedule::PlanStore& plans, schedule::Drafts& drafts) {
    log_ = &log;
    happenings_ = &happenings;
    events_->follow(events, alerts);
    schedules_ = std::make_unique<ScheduleArchive>(
        ScheduleArchive::Parts{clock_, *worker_, database_, plans, drafts, happenings});
    schedules_->load();
    for (const auto& command : audit_start_.interrupted) {
        log.warning(observe::Channel::control, {.plant = command.plant, .correlation = command.id},
                    "{} was interrupted by the end of the last run (asked by {})", command.kind,
                    command.actor);
    }
    if (!database_->damaged_copy().empty()) {
        log.error(observe::Channel::control,
                  "the database was damaged: it was set aside as {} and begun anew; the recordings are whole",
                  database_->damaged_copy().string());
    }
}

void Persistence::begin(int events_days) {
    tasks_.spawn("audit", [this] { return audit_->run(); }, OnEscape::restart);
    tasks_.spawn("events", [this] { return events_->run_events(); }, OnEscape::restart);
    tasks_.spawn("alerts", [this] { return events_->run_alerts(); }, OnEscape::restart);
    tasks_.spawn("write counts", [this] { return write_counts_->run(); }, OnEscape::restart);
    tasks_.spawn("schedules", [this] { return schedules_->run(); }, OnEscape::restart);
    if (events_days > 0)
        tasks_.spawn("clean-up", [this, events_days] { return clean_up(events_days); }, OnEscape::restart);
}

awaitable<void> Persistence::clean_up(int events_days) {
    for (;;) {
        const auto before = clock_.wall_now() - std::chrono::hours(24) * events_days;
        (void)co_await audit_->prune(before);
        (void)co_await events_->prune(before);
        co_await clock_.sleep_for(std::chrono::hours(24));
    }
}

awaitable<void> Persistence::close() {
    tasks_.cancel();
    co_await tasks_.join();
    if (schedules_) co_await schedules_->flush();
    (void)co_await audit_->finish();
    (void)co_await events_->finish();
    (void)co_await write_counts_->flush();
}

}  // namespace hil::service
