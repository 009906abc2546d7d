#include "app/simulate_command.hpp"

#include "app/load_setup.hpp"
#include "measure/file_store.hpp"
#include "simulate/simulation.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>

namespace hil::app {
namespace {

struct Prepared {
    simulate::SimulationOptions options;
    std::vector<planfile::PlanFile> plans;
};

// A sentence for every mistake; empty when there is none.
std::vector<std::string> prepare(const SimulateOptions& asked, const service::Setup& setup, Prepared& out) {
    std::vector<std::string> mistakes;
    const auto time = [&](const char* option,
                          const std::optional<std::string>& text) -> std::optional<WallTime> {
        if (!text) return std::nullopt;
        const auto at = setup.zone.parse(*text);
        if (at) return *at;
        mistakes.push_back(
            fmt::format("--{}: must be a time as 2025-10-01T00:00:00, with an offset or in {}, got \"{}\"",
                        option, setup.zone.name(), *text));
        return std::nullopt;
    };
    out.options.length = asked.length;
    out.options.from = time("from", asked.from);
    out.options.stop_at = time("replay", asked.replay);
    auto faults = simulate::load_faults(asked.faults);
    if (auto* problems = std::get_if<std::vector<std::string>>(&faults)) {
        for (auto& problem : *problems)
            mistakes.push_back("--faults: " + problem);
    } else {
        out.options.faults = std::get<simulate::FaultProfile>(faults);
    }
    for (const auto& file : asked.common.schedules) {
        out.plans.push_back(
            planfile::load_plan(file, setup.plant_ids, setup.zone, {.day_first = setup.day_first}));
        planfile::refuse_missing_signals(out.plans.back(), setup.plant_ids,
                                         service::signals_of(setup.config));
        for (const auto& problem : out.plans.back().problems)
            mistakes.push_back(problem.message());
        for (const auto& note : out.plans.back().notes)
            fmt::print(stderr, "note: {}: {}\n", out.plans.back().file, note);
    }
    if (!out.plans.empty()) out.options.plans = &out.plans;
    return mistakes;
}

std::string again(const SimulateOptions& asked, const simulate::SimulationResult& result, const Zone& zone) {
    auto line = fmt::format("hil_scheduler simulate --config {} --seed ", asked.common.config_file.string());
    line += fmt::format("{} --days {:g} --faults {}", asked.first_seed, to_seconds(asked.length) / 86400.0,
                        asked.faults);
    if (asked.from) line += fmt::format(" --from {}", *asked.from);
    for (const auto& file : asked.common.schedules)
        line += fmt::format(" --schedule {}", file.string());
    if (asked.common.day_first)
        line += fmt::format(" --day-first {}", *asked.common.day_first ? "yes" : "no");
    if (result.violation) line += fmt::format(" --replay {}", zone.format(result.violation->at));
    return line;
}

void report(const SimulateOptions& asked, std::uint64_t seed, const simulate::SimulationResult& result,
            const Zone& zone) {
    const auto& broken = *result.violation;
    fmt::print("seed {}: BROKEN {}{}{} at {}: {}\n", seed, broken.invariant,
               broken.plant.empty() ? "" : " of ", broken.plant, zone.format(broken.at), broken.text);
    for (const auto& line : result.last_events)
        fmt::print("  {}", line);
    for (const auto& line : result.state)
        fmt::print("  {}\n", line);
    auto same = asked;
    same.first_seed = seed;
    fmt::print("again: {}\n", again(same, result, zone));
}

// Says why not.
bool can_be_simulated(service::Setup& setup) {
    for (const auto& plant : setup.config.plants) {
        if (plant.model.emulation.kind != config::BatteryKind::replay) continue;
        fmt::print(stderr,
                   "hil_scheduler simulate: {} plays back a recording, which no simulation can judge\n",
                   plant.id);
        return false;
    }
    setup.config.startup.transport_mode = config::TransportMode::local;
    if (const auto lacking = setup.config.plants_without(config::TransportMode::local); !lacking.empty()) {
        fmt::print(stderr, "hil_scheduler simulate: no modbus.local is configured for {}\n",
                   fmt::join(lacking, ", "));
        return false;
    }
    return true;
}

void print_seed(std::uint64_t seed, const simulate::SimulationResult& result, const Zone& zone) {
    fmt::print(
        "seed {}: {} to {}: {} requests, {} writes, {} faults, {} commands, {} restarts, {} values "
        "posted, {} rows\n",
        seed, zone.format(result.from), zone.format(result.until), result.requests, result.writes,
        result.faults, result.commands, result.restarts, result.posted, result.rows);
}

// What the site has left on its disk.
bool write_files(const std::filesystem::path& to, const std::filesystem::path& in_memory,
                 const simulate::SimulationResult& result) {
    const auto disk = measure::make_disk_store(measure::Durability::cached);
    for (const auto& [path, text] : result.files) {
        if (const auto written =
                disk->write_at(to / std::filesystem::path(path).lexically_relative(in_memory), 0, text);
            !written) {
            fmt::print(stderr, "hil_scheduler simulate: {}: {}\n", path, written.error().message());
            return false;
        }
    }
    return true;
}

}  // namespace

int simulate_command(const SimulateOptions& asked) {
    auto setup = load_setup(asked.common);
    if (!setup) return exit_usage;
    if (!can_be_simulated(*setup)) return exit_usage;
    // Where the files end up must not show in what happens.
    const std::filesystem::path in_memory = "data";
    setup->config.general.data_dir = in_memory;
    Prepared prepared;
    const auto mistakes = prepare(asked, *setup, prepared);
    for (const auto& mistake : mistakes)
        fmt::print(stderr, "hil_scheduler simulate: {}\n", mistake);
    if (!mistakes.empty()) return exit_usage;

    std::unique_ptr<std::FILE, int (*)(std::FILE*)> trace(nullptr, &std::fclose);
    if (!asked.trace.empty()) {
        trace.reset(std::fopen(asked.trace.c_str(), "wb"));
        if (!trace) {
            fmt::print(stderr, "hil_scheduler simulate: --trace: {} cannot be written\n",
                       asked.trace.string());
            return exit_could_not_start;
        }
        prepared.options.trace = [&trace](std::string_view line) {
            std::fwrite(line.data(), 1, line.size(), trace.get());
        };
    }

    asio::io_context context(1);
    const RealClock clock(context);
    const auto begin = clock.now();
    const bool tty = ::isatty(STDOUT_FILENO) == 1;
    std::uint64_t seeds = 0;
    double simulated_s = 0;
    for (auto seed = asked.first_seed;; ++seed) {
        prepared.options.seed = seed;
        const auto result = simulate::simulate(*setup, prepared.options);
        ++seeds;
        simulated_s += to_seconds(result.until - result.from);
        if (result.violation) {
            report(asked, seed, result, setup->zone);
            return exit_failed;
        }
        if (asked.replay) {
            for (const auto& line : result.state)
                fmt::print("{}\n", line);
        }
        print_seed(seed, result, setup->zone);
        if (!tty) std::fflush(stdout);
        if (asked.common.data_dir && !write_files(*asked.common.data_dir, in_memory, result))
            return exit_could_not_start;
        if (seed == asked.last_seed) break;
    }
    const double wall_s = to_seconds(clock.now() - begin);
    fmt::print(
        "{} seed{}, no invariant broken; {:.2f} s, {:.2f} seeds/s, {:.0f} simulated seconds a second\n",
        seeds, seeds == 1 ? "" : "s", wall_s, static_cast<double>(seeds) / wall_s, simulated_s / wall_s);
    return exit_done;
}

}  // namespace hil::app
