#include "app/report_command.hpp"

#include "app/measurement_place.hpp"
#include "base/task_group.hpp"
#include "config/names.hpp"
#include "device/recorded.hpp"
#include "measure/history_import.hpp"
#include "service/report_making.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace hil::app {
namespace {

// The rows of the recordings in a database of their own, in memory: where there is no history, or no longer.
std::shared_ptr<store::Database> read_recordings(RealClock& clock, const service::Setup& setup) {
    auto database = std::make_shared<store::Database>("", measure::history_migrations());
    const auto reading = make_pool(clock, 2), writing = make_pool(clock, 1);
    measure::HistoryImport import(clock, *reading, measure::make_disk_store(), *writing,
                                  std::make_shared<measure::HistoryTables>(database), setup.zone, {});
    bool done = false;
    TaskGroup tasks(clock, [&](const TaskFailure& failure) {
        fmt::print(stderr, "hil_scheduler report: {}\n", failure.what);
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

// From the first to the last row of anything the report is about.
std::optional<measure::Range> extent(measure::HistoryTables& history, const service::Setup& setup,
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

bool put_out(const ReportOptions& options, const std::filesystem::path& file, const std::string& html) {
    if (options.to_standard_output) {
        const bool written = std::fwrite(html.data(), 1, html.size(), stdout) == html.size();
        if (written && std::fflush(stdout) == 0) return true;
        fmt::print(stderr, "hil_scheduler report: standard output cannot be written\n");
        return false;
    }
    const auto why = service::write_report(file, html);
    if (why) fmt::print(stderr, "hil_scheduler report: {}\n", *why);
    return !why;
}

}  // namespace

int report_command(const ReportOptions& options) {
    const auto setup = load_setup(options.data);
    if (!setup) return exit_usage;
    service::ReportRequest request;
    request.transport = options.transport.value_or(setup->config.startup.transport_mode);
    for (const auto& id : options.plants) {
        const auto plant = find_plant("report", *setup, id);
        if (!plant) return exit_usage;
        request.plants.push_back(*plant);
    }
    std::optional<WallTime> from, to;
    if (options.from && !(from = read_time("report", "from", *options.from, setup->zone))) return exit_usage;
    if (options.to && !(to = read_time("report", "to", *options.to, setup->zone))) return exit_usage;
    if (from && to && *to <= *from) {
        fmt::print(stderr, "hil_scheduler report: --to: must be after --from\n");
        return exit_usage;
    }

    asio::io_context context(1);
    RealClock clock(context);
    std::shared_ptr<store::Database> database;
    if (std::filesystem::exists(database_file(*setup))) {
        database = open_for_reading("report", *setup);
    } else {
        request.source = "the recordings (CSV): there is no history database, and with it no events or plans";
        database = read_recordings(clock, *setup);
    }
    if (!database) return exit_failed;
    try {
        measure::HistoryTables history(database);
        const auto all = extent(history, *setup, request);
        if (!all) {
            fmt::print(stderr, "hil_scheduler report: nothing was recorded over {} transport in {}\n",
                       config::to_string(request.transport), setup->config.general.data_dir.string());
            return exit_failed;
        }
        request.range = {from.value_or(all->from),
                         to.value_or(std::chrono::ceil<std::chrono::seconds>(all->to + Duration{1}))};
        if (request.range.to <= request.range.from) {
            fmt::print(stderr, "hil_scheduler report: nothing was recorded after {}\n",
                       setup->zone.format(request.range.from));
            return exit_failed;
        }
        const auto html = service::make_report(database, *setup, request, clock.wall_now());
        const auto file = options.output.empty()
                              ? std::filesystem::path(service::report_name(*setup, request))
                              : options.output;
        if (!put_out(options, file, html)) return exit_failed;
        fmt::print(stderr, "report of {} to {}{}, {} kB\n", setup->zone.format(request.range.from),
                   setup->zone.format(request.range.to),
                   options.to_standard_output ? std::string() : " in " + file.string(),
                   (html.size() + 999) / 1000);
    } catch (const store::DatabaseError& error) {
        fmt::print(stderr, "hil_scheduler report: {}\n", error.what());
        return exit_failed;
    }
    return exit_done;
}

}  // namespace hil::app
