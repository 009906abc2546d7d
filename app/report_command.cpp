#include "app/report_command.hpp"

#include "app/compare_command.hpp"
#include "app/recorded_history.hpp"
#include "config/names.hpp"
#include "service/report_making.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace hil::app {

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

int report_command(const ReportOptions& options) {
    if (!options.compare.empty()) return compare_command(options);
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
    const RealClock clock(context);
    auto [database, source] = recorded_history("report", *setup);
    request.source = source;
    if (!database) return exit_failed;
    try {
        measure::HistoryTables history(database);
        const auto all = recorded_extent(history, *setup, request);
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
