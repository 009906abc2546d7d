#include "simulate/scenarios/service.hpp"

#include "measure/repair.hpp"
#include "planfile/plan_file.hpp"

#include <algorithm>
#include <utility>

namespace hil::simulate {

ScenarioService::ScenarioService(Clock& clock, MemoryNetwork& network, SimulatedMachine& machine,
                                 const ScenarioSetup& setup, std::uint64_t seed, Hooks hooks)
    : clock_(clock),
      network_(network),
      machine_(machine),
      setup_(setup),
      random_(seed),
      hooks_(std::move(hooks)),
      grid_(clock.wall_now()) {}

void ScenarioService::make_process() {
    // Every life samples on the same grid.
    const auto period = setup_.setup.config.timing.measurement_period;
    const auto steps = (clock_.wall_now() - grid_ + period - Duration(1)) / period;
    SimulatedProcess::Options options;
    options.anchor = clock_.instant(grid_ + steps * period);
    options.first = false;
    options.seed = random_.next();
    process_ = std::make_unique<SimulatedProcess>(clock_, network_, machine_, setup_.setup, options);
    events_ = process_->events().subscribe([this](const observe::Event& event) { hooks_.on_event(event); });
    auto& service = process_->service();
    commands_ =
        service.parts().commands.subscribe([this](const control::Command& c) { hooks_.on_command(c); });
    changes_ = service.on_change([this](const observe::Subject&) { hooks_.on_change(); });
}

awaitable<void> ScenarioService::begin() {
    make_process();
    for (const auto& plan : setup_.scenario.plans)
        planfile::apply_plan(plan, process_->service().parts().plans);
    co_await process_->begin();
    co_await start_plants();
}

// As `run --start --record` does, once for each plant; whoever waits longer asks by a command.
awaitable<void> ScenarioService::start_plants() {
    starts_ = std::make_unique<TaskGroup>(clock_);
    auto& service = process_->service();
    for (const auto& id : setup_.scenario.start) {
        const auto plant = service.parts().plans.find_plant(id).value();
        starts_->spawn("start " + id, [&service, plant]() -> awaitable<void> {
            (void)co_await service.start_plant(plant, true, "scenario");
        });
    }
    co_return;
}

void ScenarioService::deafen() {
    events_.end();
    commands_.end();
    changes_.end();
}

awaitable<void> ScenarioService::close() {
    if (starts_) {
        starts_->cancel();
        co_await starts_->join();
    }
    co_await process_->close();
    deafen();
    process_.reset();
}

awaitable<void> ScenarioService::restart(scenario::RestartService how) {
    ending_ = true;
    hooks_.on_change();
    if (how.kill) {
        deafen();
        process_->kill();
        for (const auto& plant : setup_.setup.config.plants)
            network_.reset_connections(plant.remote.address);
        network_.reset_connections(scenario_platform);
    } else {
        auto& service = process_->service();
        co_await service.stop_recording();
        if (setup_.setup.config.general.on_exit == config::OnExit::safe_stop)
            (void)co_await service.stop_plants("scenario");
    }
    co_await close();
    co_await clock_.sleep_for(how.absence, Phase::plant);
    machine_.take_on();
    (void)measure::repair(*machine_.files(), setup_.setup.config.general.data_dir, setup_.setup.zone);
    make_process();
    co_await process_->begin();
    ending_ = false;
    hooks_.on_change();
    co_await start_plants();
}

awaitable<void> ScenarioService::abandon() {
    ending_ = true;
    if (process_) co_await close();
}

awaitable<std::string> ScenarioService::end() {
    if (!process_) co_return "the service is not there";
    auto& service = process_->service();
    std::string why = process_->broken().empty() ? service.broken() : process_->broken();
    co_await service.stop_recording();
    const auto id = service.parts().commands.submit("fleet.stop_all", "", {}, "scenario").id;
    const auto stopped = co_await service.parts().commands.finished(id);
    if (why.empty() && (!stopped || stopped->state != control::CommandState::succeeded))
        why = stopped ? stopped->message : "without a record";
    ending_ = true;
    co_await close();
    co_return why;
}

}  // namespace hil::simulate
