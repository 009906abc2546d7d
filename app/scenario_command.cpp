#include "app/scenario_command.hpp"

#include "app/load_setup.hpp"
#include "measure/file_store.hpp"
#include "measure/history_tables.hpp"
#include "scenario/junit.hpp"
#include "scenario/span_text.hpp"
#include "service/report_making.hpp"
#include "simulate/scenarios/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <set>
#include <variant>

namespace hil::app {
namespace {

// Directories stand for the scenarios in them, by name.
std::vector<std::filesystem::path> files_of(const std::vector<std::filesystem::path>& given) {
    std::vector<std::filesystem::path> out;
    for (const auto& path : given) {
        std::error_code error;
        if (!std::filesystem::is_directory(path, error)) {
            out.push_back(path);
            continue;
        }
        std::vector<std::filesystem::path> inside;
        for (const auto& entry : std::filesystem::directory_iterator(path, error))
            if (entry.path().extension() == ".json") inside.push_back(entry.path());
        std::ranges::sort(inside);
        std::ranges::move(inside, std::back_inserter(out));
    }
    return out;
}

void print(const simulate::ScenarioSetup& setup, const simulate::ScenarioOutcome& outcome, double wall_s) {
    const auto& scenario = setup.scenario;
    fmt::print("{}: {}, {} from {}\n", scenario.name, setup.file.string(),
               scenario::span_text(scenario.length), setup.setup.zone.format(scenario.from));
    std::size_t broken = 0;
    for (const auto& verdict : outcome.verdicts) {
        broken += verdict.kept ? 0 : 1;
        fmt::print("  {}  {}{}{}\n", verdict.kept ? "ok  " : "FAIL", verdict.sentence,
                   verdict.finding.empty() ? "" : ": ", verdict.finding);
    }
    fmt::print("{} {}: {} of {} kept, {} requests, {:.2f} s\n\n", broken == 0 ? "passed" : "FAILED",
               scenario.name, outcome.verdicts.size() - broken, outcome.verdicts.size(), outcome.requests,
               wall_s);
}

bool write_file(const std::filesystem::path& file, const std::string& text) {
    std::ofstream out(file, std::ios::binary);
    out << text;
    out.close();
    return out.good();
}

// The first file that could not be written; none: all were.
std::optional<std::filesystem::path> write_recordings(const simulate::ScenarioOutcome& outcome,
                                                      const std::filesystem::path& directory) {
    const auto disk = measure::make_disk_store(measure::Durability::cached);
    for (const auto& [path, text] : outcome.files)
        if (!disk->write_at(directory / path, 0, text)) return directory / path;
    return std::nullopt;
}

// With what was done to the site on its time line.
std::string report_of(const simulate::ScenarioSetup& setup, const simulate::ScenarioOutcome& outcome,
                      WallTime now) {
    measure::HistoryTables history(outcome.database);
    for (std::size_t i = 0; i < outcome.rows.size(); ++i)
        (void)history.store(setup.setup.plant_ids[i], config::TransportMode::remote, outcome.rows[i]);
    service::ReportRequest request;
    request.range = {outcome.from, outcome.until};
    request.transport = config::TransportMode::remote;
    request.marks = outcome.marks;
    request.source = fmt::format("the scenario {}", setup.file.string());
    return service::make_report(outcome.database, setup.setup, request, now);
}

// Where the report of each scenario goes. One goes into the file that is named, or into the directory when it
// is one; several into a directory, which is made, under the names of their scenarios.
std::variant<std::vector<std::filesystem::path>, std::string> report_files(
    const std::vector<std::filesystem::path>& scenarios, const ScenarioOptions& options) {
    namespace fs = std::filesystem;
    std::error_code error;
    if (options.report.empty()) return std::vector<fs::path>{};
    const bool directory = fs::is_directory(options.report, error);
    if (scenarios.size() == 1 && !directory) return std::vector{options.report};
    if (!directory && (fs::exists(options.report, error) || !fs::create_directories(options.report, error)))
        return fmt::format("{} must be a directory, where there are several scenarios",
                           options.report.string());
    std::vector<fs::path> out;
    std::set<fs::path> taken;
    for (const auto& scenario : scenarios) {
        auto name = options.report / scenario.filename().replace_extension(".html");
        for (int i = 2; !taken.insert(name).second; ++i)
            name = options.report / fmt::format("{}_{}.html", scenario.stem().string(), i);
        out.push_back(std::move(name));
    }
    return out;
}

int cannot_write(const char* option, const std::filesystem::path& file) {
    fmt::print(stderr, "hil_scheduler run: {}: {} cannot be written\n", option, file.string());
    return exit_could_not_start;
}

// All are read before the first is run: a mistake in the last one does not come after minutes. None where
// there is one, which is said.
std::vector<simulate::ScenarioSetup> load_all(const std::vector<std::filesystem::path>& files,
                                              const std::filesystem::path& config) {
    std::vector<simulate::ScenarioSetup> setups;
    std::size_t problems = 0;
    for (const auto& file : files) {
        auto loaded = simulate::load_scenario(file, config);
        if (const auto* found = std::get_if<std::vector<std::string>>(&loaded)) {
            for (const auto& problem : *found)
                fmt::print(stderr, "{}\n", problem);
            problems += found->size();
        } else {
            setups.push_back(std::move(std::get<simulate::ScenarioSetup>(loaded)));
        }
    }
    if (problems == 0) return setups;
    fmt::print(stderr, "{} problem{}: no scenario was run\n", problems, problems == 1 ? "" : "s");
    return {};
}

}  // namespace

int scenario_command(const ScenarioOptions& options) {
    const auto files = files_of(options.scenarios);
    if (files.empty()) {
        fmt::print(stderr, "hil_scheduler run: --scenario: there is no scenario in {}\n",
                   options.scenarios.front().string());
        return exit_usage;
    }
    const bool one = files.size() == 1;
    if (!one && (!options.data_dir.empty() || !options.trace.empty())) {
        fmt::print(stderr, "hil_scheduler run: --data-dir and --trace: only with a single scenario\n");
        return exit_usage;
    }
    const auto reports = report_files(files, options);
    if (const auto* mistake = std::get_if<std::string>(&reports)) {
        fmt::print(stderr, "hil_scheduler run: --report: {}\n", *mistake);
        return exit_usage;
    }
    if (options.config_found_here) say_where(options.config_file);
    const auto setups = load_all(files, options.config_file);
    if (setups.empty()) return exit_usage;

    std::unique_ptr<std::FILE, int (*)(std::FILE*)> trace(nullptr, &std::fclose);
    simulate::Trace::Sink sink;
    if (!options.trace.empty()) {
        trace.reset(std::fopen(options.trace.c_str(), "wb"));
        if (!trace) return cannot_write("--trace", options.trace);
        sink = [&trace](std::string_view line) { std::fwrite(line.data(), 1, line.size(), trace.get()); };
    }

    asio::io_context context(1);
    const RealClock clock(context);
    std::vector<scenario::Suite> suites;
    std::size_t failed = 0;
    for (const auto& setup : setups) {
        const auto begin = clock.now();
        const auto outcome = simulate::run_scenario(setup, sink);
        const double wall_s = to_seconds(clock.now() - begin);
        print(setup, outcome, wall_s);
        std::fflush(stdout);
        failed += outcome.kept() ? 0 : 1;
        suites.push_back({setup.scenario.name, setup.file.string(), wall_s, outcome.verdicts});
        if (!options.data_dir.empty()) {
            if (const auto failed_at = write_recordings(outcome, options.data_dir))
                return cannot_write("--data-dir", *failed_at);
        }
        if (options.report.empty()) continue;
        const auto& file = std::get<0>(reports)[suites.size() - 1];
        if (const auto why = service::write_report(file, report_of(setup, outcome, clock.wall_now()))) {
            fmt::print(stderr, "hil_scheduler run: --report: {}\n", *why);
            return exit_could_not_start;
        }
    }
    if (!one) fmt::print("{} of {} scenarios passed\n", setups.size() - failed, setups.size());
    if (!options.junit.empty() && !write_file(options.junit, scenario::junit(suites)))
        return cannot_write("--junit", options.junit);
    return failed == 0 ? exit_done : exit_failed;
}

}  // namespace hil::app
