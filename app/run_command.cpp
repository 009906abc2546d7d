#include "app/run_command.hpp"

#include "app/data_directory.hpp"
#include "app/setup.hpp"
#include "app/site_run.hpp"
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

class Signals {
  public:
    Signals(asio::io_context& context, SiteRun& run) : set_(context, SIGINT, SIGTERM), run_(run) { wait(); }

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
    SiteRun& run_;
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
    if (const auto why = service.open()) {
        // The emulators that could be opened are ended in order.
        TaskGroup ending(*clock);
        ending.spawn("close", [&]() -> awaitable<void> {
            co_await service.close();
            co_await log.close();
            clock->stop();
        });
        clock->run();
        return could_not_start(*why);
    }

    const auto now = clock->wall_now();
    const auto until = options.duration ? now + *options.duration : schedule::two_days(now, setup->zone).to;
    const auto violations = plan_violations(*setup, store, now, until);
    for (const auto& sentence : violations)
        fmt::print(stderr, "plan: {}\n", sentence);
    if (!violations.empty())
        fmt::print(stderr, "the plan is run all the same, within the limits of the plants\n");
    const auto shown = [&](WallTime t) {
        return setup->zone.format(std::chrono::floor<std::chrono::seconds>(t));
    };
    progress.say(
        fmt::format("hil_scheduler {}: {} plant{} over {} transport, recordings in {}", HIL_VERSION,
                    service.size(), service.size() == 1 ? "" : "s",
                    setup->config.startup.transport_mode == TransportMode::local ? "local" : "remote",
                    setup->config.general.data_dir.string()));
    progress.say(fmt::format("{}{}",
                             options.duration ? shown(now) + " until " + shown(until) : "from " + shown(now),
                             clock->speed() == 1.0 ? "" : fmt::format(", speed up to {:g}", clock->speed())));

    SiteRun run(options, *setup, plan, service, *clock, progress, log);
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
