#include "app/check_command.hpp"

#include "app/setup.hpp"
#include "base/number.hpp"
#include "base/task_group.hpp"
#include "config/names.hpp"
#include "plant/link.hpp"
#include "plant_sim/plant_server.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace hil::app {
namespace {

std::string words_text(const plant::PointValue& value, std::uint16_t count) {
    return count == 1 ? fmt::format("{:04X}", value.words[0])
                      : fmt::format("{:04X} {:04X}", value.words[0], value.words[1]);
}

// Reads every readable point of one plant once and prints a line for each; counts what did not answer.
awaitable<void> probe_plant(Clock& clock, Network& network, const config::Plant& plant,
                            config::TransportMode mode, int& failures) {
    const auto& endpoint = plant.endpoint(mode);
    Wakeup changed(clock);
    plant::Link link(clock, network, Random(1), endpoint,
                     {[&changed](const plant::LinkStatus&) { changed.notify(); }, {}});
    TaskGroup tasks(clock);
    tasks.spawn("link", [&link] { return link.run(); });

    fmt::print("{} ({}) at {}, unit {}\n", plant.name, plant.id, to_string(endpoint.address),
               endpoint.unit_id);
    const Duration patience = endpoint.timeout + std::chrono::milliseconds(100);
    while (link.status().state != plant::LinkState::connected && co_await changed.wait_io_for(patience)) {
        if (link.status().state == plant::LinkState::waiting) break;
    }
    if (link.status().state != plant::LinkState::connected) {
        fmt::print("  no connection: {}\n",
                   link.status().last_error ? link.status().last_error.message() : "no answer");
        ++failures;
    } else {
        for (const auto& point : endpoint.points) {
            const auto id = link.map().find(point.name);
            if (!id) continue;
            const auto type = config::to_string(point.format);
            if (point.access == config::Access::write) {
                fmt::print("  {:<20} {:>5}  {:<7}  not read (access w)\n", point.name, point.address, type);
                continue;
            }
            const auto reading =
                co_await link.read(link.map().plan(std::array{*id}), plant::Priority::sample);
            if (!reading || !reading->front().known) {
                fmt::print("  {:<20} {:>5}  {:<7}  {}\n", point.name, point.address, type,
                           reading ? "refused by the device" : reading.error().message());
                ++failures;
                continue;
            }
            const auto& value = reading->front();
            fmt::print("  {:<20} {:>5}  {:<7}  {:>12}  [{}]\n", point.name, point.address, type,
                       format_number(value.value, link.map().codec(*id).decimals()),
                       words_text(value, point.word_count()));
        }
    }
    link.stop();
    tasks.cancel();
    co_await tasks.join();
}

int probe(const Setup& setup) {
    asio::io_context context(1);
    RealClock clock(context);
    const auto network = make_tcp_network(clock);
    const auto mode = setup.config.startup.transport_mode;
    std::vector<std::unique_ptr<plant_sim::PlantServer>> emulators;
    if (mode == config::TransportMode::local) {
        for (const auto& plant : setup.config.plants) {
            plant_sim::PlantServerOptions options;
            options.initial_soc_pu = setup.config.startup.initial_soc_pu;
            auto served = plant_sim::PlantServer::open(clock, *network, plant, plant.local, options);
            if (!served) {
                fmt::print(stderr, "hil_scheduler check: the emulator of {} cannot listen on {}: {}\n",
                           plant.id, to_string(plant.local.address), served.error().message());
                return exit_could_not_start;
            }
            emulators.push_back(std::move(*served));
        }
    }
    int failures = 0;
    TaskGroup tasks(clock, [&](const TaskFailure& failure) {
        fmt::print(stderr, "hil_scheduler check: {}\n", failure.what);
        ++failures;
        clock.stop();
    });
    tasks.spawn("probe", [&]() -> awaitable<void> {
        for (const auto& plant : setup.config.plants)
            co_await probe_plant(clock, *network, plant, mode, failures);
        for (const auto& emulator : emulators)
            co_await emulator->stop();
        clock.stop();
    });
    clock.run();
    if (failures > 0) {
        fmt::print("{} reading{} failed\n", failures, failures == 1 ? "" : "s");
        return exit_failed;
    }
    return exit_done;
}

}  // namespace

int check_command(const CheckOptions& options) {
    const auto setup = load_setup(options.common);
    if (!setup) return exit_usage;
    schedule::PlanStore store(setup->plant_ids);
    if (!load_plans(options.common.schedules, *setup, store)) return exit_usage;
    const auto count = setup->config.plants.size();
    fmt::print("{}: good, {} plant{}\n", options.common.config_file.string(), count, count == 1 ? "" : "s");
    return options.probe ? probe(*setup) : exit_done;
}

}  // namespace hil::app
