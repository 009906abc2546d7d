#include "control/plant_control.hpp"

#include "base/mutation.hpp"
#include "plant/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace hil::control {

std::string_view to_string(WriteSource source) {
    switch (source) {
        case WriteSource::start:
            return "control_engine.start";
        case WriteSource::safe_stop:
            return "control_engine.safe_stop";
        case WriteSource::emergency:
            return "control_engine.emergency_stop";
        case WriteSource::scheduler:
            break;
    }
    return "scheduler";
}

namespace {

// Of every cycle.
std::vector<plant::PointId> looked_at(const plant::StandardPoints& points, const StateWatch& watch) {
    std::vector<plant::PointId> out{points.p_setpoint, points.q_setpoint, points.enable};
    out.insert(out.end(), watch.points().begin(), watch.points().end());
    return out;
}

std::vector<plant::PointId> shown_before_start(const plant::RegisterMap& map,
                                               const std::string& temperature) {
    std::vector<plant::PointId> out{map.standard().soc, map.standard().v_poi};
    const auto point = map.find(temperature);
    if (point && map.point(*point).access != config::Access::write) out.push_back(*point);
    return out;
}

}  // namespace

PlantControl::PlantControl(Clock& clock, plant::Link& link, const config::ModbusEndpoint& endpoint,
                           SetpointSource& setpoints, Options options, Hooks hooks)
    : clock_(clock),
      link_(link),
      endpoint_(endpoint),
      setpoints_(setpoints),
      options_(options),
      hooks_(std::move(hooks)),
      points_(link.map().standard()),
      state_watch_(endpoint, link.map()),
      control_batch_(link.map().batch(std::array{points_.p_setpoint, points_.q_setpoint, points_.enable})),
      watch_batch_(link.map().batch(looked_at(points_, state_watch_))),
      enable_batch_(link.map().batch(std::array{points_.enable})),
      power_batch_(link.map().batch(std::array{points_.p_battery, points_.q_battery})),
      look_batch_(link.map().batch(shown_before_start(link.map(), options_.temperature_point))),
      p_(signal_path(points_.p_setpoint, 0, "kW", options.limits.p_max_kw, options.limits.p_min_kw)),
      q_(points_.dispatches_q()
             ? std::optional(signal_path(points_.q_setpoint, 1, "kvar", options.limits.q_max_kvar,
                                         options.limits.q_min_kvar))
             : std::nullopt),
      observed_(options.period),
      start_news_(clock),
      stop_over_(std::make_shared<AsyncCondition>(clock)),
      wakeup_(clock),
      settled_(clock),
      operations_(clock, [this](const TaskFailure& failure) {
          notify(NoticeKind::write_failed, fmt::format("{} ended: {}", failure.task, failure.what));
      }) {}

void PlantControl::notify(NoticeKind kind, std::string text, std::string point) {
    if (hooks_.on_notice) hooks_.on_notice({kind, std::move(text), std::move(point)});
}

void PlantControl::set_state(PlantState to) {
    if (to == state_) return;
    const PlantState from = std::exchange(state_, to);
    notify(NoticeKind::state_changed, fmt::format("is {}, was {}", to_string(to), to_string(from)));
}

bool PlantControl::set_dispatch_enabled(bool open) {
    dispatch_wanted_ = open && !interlock();
    return apply_dispatch(open);
}

bool PlantControl::apply_dispatch(bool open) {
    if (open && interlock()) return false;
    if (open == status_.dispatch_enabled) return true;
    status_.dispatch_enabled = open;
    for (auto* path : paths())
        path->machine.forget_writes();
    if (!open) {
        link_.advance_epoch();
        note_confirmation(true);
        end_dispatch();
        status_.setpoint.reset();
    }
    if (hooks_.on_dispatch) hooks_.on_dispatch(open);
    wake();
    return true;
}

error_code PlantControl::interlock() const {
    return hooks_.interlock ? hooks_.interlock() : error_code{};
}

awaitable<void> PlantControl::close() {
    operations_.cancel();
    co_await operations_.join();
}

awaitable<void> PlantControl::run() {
    Ticker ticker(clock_, options_.anchor, options_.period, Phase::dispatch);
    for (;;) {
        const auto index = std::max<std::int64_t>(ticker.upcoming_index(), 0);
        Instant until = ticker.due(index);
        if (status_.dispatch_enabled) {
            const auto wall = clock_.wall_now();
            // One that is not ahead would be waited for without end.
            if (const auto change = setpoints_.next_change(wall); change && *change > wall)
                until = std::min(until, std::max(clock_.instant(*change), clock_.now()));
        }
        // What the device may show late, what is to be refreshed.
        for (auto* path : paths())
            if (const auto look = path->machine.take_next_look())
                until = std::min(until, std::max(*look, clock_.now()));
        ticker.release();
        const bool woken =
            clock_.now() <= ticker.due(index) && co_await wakeup_.wait_until(until, Phase::dispatch);
        const auto due_index = std::max<std::int64_t>(ticker.upcoming_index(), index);
        if (!woken && clock_.now() >= ticker.due(due_index)) {
            const auto step = ticker.take(due_index);
            ++statistics_.cycles;
            statistics_.skipped += static_cast<std::uint64_t>(step.skipped);
            statistics_.worst_lateness = std::max(statistics_.worst_lateness, step.lateness);
            if (hooks_.on_cycle) hooks_.on_cycle(step.lateness);
        }
        co_await cycle();
    }
}

awaitable<bool> PlantControl::ready(IoInstant until) {
    while (operating_now_ || seen_session_ == 0 || seen_session_ != link_.status().session) {
        const Duration left = until - clock_.io_now();
        if (left <= Duration::zero()) co_return false;
        (void)co_await settled_.wait_io_for(left);
    }
    co_return true;
}

// Whether the plant is enabled, as just read; none: not known.
std::optional<bool> PlantControl::observe(const plant::Reading& reading, Instant attempted) {
    const auto& enable = reading[2];
    const auto enabled = enable.known ? std::optional(enable.value == 1.0) : std::nullopt;
    if (std::ranges::any_of(reading, &plant::PointValue::known)) {
        observed_.succeeded(attempted, enabled);
    } else {
        observed_.failed(attempted, ReadStatus::read_error, plant::errc::refused_point);
    }
    return enabled;
}

// Brings what is wanted and what is seen together. True: the plant is ours, runs, and is dispatched.
bool PlantControl::reconciled(const plant::Reading& reading, std::optional<bool> enabled, bool forbidden) {
    // What a start that failed has written may take effect later.
    if (enabled == true && desired_ == Desired::stopped && start_shows_until_ &&
        clock_.now() < *start_shows_until_) {
        stop_again("was enabled by a start that had failed: stopping it");
        return false;
    }
    // What the emergency stop or a trip holds back stays stopped, whoever enables it.
    if (enabled == true && forbidden && interlock()) {
        stop_again("was enabled by somebody else though it may not run: stopping it again");
        return false;
    }
    if (state_ == PlantState::running && enabled == false) {
        give_up_running("the plant no longer runs");
        return false;
    }
    if (!still_ours(reading, enabled)) return false;
    set_state(reconcile(state_, enabled));
    if (!status_.dispatch_enabled || state_ != PlantState::running) return false;
    // A plant that somebody else enabled is shown as running, but given no power before it is started or
    // adopted here.
    return desired_ == Desired::running;
}

awaitable<void> PlantControl::cycle() {
    const auto operation = operation_;
    // Of several requests the first may be older than what the operation wrote meanwhile.
    const bool begun_beside = operating_now_;
    const auto epoch = link_.epoch();
    const auto attempted = clock_.now();
    if (link_.status().state != plant::LinkState::connected) {
        observed_.failed(attempted, ReadStatus::connect_failed, link_.status().last_error);
        note_confirmation(false);
        co_return;
    }
    const bool forbidden = static_cast<bool>(interlock());
    const auto reading = co_await link_.read(watch_batch_, plant::Priority::dispatch);
    const auto session =
        link_.status().session;  // the one that answered: a resting link makes it as it is asked
    if (!reading) {
        observed_.failed(attempted, ReadStatus::read_error, reading.error());
        note_confirmation(false);
        co_return;
    }
    const auto enabled = observe(*reading, attempted);

    // An operation that is under way, was when this began, or came meanwhile knows better than this
    // observation.
    if (begun_beside || operating_now_ || operation != operation_) co_return;
    if (session != seen_session_ && mutated(Mutation::reconnect_without_reassert)) {
        seen_session_ = session;
        owed_stop_.reset();
    }
    if (mutated(Mutation::stop_given_up)) owed_stop_.reset();
    if (session != seen_session_) {
        if (!enabled) {  // nothing is decided before the registers are known
            note_confirmation(false);
            co_return;
        }
        co_await first_read_of_session(enabled);
        seen_session_ = session;
        settled_.notify();
        start_news_.notify();
        if (operating_now_ || operation != operation_) co_return;
    }
    if (owed_stop_) {
        co_await pay_owed_stop(*reading, operation);
        if (operating_now_ || operation != operation_) co_return;
    }
    if (reconciled(*reading, enabled, forbidden)) co_await write_what_differs(*reading, epoch);
}

// Whether nobody else has taken the plant. Who has changed its mode works on it: it gets no more power from
// here, and no other register of it is touched.
bool PlantControl::still_ours(const plant::Reading& reading, std::optional<bool> enabled) {
    const bool ours = state_ == PlantState::running && desired_ == Desired::running;
    if (enabled == false) taken_ = false;
    if (enabled != true || (!ours && !taken_)) return true;
    const auto lost = state_watch_.lost(std::span(reading).subspan(3), clock_.now());
    if (!lost) {
        taken_ = false;
        return true;
    }
    if (std::exchange(taken_, true)) return false;
    apply_dispatch(false);
    link_.advance_epoch();
    desired_ = Desired::none;
    set_state(PlantState::unknown);
    notify(NoticeKind::lost_running,
           fmt::format("somebody else has taken the plant: {}: dispatch is off", *lost));
    const auto stop = make_owed_stop();
    std::vector<OwedStop::Write> zeros;
    for (const auto& write : stop.writes())
        if (write.zero) zeros.push_back(write);
    owe(OwedStop(std::move(zeros)));
    return false;
}

// The writes of a stop that nobody has confirmed, again: where the plant is enabled and its power has not
// been waited for, by another safe stop.
awaitable<void> PlantControl::pay_owed_stop(const plant::Reading& reading, std::uint64_t operation) {
    const auto now = clock_.now();
    const std::array points{points_.p_setpoint, points_.q_setpoint, points_.enable};
    const bool was_disabled = owed_stop_->confirmed(points_.enable);
    for (std::size_t i = 0; i < points.size(); ++i)
        see(*owed_stop_, points[i], reading[i]);
    // Somebody has enabled it again.
    if (was_disabled && !owed_stop_->confirmed(points_.enable)) owed_decayed_ = false;
    const bool disables = std::ranges::any_of(owed_stop_->writes(), [](const auto& w) { return !w.zero; });
    const auto& enable = reading[2];
    if (disables && enable.known && enable.value == 1.0 && !owed_decayed_) {
        if (now < owed_stop_at_) co_return;
        owed_stop_.reset();
        stop_again("still runs though it was to be stopped: stopping it again");
        co_return;
    }
    if (mutated(Mutation::stop_step_forgotten) && enable.known) owed_stop_.reset();
    if (owed_stop_ && now >= owed_stop_at_ && !owed_stop_->confirmed()) {
        auto owed = *owed_stop_;  // who takes the plant over meanwhile has his own
        co_await write_owed(owed, disables ? StopPart::everything : StopPart::zeros, operation);
        if (operating_now_ || operation != operation_) co_return;
        owe(std::move(owed));
        co_return;
    }
    if (owed_stop_ && owed_stop_->confirmed()) owe(*owed_stop_);
}

awaitable<void> PlantControl::first_read_of_session(std::optional<bool> enabled) {
    switch (on_first_read(desired_, seen_session_ == 0, enabled)) {
        case SessionAction::carry_on:
            break;
        case SessionAction::assert_stop:
            stop_again("runs after the link came back though it was stopped: stopping it again");
            break;
        case SessionAction::found_running:
            found_running();
            break;
        case SessionAction::lost_running: {
            const bool was_dispatching = status_.dispatch_enabled;
            give_up_running("the plant came back from a lost link no longer running");
            if (options_.on_plant_restart == config::OnPlantRestart::restart)
                operations_.spawn("restart", [this, was_dispatching] { return bring_back(was_dispatching); });
            break;
        }
    }
    co_return;
}

// The plant is one of ours from now on.
void PlantControl::take_over() {
    taken_ = false;
    state_watch_.started(clock_.now());
}

// What the emergency stop or a trip forbids to run is stopped, whatever is configured for others.
void PlantControl::found_running() {
    const auto refused = interlock();
    notify(NoticeKind::found_running,
           refused ? fmt::format("was found running though it may not: {}", refused.message())
                   : "was found running");
    set_state(PlantState::running);
    const auto policy = refused ? config::OnStartRunning::safe_stop : options_.on_start_running;
    if (policy == config::OnStartRunning::adopt) {
        desired_ = Desired::running;
        take_over();
    } else if (policy == config::OnStartRunning::safe_stop) {
        ++operation_;
        operating_now_ = true;
        operations_.spawn("stop found running",
                          [this]() -> awaitable<void> { (void)co_await carry_out_stop({}, {}, {}); });
    }
}

void PlantControl::forget(PlantState into) {
    ++operation_;
    operating_now_ = false;
    doing_.clear();
    link_.advance_epoch();
    set_dispatch_enabled(false);
    status_ = {};
    observed_.reset();
    desired_ = Desired::none;
    seen_session_ = 0;
    owed_stop_.reset();
    stop_owed_notified_ = false;
    taken_ = false;
    cancel_start();
    limited_text_.clear();
    set_state(into);
    settled_.notify();
}

void PlantControl::dispatch_failed(std::string_view what) {
    cancel_start();
    stop_again(fmt::format("dispatch failed: {}: stopping it", what));
}

void PlantControl::stop_again(std::string why) {
    notify(NoticeKind::stop_asserted, std::move(why));
    ++operation_;
    operating_now_ = true;
    operations_.spawn("stop again",
                      [this]() -> awaitable<void> { (void)co_await carry_out_stop({}, {}, {}); });
}

void PlantControl::give_up_running(const char* why) {
    apply_dispatch(false);
    link_.advance_epoch();
    desired_ = Desired::stopped;
    set_state(PlantState::stopped);
    notify(NoticeKind::lost_running, fmt::format("{}: dispatch is off", why));
}

awaitable<error_code> PlantControl::write(plant::PointId point, double value, plant::Priority priority,
                                          plant::Epoch epoch, WriteSource source,
                                          const SignalSetpoint* reason) {
    const auto outcome = co_await link_.write(point, value, priority, epoch);
    ++statistics_.writes;
    if (!outcome) ++statistics_.write_failures;
    // A start and the dispatch tell their machine by themselves.
    if (source == WriteSource::safe_stop) note_zero(point, outcome.error());
    if (hooks_.on_write) hooks_.on_write({point, value, source, outcome.error(), reason});
    co_return outcome.error();
}

}  // namespace hil::control
