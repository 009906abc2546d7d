#include "simulate/world/service.hpp"

#include "device/recorded.hpp"
#include "measure/repair.hpp"
#include "service/operator_actions.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace hil::simulate {

SimulatedService::SimulatedService(const Site& site, Random random) : site_(site), random_(random) {}

// With the seed of the site, so that nothing that others draw is shifted.
void SimulatedService::open_remotes() {
    const auto& config = site_.setup.config;
    for (const auto& plant : config.plants) {
        if (!plant.has_remote) continue;
        plant_sim::PlantServerOptions options;
        options.period = config.timing.plant_period;
        options.initial_soc_pu = config.startup.initial_soc_pu;
        options.faults = site_.faults;
        auto opened =
            plant_sim::PlantServer::open(site_.clock, site_.network, plant, plant.remote, std::move(options));
        if (!opened) throw std::runtime_error(plant.id + ": " + opened.error().message());
        remotes_.push_back(std::move(*opened));
    }
}

plant_sim::PlantServer& SimulatedService::device(std::size_t plant) {
    auto* own = process_->service().unit(plant).emulator();
    return own != nullptr ? *own : *remotes_.at(plant);
}

bool SimulatedService::stands_apart(std::size_t plant) {
    return process_->service().unit(plant).emulator() == nullptr;
}

// The site uses the other side of the plant from here on.
void SimulatedService::moved(std::size_t plant) {
    if (killed_) return;
    auto& watch = *site_.watches[plant];
    watch.leave_side(site_.commands.moves_by_force());
    watch.attach(device(plant).emulator(), stands_apart(plant));
    watch.moved(found(plant));
}

void SimulatedService::start(bool others) {
    open_remotes();
    make_process(true);
    for (std::size_t i = 0; i < process_->service().size(); ++i) {
        auto& unit = process_->service().unit(i);
        site_.watches.push_back(std::make_unique<PlantInvariants>(
            site_.clock, unit.plant(), unit.endpoint(), device(i).emulator(), site_.settings(), site_.fail));
        if (stands_apart(i)) site_.watches[i]->attach(device(i).emulator(), true);
        follow(i);
        if (others && random_.chance(0.25)) find_running(i);
        site_.watches[i]->service_back(found(i));
    }
    const auto& config = site_.setup.config;
    for (const auto& device : config.devices)
        if (device.has_local)
            site_.devices.push_back(std::make_unique<DeviceWatch>(
                site_.clock, device,
                DeviceWatch::Settings{.sample_period = config.timing.measurement_period, .grid = site_.grid},
                site_.fail));
    follow_devices();
}

// Every life has emulators of its own.
void SimulatedService::follow_devices() {
    auto& devices = process_->service().parts().devices;
    std::size_t next = 0;
    for (std::size_t i = 0; i < devices.size(); ++i) {
        auto* server = devices.at(i).emulator();
        if (server == nullptr) continue;
        auto& watch = *site_.devices[next++];
        service::DeviceObserver observer;
        observer.on_sample = [this, &watch](const measure::Row& row) {
            if (!killed_) watch.sampled(row);
        };
        observer.on_emulator = [&watch](plant_sim::DeviceEmulator& emulator) {
            watch.shown(emulator.bank());
            emulator.on_shown = [&watch, &emulator] { watch.shown(emulator.bank()); };
        };
        observer.on_emulator(server->emulator());
        devices.at(i).observe(std::move(observer));
    }
}

void SimulatedService::make_process(bool first) {
    // Every life samples on the same grid.
    const auto period = site_.setup.config.timing.measurement_period;
    const auto since = site_.clock.wall_now() - site_.grid;
    const auto steps = (since + period - Duration(1)) / period;
    SimulatedProcess::Options options;
    options.anchor = site_.clock.instant(site_.grid + steps * period);
    options.first = first;
    options.seed = random_.next();
    options.faults = site_.faults;
    process_ =
        std::make_unique<SimulatedProcess>(site_.clock, site_.network, site_.machine, site_.setup, options);
    killed_ = false;
    ++lives_;
    events_ = process_->events().subscribe([this](const observe::Event& event) {
        // What was asked for is in the trace as the command it was.
        if (killed_ || event.kind == service::action_kind || event.kind == service::changed_plan_kind) return;
        site_.trace.add("event", event.plant).text("kind", event.kind).text("message", event.message);
        const auto& ids = site_.setup.plant_ids;
        const auto plant = std::find(ids.begin(), ids.end(), event.plant);
        if (event.kind == "setpoint.zero_refused" && plant != ids.end())
            site_.watches[static_cast<std::size_t>(plant - ids.begin())]->zero_refused();
    });
    command_news_ = process_->service().parts().commands.subscribe(
        [this](const control::Command& command) { on_command(command); });
    safety_news_ = process_->service().parts().safety.subscribe([this](const control::SafetyEvent& event) {
        if (killed_ || !event.plant) return;
        auto& watch = *site_.watches[*event.plant];
        watch.disturbed();
        watch.derated(process_->service().parts().safety.derating(*event.plant).stage !=
                      control::Stage::normal);
        if (event.kind == control::SafetyEvent::Kind::tripped) site_.commands.tripped(*event.plant);
    });
}

void SimulatedService::follow(std::size_t plant) {
    service::PlantObserver observer;
    observer.on_write = [this, plant](const auto& write) { on_write(plant, write); };
    if (site_.on_sample || site_.trace.detailed())
        observer.on_sample = [this, plant](const measure::Row& row) { on_sample(plant, row); };
    observer.on_link = [this, plant](const plant::LinkStatus& status) {
        if (killed_) return;
        site_.trace.add("link", site_.setup.plant_ids[plant])
            .number("state", static_cast<double>(status.state));
    };
    observer.on_bound = [this, plant] { moved(plant); };
    process_->service().unit(plant).observe(std::move(observer));
}

// Now and then a plant runs already, with setpoints somebody left in it.
void SimulatedService::find_running(std::size_t plant) {
    auto& unit = process_->service().unit(plant);
    auto& holding = device(plant).emulator().bank().holding;
    for (const auto& step : unit.endpoint().start_sequence)
        if (const auto* point = unit.endpoint().find(step.point))
            holding[point->address] = static_cast<std::uint16_t>(step.value);
    holding[unit.endpoint().find("p_setpoint")->address] = static_cast<std::uint16_t>(random_.below(2000));
    site_.trace.add("runs_already", unit.plant().id);
}

void SimulatedService::put_back(std::size_t plant, const Hardware& hardware) {
    auto& emulator = device(plant).emulator();
    (void)emulator.seed_soc(hardware.soc_pu, "the plant went on");
    emulator.bank().holding = hardware.registers;
}

PlantInvariants::Found SimulatedService::found(std::size_t plant) const {
    using Found = PlantInvariants::Found;
    if (!site_.watches[plant]->enabled()) return Found::stopped;
    if (site_.commands.latched() || site_.commands.trip_holds(plant)) return Found::to_be_stopped;
    switch (site_.setup.config.general.on_start_running) {
        case config::OnStartRunning::safe_stop:
            return Found::to_be_stopped;
        case config::OnStartRunning::adopt:
            return Found::adopted;
        case config::OnStartRunning::leave:
            break;
    }
    return Found::left_alone;
}

awaitable<void> SimulatedService::end_in_order() {
    auto& service = process_->service();
    co_await service.stop_recording();
    if (site_.setup.config.general.on_exit == config::OnExit::safe_stop)
        (void)co_await service.stop_plants("signal");
}

// As every start of the program does; it ends, and is started again, where that fails.
awaitable<void> SimulatedService::mend_recordings() {
    const auto& directory = site_.setup.config.general.data_dir;
    for (int tries = 0; tries < 20; ++tries) {
        const auto schema_of = [this](std::string_view id) -> const auto& {
            return device::recorded_schema(site_.setup.config, id);
        };
        if (measure::repair(*site_.machine.files(), directory, site_.setup.zone, schema_of).problems.empty())
            break;
        site_.trace.add("not_mended");
        co_await site_.clock.sleep_for(std::chrono::seconds(5), Phase::plant);
    }
}

awaitable<void> SimulatedService::restart(Ending ending) {
    ending_ = true;
    site_.trace.add(ending.kill ? "service_killed" : "service_ends");
    if (ending.kill) {
        killed_ = true;
        process_->kill();
        for (std::size_t i = 0; i < site_.watches.size(); ++i) {
            site_.memory.reset_connections(process_->service().unit(i).endpoint().address);
            site_.watches[i]->service_gone();
        }
        for (const auto& device : site_.setup.config.devices)
            site_.memory.reset_connections(device.local.address);
        site_.commands.service_gone(true);
    } else {
        co_await end_in_order();
    }
    co_await process_->close();
    if (!ending.kill) {
        for (const auto& watch : site_.watches)
            watch->service_gone();
        site_.commands.service_gone(false);
    }
    if (site_.on_end) site_.on_end();
    std::vector<std::optional<Hardware>> hardware;
    for (std::size_t i = 0; i < site_.watches.size(); ++i)
        hardware.push_back(switched_off(i));
    for (const auto& watch : site_.watches)
        watch->detach();
    command_news_.end();
    safety_news_.end();
    events_.end();
    process_.reset();
    co_await site_.clock.sleep_for(ending.absence, Phase::plant);

    site_.machine.take_on();
    co_await mend_recordings();
    for (const auto& plant : remotes_)
        if (!ending.plants_go_on) plant->restart();
    make_process(false);
    site_.trace.add("service_begins").number("plants_went_on", ending.plants_go_on ? 1 : 0);
    for (std::size_t i = 0; i < site_.watches.size(); ++i) {
        site_.watches[i]->attach(device(i).emulator(), stands_apart(i));
        follow(i);
        if (ending.plants_go_on && hardware[i] && process_->service().unit(i).emulator() != nullptr)
            put_back(i, *hardware[i]);
        site_.watches[i]->service_back(found(i));
    }
    follow_devices();
    if (site_.on_begin) site_.on_begin();
    co_await process_->begin();
    ending_ = false;
}

// What a plant of the service's own side is when the service has ended; none of the remote side, which goes
// on.
std::optional<SimulatedService::Hardware> SimulatedService::switched_off(std::size_t plant) {
    auto* own = process_->service().unit(plant).emulator();
    if (own == nullptr) return std::nullopt;
    const auto& emulator = own->emulator();
    return Hardware{emulator.bank().holding, emulator.energy_kwh() / emulator.model().capacity_kwh()};
}

awaitable<void> SimulatedService::close() {
    if (process_) co_await process_->close();
    for (const auto& plant : remotes_)
        co_await plant->stop();
}

void SimulatedService::on_command(const control::Command& command) {
    if (killed_) return;
    auto line = site_.trace.add("command", command.plant);
    line.text("id", command.id)
        .text("kind", command.kind)
        .text("state", control::to_string(command.state))
        .text("message", command.message);
    site_.commands.note(command);
}

void SimulatedService::on_write(std::size_t plant, const control::PlantControl::WriteEvent& write) {
    if (killed_) return;
    const auto& unit = process_->service().unit(plant);
    auto line = site_.trace.add("write", unit.plant().id);
    line.text("point", unit.link().map().point(write.point).name)
        .number("value", write.value)
        .text("by", control::to_string(write.source))
        .text("outcome", write.outcome ? write.outcome.message() : "ok");
    if (write.reason == nullptr) return;
    const auto& active = write.reason->active;
    line.text("source", schedule::to_string(active.source))
        .text("reason", schedule::to_string(active.reason))
        .number("version", static_cast<double>(active.version))
        .number("line", active.line)
        .number("asked", write.reason->asked)
        .text("limit", schedule::to_string(write.reason->limit));
}

void SimulatedService::on_sample(std::size_t plant, const measure::Row& row) {
    if (killed_) return;
    if (site_.trace.detailed()) {
        auto line = site_.trace.add("sample", site_.setup.plant_ids[plant]);
        line.text("at", site_.setup.zone.format(row.at));
        for (std::size_t c = 0; c < measure::column_count; ++c)
            line.number(measure::column_names[c], row.values[c]);
    }
    if (site_.on_sample) site_.on_sample(plant, row);
}

}  // namespace hil::simulate
