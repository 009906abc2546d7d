#include "simulate/world/inspection.hpp"

#include "simulate/invariants/rows.hpp"

#include "store/database.hpp"

#include <fmt/format.h>

#include <utility>

namespace hil::simulate {

using namespace std::chrono_literals;

SimulatedInspection::SimulatedInspection(Site site)
    : site_(std::move(site)), next_memory_(site_.clock.now() + 10min), next_look_(site_.clock.now() + 5min) {
    for (const auto& plant : site_.setup.config.plants)
        alert_keys_.push_back({.unconfirmed = plant.id + "/setpoint",
                               .astray = plant.id + "/safety/setpoint_not_followed",
                               .p_opposed = plant.id + "/opposed/p_setpoint",
                               .q_opposed = plant.id + "/opposed/q_setpoint",
                               .stale = plant.id + "/safety/stale_data",
                               .idle = plant.id + "/idle"});
}

void SimulatedInspection::fail(std::string plant, std::string text) {
    site_.fail({"flat", std::move(plant), site_.clock.wall_now(), std::move(text)});
}

awaitable<void> SimulatedInspection::run() {
    const auto period = site_.setup.config.timing.scheduler_period;
    Instant next = site_.clock.now() + period / 2;
    for (;;) {
        co_await site_.clock.sleep_until(next);
        next += period;
        if (over_) co_return;
        site_.commands.inspect();
        auto* process = site_.process();
        if (process == nullptr) continue;
        inspect_plants(*process);
        inspect_devices(process->service());
        inspect_whole(process->service());
        inspect_disk(*process);
    }
}

void SimulatedInspection::inspect_plants(SimulatedProcess& process) {
    for (std::size_t i = 0; i < site_.watches.size(); ++i) {
        const auto& unit = process.service().unit(i);
        const auto& alert = alert_keys_[i];
        const auto raised = [&](const std::string& key) { return process.alerts().find(key) != nullptr; };
        const auto text = [&](const std::string& key) {
            const auto* found = process.alerts().find(key);
            return found == nullptr ? std::string() : found->message;
        };
        auto& watch = *site_.watches[i];
        watch.inspect({.connected = unit.link().status().state == plant::LinkState::connected,
                       .unconfirmed_alarm = raised(alert.unconfirmed),
                       .astray_alarm = raised(alert.astray),
                       .p_opposed = text(alert.p_opposed),
                       .q_opposed = text(alert.q_opposed),
                       .stale_alarm = raised(alert.stale),
                       .dispatching = unit.control().dispatch_enabled() &&
                                      unit.control().state() == control::PlantState::running &&
                                      unit.control().desired() == control::Desired::running,
                       .idle_alarm = raised(alert.idle)});
        if (watch.answers_under_way() > 64) fail(unit.plant().id, "answers pile up");
    }
}

void SimulatedInspection::inspect_devices(const service::Service& service) {
    const auto& devices = service.parts().devices;
    std::size_t next = 0;
    for (std::size_t i = 0; i < devices.size(); ++i)
        if (devices.at(i).device().has_local) site_.devices[next++]->inspect(devices.at(i).counters());
}

void SimulatedInspection::inspect_whole(const service::Service& service) {
    if (const auto timers = site_.clock.timers().size();
        timers > 60 + 20 * (site_.watches.size() + site_.devices.size()))
        fail({}, fmt::format("{} timers are armed", timers));
    const auto tasks = service.tasks();
    if (tasks_ == 0) tasks_ = tasks;
    // While the plants change sides, those of one have ended and those of the other have not begun.
    const bool changing = service.switching() == service::Service::Switching::transport;
    if (tasks != tasks_ && !changing)
        fail({}, fmt::format("{} tasks of the service, {} in the beginning", tasks, tasks_));
    if (site_.clock.now() >= next_look_) {
        next_look_ = site_.clock.now() + 5min;
        site_.look_at_outbox();
        if (const auto* market = service.market()) site_.posts.look_at(market->posting().effective);
    }
    if (site_.clock.now() < next_memory_) return;
    next_memory_ = site_.clock.now() + 1h;
    inspect_memory();
}

// A disk that does not answer what is recorded is told of in time.
void SimulatedInspection::inspect_disk(const SimulatedProcess& process) {
    constexpr auto soon = 10s;
    if (site_.machine.silence() <= soon || process.alerts().find("recording/disk") != nullptr) return;
    site_.fail({"disk",
                {},
                site_.clock.wall_now(),
                fmt::format("a write has been unanswered for {:.1f} s and no alert says so",
                            to_seconds(site_.machine.silence()))});
}

void SimulatedInspection::inspect_memory() {
    // The database of a simulation has no file.
    std::size_t accounted = site_.commands.memory() + site_.posts.memory() + store::memory_in_use();
    for (const auto& watch : site_.watches)
        accounted += watch->memory();
    for (const auto& device : site_.devices)
        accounted += device->memory();
    for (const auto& [path, text] : site_.machine.files()->files())
        accounted += text.capacity();
    if (const auto growth = memory_use_.growth(accounted); growth > MemoryWatch::allowed_growth)
        fail({}, fmt::format("{} bytes more are in use than in the first hour", growth));
}

std::size_t SimulatedInspection::judge_files(WallTime from, const PlantInvariants::Fail& fail) const {
    std::size_t measured = 0;
    const RecordingRules rules{.zone = site_.setup.config.timezone,
                               .grid = from,
                               .period = site_.setup.config.timing.measurement_period,
                               .compression = site_.setup.config.compression};
    for (const auto& watch : site_.watches)
        measured += judge_recordings(site_.machine.files()->files(), *watch, rules, fail);
    for (const auto& watch : site_.devices) {
        const auto rows = watch->judge_files(site_.machine.files()->files());
        measured += rows;
        if (rows == 0 && site_.all_is_read)
            fail({"devices", watch->device().id, site_.clock.wall_now(), "nothing was recorded"});
    }
    return measured;
}

}  // namespace hil::simulate
