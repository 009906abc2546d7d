#include "app/check_command.hpp"

#include "app/load_setup.hpp"
#include "base/number.hpp"
#include "base/task_group.hpp"
#include "config/names.hpp"
#include "device/capability.hpp"
#include "plant/probe.hpp"
#include "plant_sim/device_server.hpp"
#include "plant_sim/plant_server.hpp"
#include "service/shared_addresses.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>

namespace hil::app {
namespace {

std::string words_text(const plant::ProbedPoint& probed, std::uint16_t count) {
    std::string text = fmt::format("{:04X}", probed.value.words[0]);
    if (count > 1) text += fmt::format(" {:04X}", probed.value.words[1]);
    return text;
}

void print_point(const config::Point& point, int decimals, const plant::ProbedPoint& probed) {
    const auto head =
        fmt::format("  {:<20} {:>5}  {:<7}", point.name, point.address, config::to_string(point.format));
    if (probed.error) {
        fmt::print("{}  {}\n", head, probed.error.message());
        return;
    }
    const auto shown = probed.value.known ? format_number(probed.value.value, decimals) : "unknown";
    fmt::print("{}  {:>12}  [{}]", head, shown, words_text(probed, point.word_count()));
    if (!probed.value.known) fmt::print("  ! {}", plant::to_string(probed.value.why));
    if (probed.may_be_half()) {
        fmt::print("  ! followed by {:04X}: may be half of a value of 32 bits", *probed.next_word);
    }
    fmt::print("\n");
}

// What is probed: a plant or a watched device.
struct Probed {
    const std::string &id, &name;
    const config::ModbusEndpoint& endpoint;
    plant::ModelLimits limits;
};

// Reads every readable point of one device once and prints a line for each; counts what did not answer.
awaitable<void> probe_one(Clock& clock, Network& network, Probed probed_device, int& failures) {
    const auto& [id, name, endpoint, limits] = probed_device;
    AsyncEvent changed(clock);
    plant::Link link(clock, network, Random(1), plant::with_neighbours(endpoint),
                     {[&changed](const plant::LinkStatus&) { changed.notify(); }, {}, {}}, limits);
    TaskGroup tasks(clock);
    tasks.spawn("link", [&link] { return link.run(); });

    fmt::print("{} ({}) at {}, unit {}\n", name, id, to_string(endpoint.address), endpoint.unit_id);
    const Duration timeout = link.longest_attempt() + std::chrono::milliseconds(100);
    while (link.status().state != plant::LinkState::connected && co_await changed.wait_io_for(timeout)) {
        if (link.status().state == plant::LinkState::waiting) break;
    }
    if (link.status().state != plant::LinkState::connected) {
        fmt::print("  no connection: {}\n", link.status().failing() ? link.status().trouble() : "no answer");
        ++failures;
    } else {
        for (const auto& probed : co_await plant::probe(link)) {
            print_point(link.map().point(probed.point), link.map().codec(probed.point).decimals(), probed);
            if (probed.error) ++failures;
        }
        if (link.status().cause) fmt::print("  ! {}\n", link.status().trouble());
        for (const auto& point : endpoint.points) {
            if (point.access != config::Access::write) continue;
            fmt::print("  {:<20} {:>5}  {:<7}  not read (access w)\n", point.name, point.address,
                       config::to_string(point.format));
        }
    }
    link.stop();
    tasks.cancel();
    co_await tasks.join();
}

// Says why one of them cannot be.
bool serve_emulators(const service::Setup& setup, Clock& clock, Network& network,
                     std::vector<std::unique_ptr<plant_sim::PlantServer>>& emulators,
                     std::vector<std::unique_ptr<plant_sim::DeviceServer>>& devices) {
    service::SharedAddresses shared(clock, network, setup.config);
    for (const auto& plant : setup.config.plants) {
        plant_sim::PlantServerOptions options;
        if (auto gateway = shared.gateway(plant.local.address)) options.gateway = std::move(*gateway);
        options.initial_soc_pu = setup.config.startup.initial_soc_pu;
        options.recording = setup.recordings.of(plant.id);
        auto served = plant_sim::PlantServer::open(clock, network, plant, plant.local, options);
        if (!served) {
            fmt::print(stderr, "hil_scheduler check: the emulator of {} cannot listen on {}: {}\n", plant.id,
                       to_string(plant.local.address), served.error().message());
            return false;
        }
        emulators.push_back(std::move(*served));
    }
    for (const auto& device : setup.config.devices) {
        if (!device.has_local) continue;
        plant_sim::DeviceServerOptions options;
        if (auto gateway = shared.gateway(device.local.address)) options.gateway = std::move(*gateway);
        auto served = plant_sim::DeviceServer::open(clock, network, device, device.local, setup.zone,
                                                    std::move(options));
        if (const auto* why = std::get_if<std::string>(&served)) {
            fmt::print(stderr, "hil_scheduler check: {}\n", *why);
            return false;
        }
        devices.push_back(std::move(std::get<0>(served)));
    }
    return true;
}

int probe(const service::Setup& setup) {
    asio::io_context context(1);
    RealClock clock(context);
    const auto network = make_tcp_network(clock);
    const auto mode = setup.config.startup.transport_mode;
    std::vector<std::unique_ptr<plant_sim::PlantServer>> emulators;
    std::vector<std::unique_ptr<plant_sim::DeviceServer>> devices;
    if (mode == config::TransportMode::local && !serve_emulators(setup, clock, *network, emulators, devices))
        return exit_could_not_start;
    int failures = 0;
    TaskGroup tasks(clock, [&](const TaskFailure& failure) {
        fmt::print(stderr, "hil_scheduler check: {}\n", failure.what);
        ++failures;
        clock.stop();
    });
    tasks.spawn("probe", [&]() -> awaitable<void> {
        for (const auto& plant : setup.config.plants)
            co_await probe_one(clock, *network,
                               {plant.id, plant.name, plant.endpoint(mode), plant::limits_of(plant.model)},
                               failures);
        for (const auto& device : setup.config.devices)
            if (device.has(mode))
                co_await probe_one(clock, *network, {device.id, device.name, device.endpoint(mode), {}},
                                   failures);
        for (const auto& emulator : devices)
            co_await emulator->stop();
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

// What an emergency stop of each plant takes until its writes are on their way.
void print_emergency(const service::Setup& setup) {
    for (const auto& plant : setup.config.plants) {
        const auto mode = setup.config.startup.transport_mode;
        if (!plant.has(mode)) continue;
        const auto& endpoint = plant.endpoint(mode);
        const std::size_t zeros = plant.takes_reactive_power(mode) ? 2 : 1;
        const auto delay = plant::emergency_delay(endpoint, zeros + endpoint.stop_sequence.size());
        fmt::print(
            "{}: an emergency stop is written {}; within {:g} s where the plant does not answer and takes a "
            "new connection\n",
            plant.id,
            delay.answering > Duration::zero() ? fmt::format("within {:g} s", to_seconds(delay.answering))
                                               : "at once",
            to_seconds(delay.stuck));
    }
}

// What is only watched, and what of each is read.
void print_devices(const service::Setup& setup) {
    for (const auto& device : setup.config.devices) {
        const auto mode = setup.config.startup.transport_mode;
        const auto can = device::watched(device.kind);
        if (!device.has(mode)) {
            fmt::print("{}: {}, watched only; it has no {} endpoint and is not read\n", device.id, can.noun,
                       config::to_string(mode));
            continue;
        }
        const auto& endpoint = device.endpoint(mode);
        std::vector<std::string_view> columns;
        for (const auto& column : can.measures->columns)
            if (endpoint.find(column.point) != nullptr) columns.push_back(column.name);
        fmt::print("{}: {}, watched only, at {} unit {}: {}\n", device.id, can.noun,
                   to_string(endpoint.address), endpoint.unit_id, fmt::join(columns, ", "));
    }
}

}  // namespace

int check_command(const CheckOptions& options) {
    auto setup = load_setup(options.common);
    if (!setup || !service::load_recordings(*setup)) return exit_usage;
    schedule::PlanStore store(setup->plant_ids);
    if (!service::load_plans(options.common.schedules, *setup, store)) return exit_usage;
    const auto count = setup->config.plants.size();
    fmt::print("{}: good, {} plant{}\n", options.common.config_file.string(), count, count == 1 ? "" : "s");
    print_emergency(*setup);
    print_devices(*setup);
    if (!options.probe) return exit_done;
    if (const auto lacking = missing_endpoints(*setup)) {
        fmt::print(stderr, "hil_scheduler check: {}\n", *lacking);
        return exit_usage;
    }
    return probe(*setup);
}

}  // namespace hil::app
