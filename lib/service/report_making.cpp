#include "service/report_making.hpp"

#include "base/output_file.hpp"
#include "config/load.hpp"
#include "measure/history_tables.hpp"
#include "report/collect.hpp"
#include "report/html.hpp"
#include "service/schedule_archive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace hil::service {
namespace {

std::vector<std::size_t> plants_of(const Setup& setup, const ReportRequest& request) {
    auto plants = request.plants;
    if (plants.empty()) {
        plants.resize(setup.plant_ids.size());
        std::iota(plants.begin(), plants.end(), std::size_t{0});
    }
    return plants;
}

std::vector<report::SavedPlan> saved_plans(store::Database& database, const report::Document& document) {
    std::vector<report::SavedPlan> out;
    if (!report::has_table(database, "schedule_series")) return out;
    for (auto& saved : read_series(database)) {
        const bool shown = std::any_of(document.plants.begin(), document.plants.end(),
                                       [&](const auto& plant) { return plant.id == saved.key.plant; });
        if (!shown) continue;
        out.push_back({.key = saved.key,
                       .staged = saved.staged,
                       .enabled = saved.enabled,
                       .version = saved.version,
                       .origin = std::move(saved.origin),
                       .series = std::move(saved.series)});
    }
    return out;
}

}  // namespace

std::string make_report(const std::shared_ptr<store::Database>& database, const Setup& setup,
                        const ReportRequest& request, WallTime made_at) {
    report::Document document;
    document.version = HIL_VERSION;
    document.made_at = std::chrono::floor<std::chrono::seconds>(made_at);
    document.zone = setup.zone;
    document.range = request.range;
    document.transport = request.transport;
    document.source = request.source;
    document.marks = request.marks;
    document.configuration = config::effective(setup.config);

    // Rows, events and reasons of one state of the database, whatever is stored meanwhile.
    const store::Database::Snapshot snapshot(*database);
    measure::HistoryTables history(database);
    for (const auto i : plants_of(setup, request)) {
        document.plants.push_back(report::collect_plant(history, setup.config.plants[i], setup.config,
                                                        request.transport, request.range, setup.zone));
    }
    // Where plants are named, the report is about these.
    if (request.plants.empty())
        for (const auto& device : setup.config.devices)
            document.devices.push_back(
                report::collect_device(history, device, setup.config, request.transport, request.range));
    report::collect_record(*database, document);
    document.saved = saved_plans(*database, document);
    return report::to_html(document);
}

std::string report_name(const Setup& setup, const ReportRequest& request) {
    report::Document document;
    document.zone = setup.zone;
    document.range = request.range;
    for (const auto i : plants_of(setup, request)) {
        report::PlantPart plant;
        plant.id = setup.plant_ids[i];
        document.plants.push_back(std::move(plant));
    }
    return report::file_name(document);
}

std::optional<std::string> write_report(const std::filesystem::path& file, const std::string& html) {
    const auto written = write_output(file, html);
    if (written) return std::nullopt;
    return fmt::format("the report {} cannot be written: {}", file.string(), written.error().message());
}

}  // namespace hil::service
