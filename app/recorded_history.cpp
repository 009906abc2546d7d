#include "app/recorded_history.hpp"

#include "base/task_group.hpp"
#include "device/recorded.hpp"
#include "measure/history_import.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace hil::app {
namespace {

// The rows of the recordings in a database of their own, in memory: where there is no history, or no longer.
std::shared_ptr<store::Database> read_recordings(std::string_view command, const service::Setup& setup) {
    asio::io_context context(1);
    RealClock clock(context);
    auto database = std::make_shared<store::Database>("", measure::history_migrations());
    const auto reading = make_pool(clock, 2), writing = make_pool(clock, 1);
    measure::HistoryImport import(clock, *reading, measure::make_disk_store(), *writing,
                                  std::make_shared<measure::HistoryTables>(database), setup.zone, {});
    bool done = false;
    TaskGroup tasks(clock, [&](const TaskFailure& failure) {
        fmt::print(stderr, "hil_scheduler {}: {}\n", command, failure.what);
        clock.stop();
    });
    tasks.spawn("recordings", [&]() -> awaitable<void> {
        const auto report = co_await import.run(setup.config.general.data_dir);
        for (const auto& problem : report.problems)
            fmt::print(stderr, "{}: {}\n", problem.file.string(), problem.sentence);
        done = true;
        clock.stop();
    });
    clock.run();
    return done ? database : nullptr;
}

}  // namespace

RecordedHistory recorded_history(std::string_view command, const service::Setup& setup) {
    if (std::filesystem::exists(database_file(setup)))
        return {open_for_reading(command, setup), "the history database (hil.sqlite)"};
    return {read_recordings(command, setup),
            "the recordings (CSV): there is no history database, and with it no events or plans"};
}

std::optional<measure::Range> recorded_extent(measure::HistoryTables& history, const service::Setup& setup,
                                              const service::ReportRequest& request) {
    std::optional<measure::Range> all;
    const auto add = [&](const std::string& id) {
        const auto own = history.extent(id, request.transport);
        if (own)
            all = all ? measure::Range{std::min(all->from, own->from), std::max(all->to, own->to)} : *own;
    };
    if (request.plants.empty())
        for (const auto& id : device::recorded_ids(setup.config))
            add(id);
    for (const auto plant : request.plants)
        add(setup.plant_ids[plant]);
    return all;
}

}  // namespace hil::app
