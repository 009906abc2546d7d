#include "service/schedule_archive.hpp"

#include <array>
#include <utility>

namespace hil::service {
namespace {

using schedule::Signal;

constexpr std::string_view tables =
    "CREATE TABLE schedule_series (plant TEXT NOT NULL, signal TEXT NOT NULL, staged INTEGER NOT NULL,"
    " enabled INTEGER NOT NULL, version INTEGER NOT NULL, origin TEXT NOT NULL, staged_at INTEGER,"
    " ends_at INTEGER, PRIMARY KEY (plant, signal, staged)) WITHOUT ROWID;"
    "CREATE TABLE schedule_rows (plant TEXT NOT NULL, signal TEXT NOT NULL, staged INTEGER NOT NULL,"
    " at INTEGER NOT NULL, value REAL, line INTEGER NOT NULL, PRIMARY KEY (plant, signal, staged, at))"
    " WITHOUT ROWID;";
constexpr std::array<store::Migration, 1> archive_migrations{{{"schedules", 1, tables}}};

std::vector<schedule::Row> read_rows(store::Database& database, const SavedSeries& of) {
    auto& rows = database.prepare(
        "SELECT at, value, line FROM schedule_rows WHERE plant = ? AND signal = ? AND staged = ? ORDER BY "
        "at");
    rows.bind(1, std::string_view(of.key.plant))
        .bind(2, to_string(of.key.signal))
        .bind(3, std::int64_t{of.staged});
    std::vector<schedule::Row> out;
    while (rows.step())
        // A row without a value is one from which nothing is planned.
        out.push_back({rows.time(0), rows.null(1) ? 0.0 : rows.real(1),
                       static_cast<std::uint32_t>(rows.integer(2)), rows.null(1)});
    return out;
}

}  // namespace

std::vector<SavedSeries> read_series(store::Database& database) {
    std::vector<SavedSeries> out;
    std::vector<std::optional<WallTime>> ends;
    auto& all = database.prepare(
        "SELECT plant, signal, staged, enabled, version, origin, staged_at, ends_at FROM schedule_series");
    while (all.step()) {
        SavedSeries saved;
        saved.key = {all.text(0), all.text(1) == "q" ? Signal::q : Signal::p};
        saved.staged = all.integer(2) != 0;
        saved.enabled = all.integer(3) != 0;
        saved.version = static_cast<schedule::Version>(all.integer(4));
        saved.origin = all.text(5);
        if (!all.null(6)) saved.staged_at = all.time(6);
        ends.push_back(all.null(7) ? std::nullopt : std::optional(all.time(7)));
        out.push_back(std::move(saved));
    }
    for (std::size_t i = 0; i < out.size(); ++i) {
        if (ends[i]) out[i].series = schedule::Series(read_rows(database, out[i]), *ends[i]);
    }
    return out;
}

void write_series(store::Database& database, const std::vector<SavedSeries>& changed) {
    store::Database::Transaction transaction(database);
    for (const auto& saved : changed) {
        const auto bind_key = [&saved](store::Statement& statement) -> store::Statement& {
            return statement.bind(1, std::string_view(saved.key.plant))
                .bind(2, to_string(saved.key.signal))
                .bind(3, std::int64_t{saved.staged});
        };
        for (const char* table : {"schedule_series", "schedule_rows"}) {
            bind_key(database.prepare(std::string("DELETE FROM ") + table +
                                      " WHERE plant = ? AND signal = ? AND staged = ?"))
                .run();
        }
        if (saved.version == 0) continue;
        auto& head =
            bind_key(database.prepare("INSERT INTO schedule_series VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
        head.bind(4, std::int64_t{saved.enabled})
            .bind(5, static_cast<std::int64_t>(saved.version))
            .bind(6, std::string_view(saved.origin));
        saved.staged_at ? head.bind(7, *saved.staged_at) : head.bind_null(7);
        saved.series.empty() ? head.bind_null(8) : head.bind(8, saved.series.end_time());
        head.run();
        auto& insert = database.prepare("INSERT INTO schedule_rows VALUES (?, ?, ?, ?, ?, ?)");
        for (const auto& row : saved.series.rows()) {
            bind_key(insert).bind(4, row.at).bind(6, std::int64_t{row.line});
            row.silent ? insert.bind_null(5) : insert.bind(5, row.value);
            insert.run();
        }
    }
    transaction.commit();
}

ScheduleArchive::ScheduleArchive(Parts parts)
    : parts_(std::move(parts)),
      versions_(parts_.plans.plant_count()),
      enabled_(parts_.plans.plant_count()),
      news_(parts_.clock) {}

std::span<const store::Migration> ScheduleArchive::migrations() {
    return archive_migrations;
}

void ScheduleArchive::load() {
    for (auto& saved : read_series(*parts_.database)) {
        const auto plant = parts_.plans.find_plant(saved.key.plant);
        if (!plant) continue;  // of an earlier configuration: left where it is
        if (saved.staged) {
            if (parts_.drafts.draft(*plant, saved.key.signal).staged()) continue;
            parts_.drafts.stage(*plant, saved.key.signal, std::move(saved.series), std::move(saved.origin),
                                saved.staged_at);
        } else {
            parts_.plans.restore_manual(
                *plant, saved.key.signal,
                {std::move(saved.series), saved.enabled, saved.version, std::move(saved.origin)});
        }
    }
    for (schedule::PlantIndex plant = 0; plant < versions_.size(); ++plant) {
        for (const auto signal : schedule::all_signals) {
            changed_.emplace(plant, signal, false);
            changed_.emplace(plant, signal, true);
        }
        note(plant);
    }
    plans_news_ = parts_.plans.subscribe([this](schedule::PlantIndex plant) { note(plant); });
    drafts_news_ = parts_.drafts.subscribe([this](schedule::PlantIndex plant, Signal signal) {
        changed_.emplace(plant, signal, true);
        news_.notify();
    });
    news_.notify();
}

// The store says which plant changed; the market schedule changes often and is not kept here.
void ScheduleArchive::note(schedule::PlantIndex plant) {
    for (const auto signal : schedule::all_signals) {
        const auto& plan = parts_.plans.manual(plant, signal);
        const auto i = schedule::index(signal);
        if (versions_[plant][i] == plan.version && enabled_[plant][i] == plan.enabled) continue;
        versions_[plant][i] = plan.version;
        enabled_[plant][i] = plan.enabled;
        changed_.emplace(plant, signal, false);
        news_.notify();
    }
}

SavedSeries ScheduleArchive::series(const Place& place) const {
    const auto& [plant, signal, staged] = place;
    SavedSeries out;
    out.key = {parts_.plans.plant_ids()[plant], signal};
    out.staged = staged;
    if (staged) {
        const auto& draft = parts_.drafts.draft(plant, signal);
        out.version = draft.version;
        out.origin = draft.origin;
        out.staged_at = draft.staged_at;
        out.series = draft.series;
    } else {
        const auto& plan = parts_.plans.manual(plant, signal);
        out.enabled = plan.enabled;
        out.version = plan.version;
        out.origin = plan.origin;
        out.series = plan.series;
    }
    return out;
}

awaitable<bool> ScheduleArchive::save() {
    const auto places = std::exchange(changed_, {});
    if (places.empty()) co_return true;
    std::vector<SavedSeries> changed;
    for (const auto& place : places)
        changed.push_back(series(place));
    std::string why;
    try {
        co_await parts_.worker.run(
            [database = parts_.database, changed = std::move(changed)] { write_series(*database, changed); });
    } catch (const store::DatabaseError& error) {
        why = error.what();
    }
    if (why.empty()) {
        if (std::exchange(failing_, false))
            parts_.happenings.notify(Happening::schedules_saved, "schedules are saved again");
        co_return true;
    }
    changed_.insert(places.begin(), places.end());
    if (!std::exchange(failing_, true)) {
        parts_.happenings.notify(Happening::schedules_not_saved,
                                 "schedules cannot be saved: a restart would lose what changed: " + why);
    }
    co_return false;
}

awaitable<void> ScheduleArchive::run() {
    constexpr Duration pause = std::chrono::seconds(10);
    for (;;) {
        if (!changed_.empty() && !co_await save()) {
            co_await parts_.clock.io_sleep_for(pause);
            continue;
        }
        if (changed_.empty()) co_await news_.wait();
    }
}

awaitable<void> ScheduleArchive::flush() {
    (void)co_await save();
}

}  // namespace hil::service
