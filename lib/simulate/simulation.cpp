#include "simulate/simulation.hpp"

#include "base/memory_network.hpp"
#include "simulate/world/description.hpp"
#include "simulate/world/devices.hpp"
#include "simulate/world/fault_network.hpp"
#include "simulate/world/fault_timeline.hpp"
#include "simulate/world/first_plans.hpp"
#include "simulate/world/inspection.hpp"
#include "simulate/world/instruments.hpp"
#include "simulate/world/operator.hpp"
#include "simulate/world/plan.hpp"
#include "simulate/world/platform.hpp"
#include "simulate/world/policies.hpp"
#include "simulate/world/service.hpp"
#include "simulate/world/watched.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hil::simulate {
namespace {

using namespace std::chrono_literals;

// What is drawn from it does not shift what others draw.
constexpr std::uint64_t habits_stream = 0x6c696e6b'68616269;
constexpr std::uint64_t hangs_stream = 0x6469736b'68616e67;
constexpr std::uint64_t setpoints_stream = 0x73657470'6f696e74;
constexpr std::uint64_t strangers_stream = 0x73747261'6e676572;

constexpr Duration calm_end = 5min;             // at the end of a simulation nothing goes wrong any more
constexpr Duration last_restart = 10min;        // before the end
constexpr Duration longest_command_end = 4min;  // of those asked for before the end

class Simulation {
  public:
    Simulation(const service::Setup& setup, const SimulationOptions& options)
        : options_(options),
          random_(options.seed),
          setup_(draw_watched(options.seed,
                              draw_devices(options.seed, draw_policies(random_.fork(), setup, options.faults),
                                           options.faults),
                              options.faults)),
          from_(options.from.value_or(draw_begin(random_, setup.zone))),
          clock_(context_, from_),
          memory_(clock_),
          trace_(clock_, setup_.zone, options.trace),
          machine_(clock_, trace_, options.faults, random_.fork(), Random(options.seed ^ hangs_stream)),
          commands_(clock_, setup_.plant_ids.size(), watches_,
                    [this](Violation violation) { fail(std::move(violation)); }),
          posts_(clock_, setup_.config, watches_,
                 [this](Violation violation) { fail(std::move(violation)); }) {
        const Random network_random = random_.fork();
        if (options.faults.network()) {
            network_.emplace(clock_, memory_, network_random, options.faults,
                             setup.config.plants[0].local.timeout, fault_hooks());
        } else {
            memory_.on_connected = [this](const Endpoint& at, const auto&, const auto&) { on_connected(at); };
        }
        if (options.faults.market()) {
            platform_.emplace(clock_, options.length, memory_, setup_.config, options.faults, trace_, posts_,
                              random_.fork());
        }
        commands_.on_source = [this](bool api) { set_source(api); };
        commands_.on_ended = [this](const control::Command& command) {
            fault_timeline_->command_ended(command);
        };
        constexpr std::uint64_t unavailable_stream = 0x756e617661696c;
        instruments_.emplace(SimulatedInstruments::Site{clock_, setup_, watches_, trace_}, options.faults,
                             random_.fork(), Random(options.seed ^ habits_stream),
                             Random(options.seed ^ setpoints_stream),
                             Random(options.seed ^ unavailable_stream));
        service_.emplace(service_site(), random_.fork());
        service_->start(options.faults.overwrites > 0);
        for (std::size_t i = 0; i < watches_.size(); ++i)
            watches_[i]->forbidden = [this, i] { return commands_.latched() || commands_.trip_holds(i); };
        new_life();
        if (network_) {
            for (const auto& watch : watches_)
                watch->delay_answers();
        }
        if (auto violation = load_first_plans({setup_, watches_, service_->process()->service().parts().plans,
                                               from_, from_ + options.length, options.plans},
                                              random_))
            fail(*std::move(violation));
        const auto process = [this] { return service_->process(); };
        operator_.emplace(SimulatedOperator::Site{clock_, process, setup_, commands_, trace_}, options.faults,
                          random_.fork());
        fault_timeline_.emplace(
            FaultTimeline::Site{
                clock_, process, setup_,
                [this](std::size_t i) -> plant_sim::PlantServer& { return service_->device(i); },
                network_ ? &*network_ : nullptr, watches_, trace_, from_ + options.length,
                options.plans == nullptr, instruments_->faults()},
            options.faults, random_.fork(), Random(options.seed ^ strangers_stream));
        restart_random_ = random_.fork();
        inspection_.emplace(SimulatedInspection::Site{
            clock_, setup_, process, watches_, device_watches_, commands_, posts_, machine_,
            [this] { look_at_outbox(); }, [this](Violation violation) { fail(std::move(violation)); },
            !options.faults.network()});
    }

    SimulationResult run() {
        result_.from = from_;
        TaskGroup day(clock_, [this](const TaskFailure& failure) {
            fail({"tasks",
                  {},
                  clock_.wall_now(),
                  fmt::format("the simulation itself failed: {}: {}", failure.task, failure.what)});
        });
        day.spawn("day", [this] { return live(); });
        day.spawn("inspection", [this] { return inspection_->run(); });
        const auto end =
            options_.stop_at ? std::min(*options_.stop_at, from_ + options_.length) : from_ + options_.length;
        clock_.run_until(clock_.instant(end) + (options_.stop_at ? 0s : 10min));
        if (!done_ && !result_.violation && !options_.stop_at)
            fail({"tasks", {}, clock_.wall_now(), "the site did not end within ten minutes of its last"});
        result_.until = clock_.wall_now();
        if (result_.violation || options_.stop_at)
            result_.state = describe_site(setup_, watches_, *service_, clock_.wall_now());
        if (done_) {
            over_ = false;
            result_.rows += inspection_->judge_files(from_, [this](Violation violation) {
                if (!result_.violation) result_.violation = std::move(violation);
            });
            over_ = true;
        } else {
            over_ = true;
            day.cancel();
            clock_.run_until(clock_.now() + 1s);
            TaskGroup closing(clock_);
            closing.spawn("close", [this]() -> awaitable<void> {
                co_await operator_->end();
                co_await service_->close();
                if (platform_) co_await platform_->close();
            });
            clock_.run_until(clock_.now() + 2min);
        }
        collect();
        return std::move(result_);
    }

  private:
    FaultNetwork::Hooks fault_hooks() {
        FaultNetwork::Hooks hooks;
        hooks.on_fault = [this](const Endpoint& at, std::string_view kind, Duration lasts) {
            if (over_) return;
            ++result_.faults;
            auto* watch = watch_at(at);
            trace_.add("fault", watch == nullptr ? std::string_view() : watch->plant().id).text("kind", kind);
            if (watch == nullptr) return;
            watch->disturbed(lasts);
            if (kind == "exception 2") watch->unreadable(lasts);
            // As far as the service can know, the plant refuses what is beyond a limit of its own.
            if (kind == "exception 4 to a write") watch->device_limits(PlantInvariants::refusal_memory);
        };
        hooks.on_connected = [this](const Endpoint& at) { on_connected(at); };
        hooks.on_answer = [this](const Endpoint& at, bool delivered) {
            if (auto* watch = watch_at(at)) watch->answer_over(delivered);
        };
        return hooks;
    }

    void on_connected(const Endpoint& at) {
        if (auto* watch = watch_at(at)) watch->connected();
    }

    PlantInvariants* watch_at(const Endpoint& at) {
        for (std::size_t i = 0; i < watches_.size(); ++i)
            if (in_use(i).address == at) return watches_[i].get();
        return nullptr;
    }

    // Where the service looks for the plant.
    const config::ModbusEndpoint& in_use(std::size_t plant) {
        auto* process = service_ ? service_->present() : nullptr;
        const auto& config = setup_.config;
        return config.plants[plant].endpoint(process ? process->service().transport()
                                                     : config.startup.transport_mode);
    }

    SimulatedService::Site service_site() {
        const auto settings = [this] {
            const auto& timing = setup_.config.timing;
            PlantInvariants::Settings out;
            out.dispatch_period = timing.scheduler_period;
            out.plant_period = timing.plant_period;
            out.sample_period = timing.measurement_period;
            out.unconfirmed_alarm = setup_.config.alerts.setpoint_unconfirmed;
            out.grid = from_;
            if (setup_.config.plants[0].local.find("p_setpoint")->refresh)
                out.obeys_for = SimulatedInstruments::obeys_for;
            out.restarts_by_itself =
                setup_.config.general.on_plant_restart == config::OnPlantRestart::restart;
            return out;
        };
        return {clock_,
                memory_,
                network_ ? static_cast<Network&>(*network_) : memory_,
                machine_,
                setup_,
                watches_,
                commands_,
                trace_,
                from_,
                instruments_->faults(),
                settings,
                [this](Violation violation) { fail(std::move(violation)); },
                [this] { look_at_outbox(); },
                [this] { new_life(); },
                options_.on_sample,
                device_watches_};
    }

    awaitable<void> live() {
        const Instant end = clock_.instant(from_ + options_.length);
        if (platform_) platform_->begin();
        co_await service_->begin();
        operator_->begin();
        operator_->service_back(true);
        fault_timeline_->begin();
        instruments_->begin();
        TaskGroup interruptions(clock_, [this](const TaskFailure& failure) {
            fail({"tasks", {}, clock_.wall_now(), fmt::format("{}: {}", failure.task, failure.what)});
        });
        if (options_.faults.crashes + options_.faults.restarts_in_order > 0)
            interruptions.spawn("restarts", [this, end] { return interrupt(end - last_restart); });
        co_await clock_.sleep_until(std::max(end - calm_end, clock_.now()), Phase::plant);
        while (restarting_)
            co_await clock_.sleep_for(1s);
        interruptions.cancel();
        co_await interruptions.join();
        calm_down();
        co_await fault_timeline_->end();
        co_await instruments_->end();
        co_await operator_->end();
        if (platform_ && !co_await operator_->connect_market(2min))
            fail({"reconnect", {}, clock_.wall_now(), "the platform answers, and is not used"});
        const auto last = clock_.now() + longest_command_end;
        while (!commands_.idle() && clock_.now() < last)
            co_await clock_.sleep_for(1s);
        co_await clock_.sleep_until(end, Phase::plant);
        co_await end_day();
        over_ = true;
        inspection_->end();
        co_await service_->close();
        if (platform_) co_await platform_->close();
        done_ = true;
    }

    void calm_down() {
        machine_.calm();
        if (platform_) platform_->calm();
        if (network_) network_->calm();
        for (const auto& watch : watches_)
            watch->disturbed();
    }

    // The service is killed, or ends in order, and is started again.
    awaitable<void> interrupt(Instant last) {
        auto& random = restart_random_;
        const auto& faults = options_.faults;
        for (;;) {
            co_await next_event(clock_, random, faults.crashes + faults.restarts_in_order);
            SimulatedService::Ending ending;
            ending.kill = random.chance(faults.crashes / (faults.crashes + faults.restarts_in_order));
            ending.plants_go_on = random.chance(0.6);
            ending.absence = seconds(random.uniform(0.5, std::max(faults.longest_absence_s, 1.0)));
            if (clock_.now() > last) co_return;
            restarting_ = true;
            ++result_.restarts;
            co_await operator_->leave();
            co_await service_->restart(ending);
            inspection_->new_life();
            fault_timeline_->service_back(ending.kill);
            operator_->service_back(false);
            restarting_ = false;
        }
    }

    // Plans come from the platform, or from the operators alone.
    void set_source(bool api) {
        for (std::size_t i = 0; i < watches_.size(); ++i) {
            watches_[i]->p_plan.set_base(clock_.wall_now(), api && platform_ ? &platform_->base(i) : nullptr);
            watches_[i]->plan_changed();
        }
    }

    // The service begins with what is configured, and knows nothing of the platform.
    void new_life() {
        const bool api = setup_.config.startup.schedule_source == config::ScheduleSource::api;
        commands_.source_is(api);
        commands_.side_is(setup_.config.startup.transport_mode == config::TransportMode::remote);
        if (platform_) platform_->forget();
        set_source(api);
    }

    // The safe stop of every plant, which succeeds where all is calm, and nothing is left over.
    awaitable<void> end_day() {
        auto& process = *service_->present();
        auto& service = process.service();
        co_await service.stop_recording();
        co_await service.parts().devices.stop_recording();
        const auto id = service.parts().commands.submit("fleet.stop_all", "", {}, "simulation").id;
        const auto stopped = co_await service.parts().commands.finished(id);
        if (!stopped || stopped->state != control::CommandState::succeeded)
            fail({"stop",
                  {},
                  clock_.wall_now(),
                  "the last stop of the site ended " + (stopped ? stopped->message : "without a record")});
        for (std::size_t i = 0; i < service.size(); ++i) {
            if (service.unit(i).control().operating() != false)
                fail({"stop", setup_.plant_ids[i], clock_.wall_now(),
                      "not known as stopped after the last stop"});
            if (service.parts().recorder.waiting_rows(i) != 0)
                fail({"rows", setup_.plant_ids[i], clock_.wall_now(),
                      "rows still wait after the recording ended"});
        }
        if (!service.broken().empty()) fail({"tasks", {}, clock_.wall_now(), service.broken()});
        if (!process.broken().empty()) fail({"tasks", {}, clock_.wall_now(), process.broken()});
        const auto stored = co_await process.audited_commands();
        if (stored)
            commands_.judge_audit(*stored);
        else
            fail({"audit", {}, clock_.wall_now(), "the audit cannot be read: " + stored.error().message()});
        if (platform_) posts_.judge_end(*machine_.database());
    }

    void look_at_outbox() {
        if (platform_) posts_.look_at(*machine_.database());
    }

    void fail(Violation violation) {
        if (result_.violation || over_) return;
        trace_.add("violation", violation.plant)
            .text("invariant", violation.invariant)
            .text("text", violation.text);
        result_.violation = std::move(violation);
        result_.last_events.assign(trace_.latest().begin(), trace_.latest().end());
        clock_.stop();
    }

    void collect() {
        result_.files = machine_.files()->files();
        result_.commands = commands_.commands();
        result_.events = trace_.count();
        result_.faults += machine_.faults() + instruments_->count() + (platform_ ? platform_->faults() : 0);
        result_.posted = posts_.values();
        for (const auto& watch : watches_) {
            result_.requests += watch->counters().requests;
            result_.writes += watch->counters().writes;
        }
    }

    const SimulationOptions& options_;
    Random random_;
    const service::Setup setup_;
    WallTime from_;
    asio::io_context context_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};  // nothing here has a second thread
    VirtualClock clock_;
    MemoryNetwork memory_;
    Trace trace_;
    SimulatedMachine machine_;
    bool over_ = false, done_ = false, restarting_ = false;
    SimulationResult result_;
    std::vector<std::unique_ptr<PlantInvariants>> watches_;
    std::vector<std::unique_ptr<DeviceWatch>> device_watches_;
    CommandWatch commands_;
    PostWatch posts_;
    std::optional<FaultNetwork> network_;
    std::optional<SimulatedPlatform> platform_;
    std::optional<SimulatedInstruments> instruments_;
    std::optional<SimulatedService> service_;
    std::optional<SimulatedOperator> operator_;
    std::optional<FaultTimeline> fault_timeline_;
    std::optional<SimulatedInspection> inspection_;
    Random restart_random_{0};
};

}  // namespace

SimulationResult simulate(const service::Setup& setup, const SimulationOptions& options) {
    return Simulation(setup, options).run();
}

}  // namespace hil::simulate
