#include "app/run_command.hpp"

#include "app/data_directory.hpp"
#include "app/progress.hpp"
#include "app/service.hpp"
#include "app/setup.hpp"
#include "app/summary.hpp"
#include "measure/mend.hpp"
#include "observe/loop_lag.hpp"
#include "schedule/window.hpp"

#include <boost/asio/signal_set.hpp>

#include <fmt/format.h>

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <numeric>

namespace hil::app {
namespace {

using config::TransportMode;

// What was asked for, checked against the configuration.
struct RunPlan {
    std::optional<WallTime> from;
    std::vector<std::size_t> started;
};

std::variant<RunPlan, std::string> check_options(const RunOptions& options, const Setup& setup) {
    RunPlan plan;
    if (setup.config.startup.transport_mode == TransportMode::remote) {
        if (options.speed != 1.0)
            return "--speed: only real time is possible with remote transport: real plants cannot be hurried";
        if (options.from)
            return "--from: only possible with local transport: real plants live in the present";
    }
    if (options.from) {
        const auto at = setup.zone.parse(*options.from);
        if (!at) {
            return fmt::format(
                "--from: must be a time as 2025-10-01T00:00:00, with an offset or in {}, got \"{}\": {}",
                setup.zone.name(), *options.from, at.error().message());
        }
        plan.from = *at;
    }
    if (options.start && options.start_plants.empty()) {
        plan.started.resize(setup.config.plants.size());
        std::iota(plan.started.begin(), plan.started.end(), std::size_t{0});
    }
    for (const auto& id : options.start_plants) {
        const auto at = std::find(setup.plant_ids.begin(), setup.plant_ids.end(), id);
        if (at == setup.plant_ids.end()) {
            return fmt::format("--start: unknown plant \"{}\"; there are {}", id,
                               fmt::join(setup.plant_ids, ", "));
        }
        const auto index = static_cast<std::size_t>(at - setup.plant_ids.begin());
        if (std::find(plan.started.begin(), plan.started.end(), index) == plan.started.end())
            plan.started.push_back(index);
    }
    return plan;
}

// Recordings are mended, and a run must begin after what they hold already. A sentence when it does not.
std::optional<std::string> prepare_recordings(measure::FileStore& files, const Setup& setup,
                                              const RunPlan& plan) {
    const auto& directory = setup.config.general.data_dir;
    const auto report = measure::mend(files, directory, setup.zone);
    for (const auto& mended : report.mended)
        fmt::print(stderr, "{}\n", mended.message(setup.zone));
    for (const auto& problem : report.problems) {
        return fmt::format("{} cannot be mended: {}", problem.file.string(), problem.error.message());
    }
    if (!plan.from) return std::nullopt;
    for (const auto& id : setup.plant_ids) {
        const auto newest =
            measure::newest_rows(files, directory, id, setup.config.startup.transport_mode, setup.zone);
        if (!newest) {
            return fmt::format("the recordings of {} in {} cannot be read: {}", id, directory.string(),
                               newest.error().message());
        }
        if (newest->measured && *plan.from <= newest->measured->at) {
            return fmt::format(
                "--from {} is not after the last row recorded for {} in {} ({}): choose a later time or "
                "another --data-dir",
                setup.zone.format(*plan.from), id, directory.string(),
                setup.zone.format(newest->measured->at));
        }
    }
    return std::nullopt;
}

observe::LogOptions log_options(const RunOptions& options, const config::Config& config, bool real_time) {
    observe::LogOptions log;
    log.directory = config.general.log_dir;
    log.level = observe::parse_level(config.general.log_level).value_or(observe::Level::info);
    log.format = options.common.json_log ? observe::LogFormat::json : observe::LogFormat::text;
    log.retention_days = real_time ? config.retention.logs_days : 0;
    return log;
}

RunView view_of(const Service& service, const Setup& setup, const Clock& clock,
                std::optional<double> fraction) {
    using measure::Column;
    RunView view;
    view.time = setup.zone.format(std::chrono::floor<std::chrono::seconds>(clock.wall_now()));
    view.speed = clock.speed();
    view.fraction = fraction;
    for (std::size_t i = 0; i < service.size(); ++i) {
        const auto& unit = service.unit(i);
        const auto& live = service.live().plant(i);
        PlantView plant;
        plant.name = unit.plant().id;
        plant.state =
            unit.control().operating() ? control::to_string(unit.control().transition()) : "unknown";
        plant.dispatching = unit.control().gate();
        plant.recording = service.recorder().recording(i);
        if (live.latest && live.fresh(clock.now(), 2 * setup.config.timing.measurement_period)) {
            const auto known = [&](Column c) {
                const double v = (*live.latest)[c];
                return v == v ? std::optional(v) : std::nullopt;
            };
            plant.p_setpoint_kw = known(Column::p_setpoint);
            plant.p_kw = known(Column::p_battery);
            plant.q_kvar = known(Column::q_battery);
            plant.soc_pu = known(Column::soc);
        }
        if (live.taken) plant.age_s = to_seconds(clock.now() - *live.taken);
        const auto& link = unit.link().status();
        if (link.state != plant::LinkState::connected && link.last_error)
            plant.problem = link.last_error.message();
        view.plants.push_back(std::move(plant));
    }
    return view;
}

// One run from the first task to the last row.
class Run {
  public:
    Run(const RunOptions& options, const Setup& setup, const RunPlan& plan, Service& service, Clock& clock,
        Progress& progress, observe::Log& log)
        : options_(options),
          setup_(setup),
          plan_(plan),
          service_(service),
          clock_(clock),
          progress_(progress),
          log_(log),
          begin_(clock.now()),
          end_requested_(clock),
          display_(clock),
          starts_(clock) {}

    void request_end(int signal) {
        signal_ = signal;
        end_requested_.notify();
    }

    awaitable<void> execute() {
        service_.begin();
        display_.spawn("display", [this] { return keep_display(); });
        for (const auto index : plan_.started) {
            starts_.spawn("start", [this, index] { return start(index); });
        }
        if (options_.duration) {
            (void)co_await end_requested_.wait_until(begin_ + *options_.duration, Phase::plant);
        } else {
            co_await end_requested_.wait();
        }
        co_await end();
    }

    [[nodiscard]] int status() const { return status_; }

  private:
    awaitable<void> start(std::size_t index) {
        const auto outcome = co_await service_.start_plant(index, options_.record);
        if (outcome.error) {
            fail(fmt::format("{} could not be started: {}", outcome.plant, outcome.error.message()));
        } else {
            running_.push_back(index);
            progress_.say(fmt::format("{} runs at {}", outcome.plant, setup_.zone.format(clock_.wall_now())));
        }
    }

    awaitable<void> end() {
        if (signal_ != 0) {
            progress_.say(fmt::format("{}: ending in order; a second signal ends at once",
                                      signal_ == SIGINT ? "interrupted" : "terminated"));
        }
        starts_.cancel();
        co_await starts_.join();
        // A run with an end given records up to that instant and not beyond; one that is interrupted
        // records its stop too.
        if (signal_ == 0) co_await service_.stop_recording();
        if (options_.headless || setup_.config.general.on_exit == config::OnExit::safe_stop) {
            for (const auto& outcome : co_await service_.stop_plants()) {
                if (!outcome.was_active) continue;
                if (outcome.result.disable_ok) {
                    progress_.say(fmt::format(
                        "{} stopped{}", outcome.plant,
                        outcome.result.threshold_reached ? "" : ", before its power had decayed"));
                } else {
                    fail(fmt::format("{} could not be stopped safely: it may still be running",
                                     outcome.plant));
                }
            }
        }
        co_await service_.stop_recording();
        for (std::size_t i = 0; i < service_.size(); ++i) {
            const auto& recorder = service_.recorder();
            const auto lost = recorder.waiting_rows(i) + recorder.counters(i).dropped;
            if (lost > 0) {
                fail(fmt::format("{} row{} of {} could not be recorded and {} lost", lost,
                                 lost == 1 ? "" : "s", setup_.plant_ids[i], lost == 1 ? "is" : "are"));
            }
        }
        for (const auto index : plan_.started) {
            if (options_.headless && std::find(running_.begin(), running_.end(), index) == running_.end()) {
                fail(fmt::format("{} was never started", setup_.plant_ids[index]));
            }
        }
        display_.cancel();
        co_await display_.join();
        if (progress_.tty()) progress_.show(view());
        progress_.finish();
        co_await service_.close();
        if (options_.headless) {
            for (const auto& reason : not_followed(service_, setup_.config, running_))
                fail(reason);
            for (const auto& line : summary_lines(service_, setup_.zone))
                fmt::print("{}\n", line);
        }
        if (!service_.broken().empty()) fail(service_.broken());
        for (const auto& failure : failures_)
            fmt::print(stderr, "FAILED: {}\n", failure);
        co_await log_.close();
        clock_.stop();
    }

    void fail(std::string why) {
        if (options_.headless) status_ = exit_failed;
        if (why.find("could not be stopped") != std::string::npos) status_ = exit_failed;
        progress_.say(why);
        failures_.push_back(std::move(why));
    }

    [[nodiscard]] RunView view() const {
        std::optional<double> fraction;
        if (options_.duration)
            fraction = std::min(1.0, to_seconds(clock_.now() - begin_) / to_seconds(*options_.duration));
        return view_of(service_, setup_, clock_, fraction);
    }

    awaitable<void> keep_display() {
        const Duration period =
            progress_.tty() ? Duration{std::chrono::milliseconds(500)} : Duration{std::chrono::seconds(60)};
        for (;;) {
            co_await clock_.io_sleep_for(period);
            progress_.show(view());
        }
    }

    const RunOptions& options_;
    const Setup& setup_;
    const RunPlan& plan_;
    Service& service_;
    Clock& clock_;
    Progress& progress_;
    observe::Log& log_;
    Instant begin_;
    int signal_ = 0;
    int status_ = exit_done;
    std::vector<std::string> failures_;
    std::vector<std::size_t> running_;
    Wakeup end_requested_;
    TaskGroup display_, starts_;
};

class Signals {
  public:
    Signals(asio::io_context& context, Run& run) : set_(context, SIGINT, SIGTERM), run_(run) { wait(); }

  private:
    void wait() {
        set_.async_wait([this](error_code error, int signal) {
            if (error) return;
            if (std::exchange(seen_, true)) std::_Exit(exit_failed);
            run_.request_end(signal);
            wait();
        });
    }

    asio::signal_set set_;
    Run& run_;
    bool seen_ = false;
};

std::unique_ptr<Clock> make_clock(asio::io_context& context, const RunOptions& options, const RunPlan& plan) {
    if (plan.from) return std::make_unique<ScaledClock>(context, *plan.from, options.speed);
    auto real = std::make_unique<RealClock>(context);
    if (options.speed == 1.0) return real;
    return std::make_unique<ScaledClock>(context, real->wall_now(), options.speed);
}

int could_not_start(const std::string& why) {
    fmt::print(stderr, "hil_scheduler: {}\n", why);
    return exit_could_not_start;
}

}  // namespace

int run_command(const RunOptions& options) {
    const auto setup = load_setup(options.common);
    if (!setup) return exit_usage;
    const auto checked = check_options(options, *setup);
    if (const auto* mistake = std::get_if<std::string>(&checked)) {
        fmt::print(stderr, "hil_scheduler run: {}\n", *mistake);
        return exit_usage;
    }
    const auto& plan = std::get<RunPlan>(checked);
    schedule::PlanStore store(setup->plant_ids);
    if (!load_plans(options.common.schedules, *setup, store)) return exit_usage;

    auto directory = DataDirectory::open(setup->config.general.data_dir);
    if (const auto* why = std::get_if<std::string>(&directory)) return could_not_start(*why);
    std::shared_ptr<measure::FileStore> files = measure::make_disk_store();
    if (const auto why = prepare_recordings(*files, *setup, plan)) return could_not_start(*why);

    std::error_code unwritable;
    std::filesystem::create_directories(setup->config.general.log_dir, unwritable);
    if (unwritable) {
        return could_not_start(fmt::format("the log directory {} cannot be made: {}",
                                           setup->config.general.log_dir.string(), unwritable.message()));
    }

    asio::io_context context(1);
    const auto clock = make_clock(context, options, plan);
    const auto network = make_tcp_network(*clock);
    const auto blocking = make_pool(*clock, 2);  // a compression of logs does not hold up recordings
    observe::Log log(*clock, setup->zone,
                     log_options(options, setup->config, clock->speed() == 1.0 && !plan.from), *blocking);
    observe::EventLog events(*clock);
    observe::Alerts alerts(*clock, events);
    observe::Metrics metrics(HIL_VERSION);
    const auto alert_news = alerts.subscribe([&](const observe::Alert&) {
        for (const auto severity :
             {observe::Severity::info, observe::Severity::warning, observe::Severity::alarm}) {
            metrics.alerts_active(observe::to_string(severity))
                .set(static_cast<double>(alerts.count(severity)));
        }
    });
    const observe::LoopLag lag(*clock, metrics.event_loop_lag);
    Progress progress(stdout, ::isatty(STDOUT_FILENO) == 1);
    const auto warnings = log.subscribe([&](const observe::LogLine& line) {
        if (line.level < observe::Level::warning) return;
        std::string text;
        observe::append_text(text, line, setup->zone);
        progress.say(text);
    });

    const Surroundings around{*clock, *network, *blocking, log, events, alerts, metrics};
    const Instant anchor = plan.from ? clock->now() : next_whole_second(*clock);
    Service service(around, *setup, store, files,
                    {.anchor = anchor, .fresh_start = plan.from.has_value(), .seed = 1});
    if (const auto why = service.open()) return could_not_start(*why);

    const auto now = clock->wall_now();
    const auto until = options.duration ? now + *options.duration : schedule::two_days(now, setup->zone).to;
    const auto violations = plan_violations(*setup, store, now, until);
    for (const auto& sentence : violations)
        fmt::print(stderr, "plan: {}\n", sentence);
    if (!violations.empty())
        fmt::print(stderr, "the plan is run all the same, within the limits of the plants\n");
    progress.say(fmt::format(
        "hil_scheduler {}: {} plant{} over {} transport, {}{}{}; recordings in {}", HIL_VERSION,
        service.size(), service.size() == 1 ? "" : "s",
        setup->config.startup.transport_mode == TransportMode::local ? "local" : "remote",
        setup->zone.format(std::chrono::floor<std::chrono::seconds>(now)),
        clock->speed() == 1.0 ? "" : fmt::format(", up to {:g} times real time", clock->speed()),
        options.duration
            ? fmt::format(", until {}", setup->zone.format(std::chrono::floor<std::chrono::seconds>(until)))
            : "",
        setup->config.general.data_dir.string()));

    Run run(options, *setup, plan, service, *clock, progress, log);
    const Signals signals(context, run);
    std::string broken;
    TaskGroup root(*clock, [&](const TaskFailure& failure) {
        broken = failure.what;
        clock->stop();
    });
    root.spawn("run", [&run] { return run.execute(); });
    clock->run();
    if (!broken.empty()) {
        fmt::print(stderr, "hil_scheduler: the run broke off: {}\n", broken);
        return exit_failed;
    }
    return run.status();
}

}  // namespace hil::app
