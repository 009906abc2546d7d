#include "app/export_command.hpp"

#include "app/measurement_place.hpp"
#include "device/recorded.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>

namespace hil::app {
namespace {

struct CloseFile {
    void operator()(std::FILE* file) const {
        if (file != stdout) (void)std::fclose(file);
    }
};

std::optional<std::uint64_t> write_export(measure::HistoryTables& history,
                                          const measure::ExportRequest& request, const ExportOptions& options,
                                          const Zone& zone) {
    if (options.format == measure::ExportFormat::xlsx)
        return measure::export_workbook(history, request, zone, options.output);
    const std::unique_ptr<std::FILE, CloseFile> file(
        options.output.empty() ? stdout : std::fopen(options.output.c_str(), "wb"));
    if (!file) return std::nullopt;
    const auto sink = [&file](std::string_view text) {
        return std::fwrite(text.data(), 1, text.size(), file.get()) == text.size();
    };
    const auto write_rows = options.format == measure::ExportFormat::json      ? measure::export_json
                            : options.format == measure::ExportFormat::parquet ? measure::export_parquet
                                                                               : measure::export_csv;
    const auto rows = write_rows(history, request, zone, sink);
    return std::fflush(file.get()) == 0 ? rows : std::nullopt;
}

}  // namespace

int export_command(const ExportOptions& options) {
    const auto setup = load_setup(options.data);
    if (!setup) return exit_usage;
    const auto recorded = find_recorded("export", *setup, options.plant);
    if (!recorded) return exit_usage;
    measure::ExportRequest request{
        .plant = *recorded,
        .transport = options.transport.value_or(setup->config.startup.transport_mode),
        .range = {},
        .points = options.points,
        .schema = &device::recorded_schema(setup->config, *recorded)};
    std::optional<WallTime> from, to;
    if (options.from && !(from = read_time("export", "from", *options.from, setup->zone))) return exit_usage;
    if (options.to && !(to = read_time("export", "to", *options.to, setup->zone))) return exit_usage;
    if (from && to && *to <= *from) {
        fmt::print(stderr, "hil_scheduler export: --to: must be after --from\n");
        return exit_usage;
    }
    const auto database = open_for_reading("export", *setup);
    if (!database) return exit_failed;
    try {
        measure::HistoryTables history(database);
        const auto extent = history.extent(request.plant, request.transport);
        if (!extent) {
            fmt::print(stderr, "hil_scheduler export: there are no measurements of {}\n", request.plant);
            return exit_failed;
        }
        request.range = {from.value_or(extent->from), to.value_or(extent->to + Duration{1})};
        const auto rows = write_export(history, request, options, setup->zone);
        if (!rows) {
            fmt::print(stderr, "hil_scheduler export: {} cannot be written\n",
                       options.output.empty() ? "standard output" : options.output.string());
            return exit_failed;
        }
        fmt::print(stderr, "{} rows of {} from {} to {}\n", *rows, request.plant,
                   setup->zone.format(request.range.from), setup->zone.format(request.range.to));
    } catch (const store::DatabaseError& error) {
        fmt::print(stderr, "hil_scheduler export: {}\n", error.what());
        return exit_failed;
    }
    return exit_done;
}

}  // namespace hil::app
