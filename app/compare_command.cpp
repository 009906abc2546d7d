#include "app/compare_command.hpp"

#include "app/recorded_history.hpp"
#include "app/report_command.hpp"
#include "config/names.hpp"
#include "report/collect.hpp"
#include "report/comparison.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iterator>

namespace hil::app {
namespace {

namespace fs = std::filesystem;

// What one of the two names: whose recordings, and which of them; none: from the first or to the last row.
struct ComparedPart {
    std::string name;
    fs::path directory;
    std::optional<WallTime> from, to;
};

void refuse_comparison(const std::string& sentence) {
    fmt::print(stderr, "hil_scheduler report: --compare: {}\n", sentence);
}

std::optional<ComparedPart> asked_run(const std::string& text) {
    std::ifstream in(text, std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(in), {}};
    const auto record = report::parse_run_record(content);
    if (!record) {
        refuse_comparison(fmt::format("{} is not the record of a run", text));
        return std::nullopt;
    }
    auto directory = fs::path(text).parent_path();
    return ComparedPart{text, directory.empty() ? fs::path(".") : directory, record->begin, record->end};
}

// A directory, the record of a run, or FROM..TO of the data directory. A sentence is printed for none.
std::optional<ComparedPart> asked_for(const std::string& text, const service::Setup& setup) {
    std::error_code unknown;
    if (fs::is_directory(text, unknown)) return ComparedPart{text, text, {}, {}};
    if (fs::is_regular_file(text, unknown)) return asked_run(text);
    const auto dots = text.find("..");
    if (dots == std::string::npos) {
        refuse_comparison(
            fmt::format("\"{}\" is neither FROM..TO nor a directory nor the record of a run", text));
        return std::nullopt;
    }
    ComparedPart out{text, setup.config.general.data_dir, {}, {}};
    const auto from = text.substr(0, dots), to = text.substr(dots + 2);
    if (!from.empty() && !(out.from = read_time("report", "compare", from, setup.zone))) return std::nullopt;
    if (!to.empty() && !(out.to = read_time("report", "compare", to, setup.zone))) return std::nullopt;
    if (out.from && out.to && *out.to <= *out.from) {
        refuse_comparison(fmt::format("the end of \"{}\" must be after its begin", text));
        return std::nullopt;
    }
    return out;
}

// Reads what was recorded; none after a sentence.
std::optional<report::Side> side_of(const ComparedPart& asked, service::Setup setup,
                                    service::ReportRequest request) {
    setup.config.general.data_dir = asked.directory;
    const auto [database, source] = recorded_history("report", setup);
    if (!database) return std::nullopt;
    const store::Database::Snapshot snapshot(*database);
    measure::HistoryTables history(database);
    const auto all = recorded_extent(history, setup, request);
    if (!all) {
        refuse_comparison(fmt::format("nothing was recorded over {} transport in {}",
                                      config::to_string(request.transport), asked.directory.string()));
        return std::nullopt;
    }
    report::Side side;
    side.name = asked.name;
    side.source = fmt::format("{}, {}", asked.directory.string(), source);
    side.range = {asked.from.value_or(all->from),
                  asked.to.value_or(std::chrono::ceil<std::chrono::seconds>(all->to + Duration{1}))};
    if (side.range.to <= all->from || side.range.from > all->to || side.range.to <= side.range.from) {
        refuse_comparison(fmt::format("nothing was recorded in {}", asked.name));
        return std::nullopt;
    }
    side.runs = report::runs_in(report::run_records(asked.directory), side.range);
    for (const auto plant : request.plants)
        side.plants.push_back(report::collect_plant(history, setup.config.plants[plant], setup.config,
                                                    request.transport, side.range, setup.zone));
    return side;
}

std::string rendered(const report::Comparison& comparison, ReportOptions::Format format) {
    switch (format) {
        case ReportOptions::Format::json:
            return to_json(comparison);
        case ReportOptions::Format::text:
            return to_text(comparison);
        case ReportOptions::Format::html:
            break;
    }
    return to_html(comparison);
}

const char* ending_of(ReportOptions::Format format) {
    return format == ReportOptions::Format::json   ? ".json"
           : format == ReportOptions::Format::text ? ".txt"
                                                   : ".html";
}

}  // namespace

int compare_command(const ReportOptions& options) {
    const auto setup = load_setup(options.data);
    if (!setup) return exit_usage;
    service::ReportRequest request;
    request.transport = options.transport.value_or(setup->config.startup.transport_mode);
    for (const auto& id : options.plants.empty() ? setup->plant_ids : options.plants) {
        const auto plant = find_plant("report", *setup, id);
        if (!plant) return exit_usage;
        request.plants.push_back(*plant);
    }
    std::array<std::optional<ComparedPart>, 2> asked;
    for (std::size_t i = 0; i < 2; ++i)
        if (!(asked[i] = asked_for(options.compare[i], *setup))) return exit_usage;

    asio::io_context context(1);
    const RealClock clock(context);
    report::Comparison comparison{.version = HIL_VERSION,
                                  .made_at = std::chrono::floor<std::chrono::seconds>(clock.wall_now()),
                                  .zone = setup->zone,
                                  .transport = request.transport,
                                  .sides = {}};
    try {
        for (std::size_t i = 0; i < 2; ++i) {
            auto side = side_of(*asked[i], *setup, request);
            if (!side) return exit_failed;
            comparison.sides[i] = std::move(*side);
        }
    } catch (const store::DatabaseError& error) {
        fmt::print(stderr, "hil_scheduler report: {}\n", error.what());
        return exit_failed;
    }
    const auto text = rendered(comparison, options.format);
    // What is read at once stands where it was asked for, without a file.
    auto where = options;
    where.to_standard_output |= options.output.empty() && options.format == ReportOptions::Format::text;
    const auto file = options.output.empty()
                          ? fs::path(report::file_stem(comparison) + ending_of(options.format))
                          : options.output;
    if (!put_out(where, file, text)) return exit_failed;
    if (!where.to_standard_output) fmt::print(stderr, "comparison in {}\n", file.string());
    return exit_done;
}

}  // namespace hil::app
