#include "app/run_command.hpp"

#include "app/load_setup.hpp"
#include "app/run_record_file.hpp"
#include "app/site_run.hpp"
#include "config/names.hpp"
#include "device/recorded.hpp"
#include "measure/guarded_store.hpp"
#include "measure/repair.hpp"
#include "schedule/window.hpp"
#include "service/data_directory.hpp"
#include "service/first_stop.hpp"
#include "service/host.hpp"
#include "service/report_making.hpp"

#include <boost/asio/signal_set.hpp>

#include <fmt/format.h>

#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstdlib>
#include <numeric>

namespace hil::app {
namespace {

using config::TransportMode;

std::variant<RunPlan, std::string> check_options(const RunOptions& options, const service::Setup& setup) {
    RunPlan plan;
    if (auto lacking = missing_endpoints(setup)) return std::move(*lacking);
    if (setup.config.startup.transport_mode == TransportMode::remote) {
        if (options.speed != 1.0)
            return "--speed: only real time is possible with remote transport: real plants cannot be hurried";
        if (options.paused)
            return "--paused: only possible with local transport: real plants cannot be made to wait";
        if (options.soc_pu) return "--soc: only possible with local transport: real plants have a charge";
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
    if (const auto directory = options.report.parent_path();
        !options.report.empty() && !directory.empty() && !std::filesystem::is_directory(directory))
        return fmt::format("--report: {} is not a directory", directory.string());
    return plan;
}

// A run of simulated time begins at a charge of its own, and looks as if it went on with the recorded one.
std::optional<std::string> charge_is_new(const service::Setup& setup, const std::string& id,
                                         const measure::Row& last) {
    const double recorded = last[measure::Column::soc], begin = setup.config.startup.initial_soc_pu;
    if (!(std::abs(recorded - begin) >= 0.0005)) return std::nullopt;
    return fmt::format(
        "{} begins at a charge of {:.1f} % and not at the {:.1f} % recorded at {}: --from does not continue "
        "it, "
        "--soc {:.4g} does",
        id, begin * 100, recorded * 100, setup.zone.format(last.at), recorded);
}

// Recordings are repaired, and a run must begin after what they hold already. A sentence when it does not.
std::optional<std::string> prepare_recordings(measure::FileStore& files, const service::Setup& setup,
                                              const RunPlan& plan, bool charge_given,
                                              std::vector<std::string>& notes) {
    const auto& directory = setup.config.general.data_dir;
    const auto report = measure::repair(
        files, directory, setup.zone,
        [&](std::string_view id) -> const auto& { return device::recorded_schema(setup.config, id); });
    for (const auto& repaired : report.repaired)
        fmt::print(stderr, "{}\n", repaired.message(setup.zone));
    for (const auto& problem : report.problems) {
        return fmt::format("{} cannot be repaired: {}", problem.file.string(), problem.error.message());
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
        if (!newest->measured || charge_given) continue;
        if (auto note = charge_is_new(setup, id, *newest->measured)) notes.push_back(std::move(*note));
    }
    return std::nullopt;
}

// Takes the signals from the beginning: one that comes while ports are being bound ends the run in order,
// too.
class Signals {
  public:
    explicit Signals(asio::io_context& context) : set_(context, SIGINT, SIGTERM) {}

    void notify(SiteRun& run) {
        set_.async_wait([this, &run](error_code error, int signal) {
            if (error) return;
            if (std::exchange(seen_, true)) std::_Exit(exit_failed);
            run.request_end(signal);
            notify(run);
        });
    }

  private:
    asio::signal_set set_;
    bool seen_ = false;
};

// A plan that is over before the run begins is not dispatched, which looks like a plant that does nothing.
void note_what_is_over(const service::Setup& setup, const schedule::PlanStore& plans, WallTime now,
                       std::vector<std::string>& notes) {
    for (std::size_t plant = 0; plant < plans.plant_count(); ++plant) {
        for (const auto signal : schedule::all_signals) {
            const auto& plan = plans.manual(plant, signal);
            if (!plan.enabled || plan.series.empty() || plan.series.end_time() > now) continue;
            notes.push_back(
                fmt::format("the plan of {} is wholly in the past: it ended at {}, and 0 is dispatched",
                            schedule::column_name({plans.plant_ids()[plant], signal}),
                            setup.zone.format(plan.series.end_time())));
        }
    }
}

// What this run is, and what of its plan the plants cannot do.
void say_what_runs(const RunOptions& options, const service::Setup& setup, service::Host& host,
                   Progress& progress, std::vector<std::string>& notes) {
    const auto& clock = host.clock();
    const auto now = clock.wall_now();
    const auto until = options.duration ? now + *options.duration : schedule::two_days(now, setup.zone).to;
    const auto violations = service::plan_violations(setup, host.plans(), now, until);
    for (const auto& sentence : violations)
        fmt::print(stderr, "plan: {}\n", sentence);
    note_what_is_over(setup, host.plans(), now, notes);
    for (const auto& note : notes)
        fmt::print(stderr, "note: {}\n", note);
    if (!violations.empty())
        fmt::print(stderr, "the plan is run all the same, within the limits of the plants\n");
    const auto shown = [&](WallTime t) {
        return setup.zone.format(std::chrono::floor<std::chrono::seconds>(t));
    };
    progress.say(fmt::format("hil_scheduler {}: {} plant{} over {} transport, recordings in {}", HIL_VERSION,
                             host.service().size(), host.service().size() == 1 ? "" : "s",
                             config::to_string(setup.config.startup.transport_mode),
                             setup.config.general.data_dir.string()));
    if (!options.common.config_found_here)  // otherwise that was said first
        progress.say("configuration " + options.common.config_file.string());
    progress.say(fmt::format("{}{}",
                             options.duration ? shown(now) + " until " + shown(until) : "from " + shown(now),
                             clock.speed() == 1.0 ? "" : fmt::format(", speed up to {:g}", clock.speed())));
    if (clock.paused())
        progress.say(
            fmt::format("the clock is paused and nothing runs yet: Enter is one step of {:g} s; step 1m, go, "
                        "pause, speed 60{}",
                        to_seconds(setup.config.timing.scheduler_period),
                        options.headless ? "" : "; or the dashboard, or PUT /api/v1/clock"));
    if (const auto* web = host.web()) {
        progress.say("dashboard at " + web->operators_address());
        if (const auto read_only = web->read_only_address()) progress.say("read-only at " + *read_only);
    }
}

// Of what was recorded from then to now, once everything is written; false when there is no report.
bool report_run(const RunOptions& options, const service::Setup& setup, service::Host& host, WallTime begun) {
    using std::chrono::seconds;
    auto end = std::chrono::ceil<seconds>(host.clock().wall_now());
    // Nothing is recorded after the end that was asked for.
    if (options.duration) end = std::min(end, std::chrono::ceil<seconds>(begun + *options.duration));
    const auto from = std::chrono::floor<seconds>(begun);
    const service::ReportRequest request{.range = {from, std::max(end, from + seconds(1))},
                                         .transport = host.service().transport()};
    std::optional<std::string> why;
    try {
        const auto database = std::make_shared<store::Database>(setup.config.general.data_dir / "hil.sqlite",
                                                                store::Database::ReadOnly{});
        why = service::write_report(options.report,
                                    service::make_report(database, setup, request, host.clock().wall_now()));
    } catch (const store::DatabaseError& error) {
        why = fmt::format("the report cannot be made: {}", error.what());
    }
    if (why) {
        fmt::print(stderr, "FAILED: {}\n", *why);
    } else {
        fmt::print("report in {}\n", options.report.string());
    }
    return !why;
}

int could_not_start(const std::string& why) {
    fmt::print(stderr, "hil_scheduler: {}\n", why);
    return exit_could_not_start;
}

service::Host::Settings host_settings(const RunOptions& options, const RunPlan& plan,
                                      const service::DataDirectory& directory) {
    return {.from = plan.from,
            .speed = options.speed,
            .paused = options.paused,
            .fresh_charge = options.soc_pu.has_value(),
            .json_log = options.common.json_log,
            .web = !options.headless,
            .seed = 1,
            .directory_lost = [&directory] { return directory.lost(); }};
}

// A host that could not be opened whole.
void end_what_was_opened(service::Host& host) {
    TaskGroup ending(host.clock());
    ending.spawn("close", [&host]() -> awaitable<void> {
        co_await host.close();
        host.clock().stop();
    });
    host.clock().run();
}

// False, and says why: the run broke off.
bool carry_out(SiteRun& run, service::Host& host) {
    std::string broken;
    TaskGroup root(host.clock(), [&](const TaskFailure& failure) {
        broken = failure.what;
        host.clock().stop();
    });
    root.spawn("run", [&run] { return run.execute(); });
    host.clock().run();
    if (!broken.empty()) fmt::print(stderr, "hil_scheduler: the run broke off: {}\n", broken);
    return broken.empty();
}

}  // namespace

int run_command(const RunOptions& options) {
    auto setup = load_setup(options.common);
    if (!setup || !service::load_recordings(*setup)) return exit_usage;
    if (options.soc_pu) setup->config.startup.initial_soc_pu = *options.soc_pu;
    const auto checked = check_options(options, *setup);
    if (const auto* mistake = std::get_if<std::string>(&checked)) {
        fmt::print(stderr, "hil_scheduler run: {}\n", *mistake);
        return exit_usage;
    }
    const auto& plan = std::get<RunPlan>(checked);
    schedule::PlanStore given(setup->plant_ids);
    if (!service::load_plans(options.common.schedules, *setup, given)) return exit_usage;

    const auto say = [&setup](const observe::LogLine& line) {
        fmt::print(stderr, "{}\n", terminal_line(line, setup->zone));
    };
    auto opened = service::DataDirectory::open(setup->config.general.data_dir);
    if (std::holds_alternative<service::DataDirectory::InUse>(opened))
        return could_not_start(service::why_not(opened));
    // Nobody else is there: what runs was left by a service that is no more.
    auto* directory = std::get_if<service::DataDirectory>(&opened);
    const bool first = directory == nullptr || directory->after_a_crash();
    if (first) service::stop_what_runs(*setup, say);
    if (directory == nullptr) return could_not_start(service::why_not(opened));
    const auto give_up = [&](const std::string& why) {
        if (!first) service::stop_what_runs(*setup, say);
        return could_not_start(why);
    };
    directory->begin_run();
    auto files = std::shared_ptr(measure::guard_directory(measure::make_disk_store(),
                                                          [directory] { return directory->lost().empty(); }));
    std::vector<std::string> notes;
    if (const auto why = prepare_recordings(*files, *setup, plan, options.soc_pu.has_value(), notes))
        return give_up(*why);

    service::Host host(*setup, files, host_settings(options, plan, *directory));
    Signals signals(host.context());
    Progress progress(stdout, ::isatty(STDOUT_FILENO) == 1);
    if (const auto why = host.open(
            given, [&](const observe::LogLine& line) { progress.say(terminal_line(line, setup->zone)); })) {
        end_what_was_opened(host);
        return give_up(*why);
    }
    say_what_runs(options, *setup, host, progress, notes);
    RunRecordFile record(options, *setup, plan, host, std::move(notes));

    SiteRun run(options, *setup, plan, host, progress);
    signals.notify(run);
    const WallTime begun = host.clock().wall_now();
    if (!carry_out(run, host)) return exit_failed;
    directory->end_run();
    const bool reported = options.report.empty() || report_run(options, *setup, host, begun);
    const int status = reported ? run.status() : exit_failed;
    record.finish(host.clock().wall_now(), status);
    return status;
}

}  // namespace hil::app
