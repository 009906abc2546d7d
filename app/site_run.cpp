#include "app/site_run.hpp"

#include "app/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

namespace hil::app {
namespace {

// After the plants were stopped; the time a service manager allows is longer.
constexpr Duration longest_writing = std::chrono::seconds(20);

RunView view_of(const service::Service& service, const service::Setup& setup, const Clock& clock,
                std::optional<double> fraction) {
    using measure::Column;
    RunView view;
    view.time = setup.zone.format(std::chrono::floor<std::chrono::seconds>(clock.wall_now()));
    view.speed = clock.speed();
    view.paused = clock.paused();
    view.fraction = fraction;
    for (std::size_t i = 0; i < service.size(); ++i) {
        const auto& unit = service.unit(i);
        const auto& live = service.parts().live.plant(i);
        PlantView plant;
        plant.name = unit.plant().id;
        plant.state = unit.control().operating() ? control::to_string(unit.control().state()) : "unknown";
        plant.dispatching = unit.control().dispatch_enabled();
        plant.recording = service.parts().recorder.recording(i);
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
        if (link.failing()) plant.problem = link.trouble();
        view.plants.push_back(std::move(plant));
    }
    return view;
}

}  // namespace

SiteRun::SiteRun(const RunOptions& options, const service::Setup& setup, const RunPlan& plan,
                 service::Host& host, Progress& progress)
    : options_(options),
      setup_(setup),
      plan_(plan),
      host_(host),
      service_(host.service()),
      clock_(host.clock()),
      progress_(progress),
      begin_(clock_.now()),
      end_requested_(clock_),
      supervisor_(clock_,
                  Supervisor::from_environment(std::getenv("NOTIFY_SOCKET"), std::getenv("WATCHDOG_USEC"))),
      display_(clock_),
      starts_(clock_,
              [this](const TaskFailure& failure) {
                  progress_.say(fmt::format("a start failed within the program: {}", failure.what));
              }),
      writing_(clock_),
      last_resort_(clock_) {}

void SiteRun::request_end(int signal) {
    signal_ = signal;
    end_requested_.notify();
}

awaitable<void> SiteRun::execute() {
    co_await host_.begin();
    supervisor_.ready(fmt::format("{} plant{}", service_.size(), service_.size() == 1 ? "" : "s"));
    if (held_by_estop()) {
        co_await end();
        co_return;
    }
    display_.spawn("display", [this] { return keep_display(); });
    if (options_.paused) open_console();
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

// Nothing can be started while the emergency stop is latched; where nobody could reset it, the run is over.
bool SiteRun::held_by_estop() {
    const auto& latch = service_.parts().safety.latched();
    if (!latch || plan_.started.empty()) return false;
    fail(fmt::format("the emergency stop is latched since {} ({}): no plant is started until it is reset",
                     setup_.zone.format(std::chrono::floor<std::chrono::seconds>(latch->since)),
                     latch->reason));
    if (options_.headless)
        progress_.say("reset it on the dashboard of a run without --headless, or with DELETE /api/v1/estop");
    return options_.headless;
}

void SiteRun::open_console() {
    auto input = LineInput::standard_input(host_.context());
    if (!input) {
        progress_.say("standard input cannot be read: " + input.error().message());
        if (options_.headless) (void)clock_.set_paused(false);
        return;
    }
    ClockConsole::Hooks hooks;
    hooks.typed = [this] { progress_.typed_line(); };
    hooks.say = [this](std::string_view line) { progress_.say(line); };
    hooks.show = [this] { progress_.show(view()); };
    hooks.end = [this] { end_requested_.notify(); };
    console_.emplace(service_, std::move(*input), options_.headless, std::move(hooks));
    display_.spawn("console", [this] { return console_->run(); });
}

awaitable<void> SiteRun::start(std::size_t index) {
    const auto why = co_await service_.start_plant(index, options_.record, "command line");
    const auto& plant = setup_.plant_ids[index];
    if (!why.empty()) {
        // Somebody may start it later: whether it ever ran is judged at the end.
        progress_.say(fmt::format("{} could not be started: {}", plant, why));
        not_started_[index] = why;
    } else {
        running_.push_back(index);
        progress_.say(
            fmt::format("{} runs at {}", plant,
                        setup_.zone.format(std::chrono::floor<std::chrono::seconds>(clock_.wall_now()))));
    }
}

awaitable<void> SiteRun::end() {
    if (signal_ != 0) {
        progress_.say(fmt::format("{}: ending in order; a second signal ends at once",
                                  signal_ == SIGINT ? "interrupted" : "terminated"));
    }
    supervisor_.stopping();
    host_.ending();
    service_.ending();
    if (clock_.paused()) {
        progress_.say("the clock runs again, so that the plants can be stopped");
        (void)clock_.set_paused(false);
    }
    starts_.cancel();
    co_await starts_.join();
    // A run with an end given records up to that instant and not beyond; one that is interrupted
    // records its stop too.
    // Written beside: no disk may keep a plant from being stopped.
    if (signal_ == 0) writing_.spawn("recordings", [this] { return service_.stop_recording(); });
    const bool all = options_.headless || setup_.config.general.on_exit == config::OnExit::safe_stop;
    co_await stop_plants(all ? service::Service::LastStop::all : service::Service::LastStop::begun);
    last_resort_.spawn("deadline", [this] { return give_up_in_time(); });
    co_await writing_.join();
    co_await service_.stop_recording();
    judge_recordings();
    judge_starts();
    display_.cancel();
    co_await display_.join();
    if (progress_.tty()) progress_.show(view());
    progress_.finish();
    co_await host_.close();
    if (options_.headless) {
        for (const auto& reason : not_followed(service_, setup_.config, running_))
            fail(reason);
        for (const auto& line : summary_lines(service_, setup_.zone))
            fmt::print("{}\n", line);
    }
    last_resort_.cancel();
    co_await last_resort_.join();
    if (options_.record || options_.headless)
        for (const auto& reason : not_recorded(service_, plan_.started))
            fail(reason);
    if (options_.strict_plan)
        for (const auto& reason : not_feasible(service_))
            fail(reason);
    if (!service_.broken().empty()) fail(service_.broken());
    if (const auto& lost = service_.parts().safety.lost_storage(); !lost.empty()) fail(lost);
    print_failures();
    // A write that the disk has not answered yet would keep the process: nobody else waits for it.
    if (rows_lost_) leave();
    clock_.stop();
}

awaitable<void> SiteRun::stop_plants(service::Service::LastStop which) {
    for (const auto& outcome : co_await service_.stop_plants("shutdown", which)) {
        if (!outcome.was_active) continue;
        if (outcome.result.disable_ok) {
            progress_.say(
                fmt::format("{} stopped{}", outcome.plant,
                            outcome.result.threshold_reached ? "" : ", before its power had decayed"));
        } else {
            fail(fmt::format("{} could not be stopped safely: it may still be running{}{}{}", outcome.plant,
                             outcome.result.unconfirmed.empty() ? "" : " (", outcome.result.unconfirmed,
                             outcome.result.unconfirmed.empty() ? "" : ")"));
        }
    }
}

// A disk that does not answer any more does not keep the process: the plants have been stopped.
awaitable<void> SiteRun::give_up_in_time() {
    co_await clock_.io_sleep_for(longest_writing);
    judge_recordings();
    fail(fmt::format("the disk did not take everything within {:g} s of the stop",
                     to_seconds(longest_writing)));
    progress_.finish();
    print_failures();
    leave();
}

void SiteRun::leave() const {
    std::fflush(stdout);
    std::fflush(stderr);
    std::_Exit(status_);
}

void SiteRun::print_failures() const {
    for (const auto& failure : failures_)
        fmt::print(stderr, "FAILED: {}\n", failure);
}

void SiteRun::judge_recordings() {
    const auto& recorder = service_.parts().recorder;
    for (std::size_t i = 0; i < service_.size(); ++i) {
        const auto lost = recorder.waiting_rows(i) + recorder.counters(i).dropped;
        if (lost == 0) continue;
        rows_lost_ = true;
        fail(fmt::format("{} row{} of {} could not be recorded and {} lost", lost, lost == 1 ? "" : "s",
                         setup_.plant_ids[i], lost == 1 ? "is" : "are"));
    }
}

void SiteRun::judge_starts() {
    for (const auto index : plan_.started) {
        const auto& unit = service_.unit(index);
        if (unit.following().ran()) continue;
        const auto& link = unit.link().status();
        auto why = not_started_.contains(index) ? not_started_.at(index) : link.trouble();
        if (!why.empty()) why.insert(0, ": ");
        fail(fmt::format("{} was never started{}", setup_.plant_ids[index], why));
    }
}

void SiteRun::fail(std::string why) {
    status_ = exit_failed;
    progress_.say(why);
    failures_.push_back(std::move(why));
}

RunView SiteRun::view() const {
    std::optional<double> fraction;
    if (options_.duration) {
        fraction = std::min(1.0, to_seconds(clock_.now() - begin_) / to_seconds(*options_.duration));
    }
    return view_of(service_, setup_, clock_, fraction);
}

awaitable<void> SiteRun::keep_display() {
    const Duration period =
        progress_.tty() ? Duration{std::chrono::milliseconds(500)} : Duration{std::chrono::seconds(60)};
    for (;;) {
        co_await clock_.io_sleep_for(period);
        progress_.show(view());
    }
}

}  // namespace hil::app
