#include "app/simulation.hpp"

#include "app/fault_network.hpp"
#include "app/invariant_memory.hpp"
#include "app/invariant_rows.hpp"
#include "app/service.hpp"
#include "app/simulated_course.hpp"
#include "app/simulated_plan.hpp"
#include "base/memory_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hil::app {
namespace {

using namespace std::chrono_literals;

constexpr Duration calm_end = 5min;  // at the end of a simulation nothing goes wrong any more

// Policies of a site that goes through restarts, drawn.
Setup draw_policies(Random random, Setup setup, const FaultProfile& faults) {
    auto& general = setup.config.general;
    if (faults.restarts > 0 && random.chance(0.3)) general.on_plant_restart = config::OnPlantRestart::restart;
    if (faults.overwrites > 0) {
        static constexpr std::array policies{config::OnStartRunning::safe_stop, config::OnStartRunning::adopt,
                                             config::OnStartRunning::leave};
        general.on_start_running = policies[random.below(policies.size())];
    }
    return setup;
}

class Simulation {
  public:
    Simulation(const Setup& setup, const SimulationOptions& options)
        : options_(options),
          random_(options.seed),
          setup_(draw_policies(random_.fork(), setup, options.faults)),
          from_(options.from.value_or(draw_begin(random_, setup.zone))),
          clock_(context_, from_),
          memory_(clock_),
          trace_(clock_, setup_.zone, options.trace),
          disk_random_(random_.fork()),
          store_(setup.plant_ids) {
        const Random network_random = random_.fork();
        if (options.faults.network()) {
            network_.emplace(clock_, memory_, network_random, options.faults,
                             setup.config.plants[0].local.timeout, fault_hooks());
        } else {
            memory_.on_connected = [this](const Endpoint& at, const auto&, const auto&) { on_connected(at); };
        }
        if (options.faults.disk()) make_disk_unreliable();
        const Surroundings around{clock_,     network_ ? static_cast<Network&>(*network_) : memory_,
                                  *blocking_, log_,
                                  events_,    alerts_,
                                  metrics_};
        service_.emplace(
            around, setup_, store_, files_,
            Service::Options{.anchor = clock_.now(), .fresh_start = true, .seed = random_.next()});
        if (const auto why = service_->open()) throw std::runtime_error(*why);
        news_ = events_.subscribe([this](const observe::Event& event) {
            trace_.add("event", event.plant).text("kind", event.kind).text("message", event.message);
        });
        for (std::size_t i = 0; i < service_->size(); ++i)
            watch_plant(i);
        if (options.faults.overwrites > 0) find_running();
        load_plans();
        course_.emplace(
            SimulatedCourse::Site{clock_, *service_, store_, setup_, network_ ? &*network_ : nullptr,
                                  watches_, trace_, from_ + options.length, options.plans == nullptr},
            options.faults, random_.fork());
    }

    SimulationResult run() {
        result_.from = from_;
        TaskGroup day(clock_, [this](const TaskFailure& failure) {
            fail({"tasks",
                  {},
                  clock_.wall_now(),
                  fmt::format("the simulation itself failed: {}", failure.what)});
        });
        day.spawn("day", [this] { return live(); });
        day.spawn("inspection", [this] { return inspect(); });
        const auto end =
            options_.stop_at ? std::min(*options_.stop_at, from_ + options_.length) : from_ + options_.length;
        clock_.run_until(clock_.instant(end) + (options_.stop_at ? 0s : 10min));
        if (!done_ && !result_.violation && !options_.stop_at)
            fail({"tasks", {}, clock_.wall_now(), "the site did not end within ten minutes of its last"});
        result_.until = clock_.wall_now();
        if (result_.violation || options_.stop_at) describe();
        if (!done_) {
            over_ = true;
            day.cancel();
            TaskGroup closing(clock_);
            closing.spawn("close", [this] { return service_->close(); });
            clock_.run_until(clock_.now() + 2min);
        } else {
            judge_files();
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

    PlantWatch* watch_at(const Endpoint& at) {
        for (std::size_t i = 0; i < watches_.size(); ++i)
            if (service_->unit(i).endpoint().address == at) return watches_[i].get();
        return nullptr;
    }

    void make_disk_unreliable() {
        files_->on_action = [this](measure::MemoryStore::Action action, const auto& file) {
            measure::MemoryStore::Verdict verdict;
            if (calm_ || !disk_random_.chance(options_.faults.disk_failure)) return verdict;
            verdict.error = make_error_code(boost::system::errc::io_error);
            verdict.written = static_cast<std::size_t>(disk_random_.below(200));
            ++result_.faults;
            trace_.add("fault")
                .text("kind", "file")
                .text("file", file.filename().string())
                .number("action", static_cast<double>(action));
            return verdict;
        };
    }

    Duration draw_disk_delay() {
        if (calm_ || !disk_random_.chance(options_.faults.disk_delay)) return {};
        ++result_.faults;
        return seconds(disk_random_.uniform(0, options_.faults.longest_disk_delay_s));
    }

    void watch_plant(std::size_t i) {
        auto& unit = service_->unit(i);
        const auto& timing = setup_.config.timing;
        PlantWatch::Settings settings;
        settings.dispatch_period = timing.scheduler_period;
        settings.plant_period = timing.plant_period;
        settings.sample_period = timing.measurement_period;
        settings.unconfirmed_alarm = setup_.config.alerts.setpoint_unconfirmed;
        settings.grid = from_;
        settings.restarts_by_itself =
            setup_.config.general.on_plant_restart == config::OnPlantRestart::restart;
        watches_.push_back(std::make_unique<PlantWatch>(
            clock_, unit.plant(), unit.endpoint(), unit.emulator()->emulator(), settings,
            [this](Violation violation) { fail(std::move(violation)); }));
        if (network_) watches_.back()->delay_answers();
        PlantObserver observer;
        observer.on_write = [this, i](const control::PlantControl::WriteEvent& write) { on_write(i, write); };
        if (options_.on_sample || trace_.detailed())
            observer.on_sample = [this, i](const measure::Row& row) { on_sample(i, row); };
        observer.on_link = [this, i](const plant::LinkStatus& status) {
            trace_.add("link", service_->unit(i).plant().id)
                .number("state", static_cast<double>(status.state));
        };
        unit.observe(std::move(observer));
    }

    // Now and then a plant runs already, with setpoints somebody left in it.
    void find_running() {
        for (std::size_t i = 0; i < service_->size(); ++i) {
            if (!random_.chance(0.25)) continue;
            const auto& endpoint = service_->unit(i).endpoint();
            auto& holding = service_->unit(i).emulator()->emulator().bank().holding;
            for (const auto& step : endpoint.start_sequence)
                if (const auto* point = endpoint.find(step.point))
                    holding[point->address] = static_cast<std::uint16_t>(step.value);
            holding[endpoint.find("p_setpoint")->address] = static_cast<std::uint16_t>(random_.below(2000));
            trace_.add("runs_already", service_->unit(i).plant().id);
        }
    }

    void on_write(std::size_t i, const control::PlantControl::WriteEvent& write) {
        const auto& unit = service_->unit(i);
        auto line = trace_.add("write", unit.plant().id);
        line.text("point", unit.link().map().point(write.point).name)
            .number("value", write.value)
            .text("by", control::to_string(write.source))
            .text("outcome", write.outcome ? write.outcome.message() : "ok");
        if (write.reason == nullptr) return;
        const auto& choice = write.reason->choice;
        line.text("source", schedule::to_string(choice.source))
            .text("reason", schedule::to_string(choice.reason))
            .number("version", static_cast<double>(choice.version))
            .number("line", choice.line)
            .number("asked", write.reason->asked)
            .text("limit", schedule::to_string(write.reason->limit));
    }

    void on_sample(std::size_t i, const measure::Row& row) {
        if (trace_.detailed()) {
            auto line = trace_.add("sample", setup_.plant_ids[i]);
            line.text("at", setup_.zone.format(row.at));
            for (std::size_t c = 0; c < measure::column_count; ++c)
                line.number(measure::column_names[c], row.values[c]);
        }
        if (options_.on_sample) options_.on_sample(i, row);
    }

    void load_plans() {
        if (options_.plans != nullptr) {
            for (const auto& file : *options_.plans) {
                for (const auto& column : file.columns) {
                    std::vector<PlanMemory::Row> rows;
                    for (const auto& row : column.series.rows())
                        rows.push_back({row.at, row.value});
                    auto& watch = *watches_[column.plant];
                    (column.signal == schedule::Signal::p ? watch.p_plan : watch.q_plan)
                        .replace(from_, std::move(rows), column.series.end_time());
                }
                schedule::apply_plan(file, store_);
            }
            return;
        }
        for (std::size_t i = 0; i < watches_.size(); ++i) {
            for (const auto signal : schedule::all_signals) {
                auto drawn =
                    draw_plan(random_, setup_.config.plants[i], signal, from_, from_ + options_.length);
                auto file = schedule::parse_plan(drawn.csv, "drawn.csv", setup_.plant_ids, setup_.zone);
                if (!file.ok()) {
                    fail({"plan", setup_.plant_ids[i], from_,
                          "a drawn plan was refused: " + file.problems.front().message()});
                    continue;
                }
                schedule::apply_plan(std::move(file), store_);
                auto& memory = signal == schedule::Signal::p ? watches_[i]->p_plan : watches_[i]->q_plan;
                memory.replace(from_, std::move(drawn.rows), drawn.end);
            }
        }
    }

    awaitable<void> live() {
        const Instant end = clock_.instant(from_ + options_.length);
        service_->begin();
        course_->begin();
        co_await clock_.sleep_until(std::max(end - calm_end, clock_.now()), Phase::plant);
        calm_ = true;
        if (network_) network_->calm();
        for (const auto& watch : watches_)
            watch->disturbed();
        co_await course_->end();
        co_await clock_.sleep_until(end, Phase::plant);
        co_await service_->stop_recording();
        co_await course_->stop_all();
        for (std::size_t i = 0; i < service_->size(); ++i) {
            if (service_->unit(i).control().operating() != false)
                fail({"stop", setup_.plant_ids[i], clock_.wall_now(),
                      "not known as stopped after the last stop"});
            if (service_->recorder().waiting_rows(i) != 0)
                fail({"rows", setup_.plant_ids[i], clock_.wall_now(),
                      "rows still wait after the recording ended"});
        }
        if (!service_->broken().empty()) fail({"tasks", {}, clock_.wall_now(), service_->broken()});
        over_ = true;
        co_await service_->close();
        done_ = true;
    }

    // Between the ticks of everything else, when nothing should be under way.
    awaitable<void> inspect() {
        const auto period = setup_.config.timing.scheduler_period;
        Instant next = clock_.now() + period / 2;
        for (;;) {
            co_await clock_.sleep_until(next);
            next += period;
            if (over_) co_return;
            for (std::size_t i = 0; i < watches_.size(); ++i) {
                const auto& unit = service_->unit(i);
                watches_[i]->inspect(
                    {.connected = unit.link().status().state == plant::LinkState::connected,
                     .unconfirmed_alarm = alerts_.find(unit.plant().id + "/setpoint") != nullptr});
                if (watches_[i]->answers_under_way() > 64)
                    fail({"flat", unit.plant().id, clock_.wall_now(), "answers pile up"});
            }
            inspect_whole();
        }
    }

    void inspect_whole() {
        const auto whole = [this](std::string text) {
            fail({"flat", {}, clock_.wall_now(), std::move(text)});
        };
        if (const auto timers = clock_.timers().size(); timers > 40 + 20 * watches_.size())
            whole(fmt::format("{} timers are armed", timers));
        const auto tasks = service_->tasks();
        if (tasks_ == 0) tasks_ = tasks;
        if (tasks != tasks_)
            whole(fmt::format("{} tasks of the service, {} in the beginning", tasks, tasks_));
        if (clock_.now() < next_memory_) return;
        next_memory_ = clock_.now() + 1h;
        std::size_t accounted = 0;
        for (const auto& watch : watches_)
            accounted += watch->memory();
        for (const auto& [path, text] : files_->files())
            accounted += text.capacity();
        if (const auto growth = memory_use_.growth(accounted); growth > MemoryWatch::allowed_growth)
            whole(fmt::format("{} bytes more are in use than in the first hour", growth));
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

    void judge_files() {
        over_ = false;
        const auto& timing = setup_.config.timing;
        const RecordingRules rules{.zone = setup_.config.timezone,
                                   .grid = from_,
                                   .period = timing.measurement_period,
                                   .compression = setup_.config.compression};
        for (const auto& watch : watches_) {
            result_.rows += judge_recordings(files_->files(), *watch, rules, [this](Violation violation) {
                if (!result_.violation) result_.violation = std::move(violation);
            });
        }
        over_ = true;
    }

    void describe() {
        result_.state.push_back(setup_.zone.format(clock_.wall_now()));
        for (std::size_t i = 0; i < watches_.size(); ++i) {
            const auto& unit = service_->unit(i);
            const auto& control = unit.control();
            const auto& link = unit.link().status();
            result_.state.push_back(fmt::format("{}: {}", unit.plant().id, watches_[i]->state_text()));
            result_.state.push_back(fmt::format(
                "  service: {}, gate {}, link {}, session {}, {} failures in a row ({}), {} rows wait",
                control::to_string(control.transition()), control.gate() ? "open" : "closed",
                link.state == plant::LinkState::connected ? "up" : "down", link.session,
                link.consecutive_failures, link.last_error ? link.last_error.message() : "no error",
                service_->recorder().waiting_rows(i)));
        }
        for (const auto& alert : alerts_.active())
            result_.state.push_back(fmt::format("alert {}: {}", alert.key, alert.message));
    }

    void collect() {
        result_.files = files_->files();
        result_.commands = course_->commands();
        result_.events = trace_.count();
        for (const auto& watch : watches_) {
            result_.requests += watch->counters().requests;
            result_.writes += watch->counters().writes;
        }
    }

    const SimulationOptions& options_;
    Random random_;
    const Setup setup_;
    WallTime from_;
    asio::io_context context_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};  // nothing here has a second thread
    VirtualClock clock_;
    MemoryNetwork memory_;
    Trace trace_;
    Random disk_random_;
    bool calm_ = false, over_ = false, done_ = false;
    std::size_t tasks_ = 0;
    MemoryWatch memory_use_;
    Instant next_memory_ = clock_.now() + 10min;
    SimulationResult result_;
    std::optional<FaultNetwork> network_;
    std::unique_ptr<Blocking> blocking_ = make_inline_blocking(clock_, [this] { return draw_disk_delay(); });
    observe::Log log_{clock_, setup_.zone, {.directory = {}, .level = observe::Level::error}, *blocking_};
    observe::EventLog events_{clock_, 100};
    observe::Alerts alerts_{clock_, events_};
    observe::Metrics metrics_;
    std::shared_ptr<measure::MemoryStore> files_ = std::make_shared<measure::MemoryStore>();
    schedule::PlanStore store_;
    std::optional<Service> service_;
    std::vector<std::unique_ptr<PlantWatch>> watches_;
    Subscription news_;
    std::optional<SimulatedCourse> course_;
};

}  // namespace

SimulationResult simulate(const Setup& setup, const SimulationOptions& options) {
    return Simulation(setup, options).run();
}

}  // namespace hil::app
