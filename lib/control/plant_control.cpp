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

// Whether limits, safety and faults made the same of both.
bool says_the_same(const Target& a, const Target& b) {
    const auto same = [](const SignalTarget& x, const SignalTarget& y) {
        return x.value == y.value && x.asked == y.asked && x.limit == y.limit &&
               x.restrained == y.restrained && x.condition == y.condition && x.faulty() == y.faulty();
    };
    return same(a.p, b.p) && same(a.q, b.q);
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
      control_plan_(link.map().plan(std::array{points_.p_setpoint, points_.q_setpoint, points_.enable})),
      enable_plan_(link.map().plan(std::array{points_.enable})),
      power_plan_(link.map().plan(std::array{points_.p_battery, points_.q_battery})),
      p_codec_(link.map().codec(points_.p_setpoint)),
      q_codec_(link.map().codec(points_.q_setpoint)),
      observed_(options.period),
      emergency_over_(std::make_shared<Waiters>(clock)),
      wakeup_(clock),
      settled_(clock),
      operations_(clock, [this](const TaskFailure& failure) {
          notify(NoticeKind::write_failed, fmt::format("{} ended: {}", failure.task, failure.what));
      }) {}

void PlantControl::notify(NoticeKind kind, std::string text) {
    if (hooks_.on_notice) hooks_.on_notice({kind, std::move(text)});
}

void PlantControl::set_transition(Transition to) {
    if (to == transition_) return;
    const Transition from = std::exchange(transition_, to);
    notify(NoticeKind::transition, fmt::format("{} -> {}", to_string(from), to_string(to)));
}

bool PlantControl::set_gate(bool open) {
    if (open && refusal()) return false;
    if (open == status_.sending_enabled) return true;
    status_.sending_enabled = open;
    written_p_.reset();
    written_q_.reset();
    if (!open) {
        link_.advance_epoch();
        note_confirmation(true);
        status_.target.reset();
    }
    if (hooks_.on_gate) hooks_.on_gate(open);
    wake();
    return true;
}

error_code PlantControl::refusal() const {
    return hooks_.refusal ? hooks_.refusal() : error_code{};
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
        if (status_.sending_enabled) {
            const auto wall = clock_.wall_now();
            // One that is not ahead would be waited for without end.
            if (const auto change = setpoints_.next_change(wall); change && *change > wall)
                until = std::min(until, std::max(clock_.instant(*change), clock_.now()));
        }
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

awaitable<void> PlantControl::ready() {
    while (operating_now_ || seen_session_ == 0 || seen_session_ != link_.status().session) {
        co_await settled_.wait();
    }
}

awaitable<void> PlantControl::cycle() {
    const auto operation = operation_;
    const auto epoch = link_.epoch();
    const auto attempted = clock_.now();
    if (link_.status().state != plant::LinkState::connected) {
        observed_.failed(attempted, ReadStatus::connect_failed, link_.status().last_error);
        note_confirmation(false);
        co_return;
    }
    const auto session = link_.status().session;
    const bool forbidden = static_cast<bool>(refusal());
    const auto reading = co_await link_.read(control_plan_, plant::Priority::dispatch);
    if (!reading) {
        observed_.failed(attempted, ReadStatus::read_error, reading.error());
        note_confirmation(false);
        co_return;
    }
    const auto& enable = (*reading)[2];
    const auto enabled = enable.known ? std::optional(enable.value == 1.0) : std::nullopt;
    if (std::ranges::any_of(*reading, &plant::PointValue::known)) {
        observed_.succeeded(attempted, enabled);
    } else {
        observed_.failed(attempted, ReadStatus::read_error, plant::errc::refused_point);
    }

    // An operation that is under way, or came meanwhile, knows better than this observation.
    if (operating_now_ || operation != operation_) co_return;
    if (session != seen_session_ && mutated(Mutation::reconnect_without_reassert)) {
        seen_session_ = session;
        stop_unconfirmed_ = false;
    }
    if (mutated(Mutation::stop_given_up)) stop_unconfirmed_ = false;
    if (session != seen_session_) {
        if (!enabled) {  // nothing is decided before the registers are known
            note_confirmation(false);
            co_return;
        }
        co_await first_read_of_session(enabled);
        seen_session_ = session;
        settled_.notify();
        if (operating_now_ || operation != operation_) co_return;
    }
    if (enabled && std::exchange(stop_unconfirmed_, false) && *enabled) {
        stop_again("still runs though it was to be stopped: stopping it again");
        co_return;
    }
    // What the emergency stop or a trip holds back stays stopped, whoever enables it.
    if (enabled == true && forbidden && refusal()) {
        stop_again("was enabled by somebody else though it may not run: stopping it again");
        co_return;
    }
    if (transition_ == Transition::running && enabled == false) {
        give_up_running("the plant no longer runs");
        co_return;
    }
    set_transition(reconcile(transition_, enabled));
    if (!status_.sending_enabled || transition_ != Transition::running) co_return;
    // A plant that somebody else enabled is shown as running, but given no power before it is started or
    // adopted here.
    if (desired_ != Desired::running) co_return;
    co_await write_what_differs(*reading, epoch);
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
            const bool gate_was_open = status_.sending_enabled;
            give_up_running("the plant came back from a lost link no longer running");
            if (options_.on_plant_restart == config::OnPlantRestart::restart)
                operations_.spawn("restart", [this, gate_was_open] { return bring_back(gate_was_open); });
            break;
        }
    }
    co_return;
}

// What the emergency stop or a trip forbids to run is stopped, whatever is configured for others.
void PlantControl::found_running() {
    const auto refused = refusal();
    notify(NoticeKind::found_running,
           refused ? fmt::format("was found running though it may not: {}", refused.message())
                   : "was found running");
    set_transition(Transition::running);
    const auto policy = refused ? config::OnStartRunning::safe_stop : options_.on_start_running;
    if (policy == config::OnStartRunning::adopt) {
        desired_ = Desired::running;
    } else if (policy == config::OnStartRunning::safe_stop) {
        ++operation_;
        operating_now_ = true;
        operations_.spawn("stop found running",
                          [this]() -> awaitable<void> { (void)co_await stop({}, By::itself); });
    }
}

void PlantControl::forget(Transition into) {
    ++operation_;
    ++decisions_;
    operating_now_ = false;
    doing_.clear();
    link_.advance_epoch();
    set_gate(false);
    status_ = {};
    observed_.reset();
    desired_ = Desired::none;
    seen_session_ = 0;
    stop_unconfirmed_ = false;
    limited_text_.clear();
    set_transition(into);
    settled_.notify();
}

void PlantControl::dispatch_failed(std::string_view what) {
    ++decisions_;
    stop_again(fmt::format("dispatch failed: {}: stopping it", what));
}

void PlantControl::stop_again(std::string why) {
    notify(NoticeKind::stop_asserted, std::move(why));
    ++operation_;
    operating_now_ = true;
    operations_.spawn("stop again", [this]() -> awaitable<void> { (void)co_await stop({}, By::itself); });
}

void PlantControl::give_up_running(const char* why) {
    set_gate(false);
    link_.advance_epoch();
    desired_ = Desired::stopped;
    set_transition(Transition::stopped);
    notify(NoticeKind::lost_running, fmt::format("{}: dispatch is off", why));
}

awaitable<error_code> PlantControl::write(plant::PointId point, double value, plant::Priority priority,
                                          plant::Epoch epoch, WriteSource source,
                                          const SignalTarget* reason) {
    const auto outcome = co_await link_.write(point, value, priority, epoch);
    ++statistics_.writes;
    if (!outcome) ++statistics_.write_failures;
    if (hooks_.on_write) hooks_.on_write({point, value, source, outcome.error(), reason});
    co_return outcome.error();
}

awaitable<void> PlantControl::write_what_differs(const plant::Reading& reading, plant::Epoch epoch) {
    const Target target = setpoints_.target(clock_.wall_now());
    const bool told = !limited_text_.empty() && status_.target && says_the_same(*status_.target, target);
    status_.target = target;
    if (!told && (target.changed() || !limited_text_.empty())) {
        auto text = target.text();
        if (text != limited_text_ && !text.empty()) notify(NoticeKind::limited, text);
        limited_text_ = std::move(text);
    }
    if (written_epoch_ != epoch) {
        written_p_.reset();
        written_q_.reset();
        written_epoch_ = epoch;
    }
    const auto wanted_p = p_codec_.encode(target.p.value);
    const auto wanted_q = q_codec_.encode(target.q.value);
    if (!wanted_p || !wanted_q) {  // the target is clamped to what the registers can hold
        status_.last_status = WriteStatus::failed;
        status_.last_error = (wanted_p ? wanted_q.error() : wanted_p.error()).message();
        note_confirmation(false);
        co_return;
    }
    const auto known = [](const plant::PointValue& v) {
        return v.known ? std::optional(v.words) : std::nullopt;
    };
    status_.p = compare({*wanted_p, known(reading[0]), written_p_});
    status_.q = compare({*wanted_q, known(reading[1]), written_q_});
    if (hooks_.on_target) hooks_.on_target(target, status_.p.confirmed, status_.q.confirmed);
    if (!status_.p.write && !status_.q.write) {
        if (target.p.faulty() || target.q.faulty()) {
            status_.last_status = WriteStatus::failed;
            status_.last_error = target.text();
        }
        note_confirmation(status_.p.confirmed && status_.q.confirmed);
        co_return;
    }

    note_confirmation(false);
    int attempted = 0;
    int succeeded = 0;
    error_code failure;
    const auto send = [&](plant::PointId point, const SignalTarget& signal, plant::Registers words,
                          std::optional<plant::Registers>& written) -> awaitable<void> {
        ++attempted;
        const auto error = co_await write(point, signal.value, plant::Priority::dispatch, epoch,
                                          WriteSource::scheduler, &signal);
        if (error) {
            failure = error;
        } else {
            ++succeeded;
            written = words;
        }
    };
    if (status_.p.write) co_await send(points_.p_setpoint, target.p, *wanted_p, written_p_);
    if (status_.q.write && link_.epoch() == epoch)
        co_await send(points_.q_setpoint, target.q, *wanted_q, written_q_);
    if (link_.epoch() != epoch) co_return;  // who ended it says what became of the plant
    publish(WriteSource::scheduler, target, attempted, succeeded, failure);
    if (succeeded == 0) co_return;

    // A write is done when it is read back.
    const auto after = co_await link_.read(control_plan_, plant::Priority::dispatch);
    if (!after || link_.epoch() != epoch) co_return;
    const auto p = compare({*wanted_p, known((*after)[0]), written_p_});
    const auto q = compare({*wanted_q, known((*after)[1]), written_q_});
    note_confirmation(p.confirmed && q.confirmed);
    if (hooks_.on_target) hooks_.on_target(target, p.confirmed, q.confirmed);
}

void PlantControl::publish(WriteSource source, const Target& target, int attempted, int succeeded,
                           error_code error) {
    const auto now = clock_.wall_now();
    status_.last_status = summarise(attempted, succeeded);
    status_.last_source = source;
    status_.last_attempt_at = now;
    status_.last_attempt_p_kw = target.p.value;
    status_.last_attempt_q_kvar = target.q.value;
    status_.last_error.clear();
    if (error) {
        status_.last_error = fmt::format("setpoint_write_{}: {}",
                                         succeeded > 0 ? "partial_failure" : "failed", error.message());
        notify(NoticeKind::write_failed, status_.last_error);
    } else {
        status_.last_success_at = now;
        status_.last_success_p_kw = target.p.value;
        status_.last_success_q_kvar = target.q.value;
    }
    if (target.p.faulty() || target.q.faulty()) {
        status_.last_status = WriteStatus::failed;
        status_.last_error = target.text();
    }
}

// Time counts from the first cycle that finds a wanted setpoint not confirmed to the read-back that confirms
// it.
void PlantControl::note_confirmation(bool confirmed) {
    const auto now = clock_.now();
    if (unconfirmed_since_) {
        statistics_.longest_unconfirmed =
            std::max(statistics_.longest_unconfirmed, now - *unconfirmed_since_);
    }
    if (confirmed) {
        if (unconfirmed_since_) statistics_.unconfirmed += now - *unconfirmed_since_;
        unconfirmed_since_.reset();
        if (std::exchange(unconfirmed_alarm_, false)) {
            notify(NoticeKind::confirmed_again, "the setpoint is confirmed again");
        }
        return;
    }
    if (!status_.sending_enabled || transition_ != Transition::running) return;
    if (!unconfirmed_since_) unconfirmed_since_ = now;
    const Duration open = now - *unconfirmed_since_;
    if (open >= options_.unconfirmed_alarm && !std::exchange(unconfirmed_alarm_, true)) {
        notify(NoticeKind::unconfirmed,
               fmt::format("the setpoint has not been confirmed for {:.0f} s", to_seconds(open)));
    }
}

}  // namespace hil::control
