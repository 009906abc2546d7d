// The operations of PlantControl: start, safe stop, emergency stop, adoption.
#include "base/backoff.hpp"
#include "base/mutation.hpp"
#include "control/plant_control.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace hil::control {

// The newest operation owns the plant: an older one that finds itself superseded changes nothing more.
// If an operation ends without a verdict (it was cancelled or threw), the plant's state is not known.
struct PlantControl::Operation {
    Operation(PlantControl& owner, Transition underway) : control(owner), id(++owner.operation_) {
        control.operating_now_ = true;
        control.set_transition(underway);
    }
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;
    ~Operation() {
        if (!current()) return;
        control.operating_now_ = false;
        control.doing_.clear();
        control.settled_.notify();
        if (!decided) control.transition_ = Transition::unknown;
    }

    [[nodiscard]] bool current() const { return control.operation_ == id; }
    void decide(Transition to) {
        if (!current()) return;
        decided = true;
        control.set_transition(to);
    }

    PlantControl& control;
    std::uint64_t id;
    bool decided = false;
};

namespace {

// Whether a point was read back to hold what was written: the same registers. The number they stand for may
// be another one, because a register holds whole counts, or a float32 the nearest number it has.
bool holds(const plant::Reading& back, const plant::Codec& codec, double written) {
    const auto wanted = codec.encode(written);
    return wanted && !back.empty() && back.front().known && back.front().words == *wanted;
}

}  // namespace

// Reads a step back until it is as written or its time is over.
awaitable<error_code> PlantControl::verify_step(const config::SequenceStep& step, plant::PointId point,
                                                plant::Priority priority, plant::Epoch epoch) {
    constexpr Duration poll = std::chrono::milliseconds(250);
    const auto of_point =
        link_.map().point(point).verify_timeout.value_or(config::Point::usual_verify_timeout);
    const Instant deadline = clock_.now() + step.verify_timeout.value_or(of_point);
    const auto plan = link_.map().plan(std::array{point});
    for (;;) {
        const auto back = co_await link_.read(plan, priority);
        if (!back) co_return back.error();
        if (holds(*back, link_.map().codec(point), step.value)) co_return error_code{};
        if (clock_.now() >= deadline || link_.epoch() != epoch) co_return errc::enable_failed;
        co_await clock_.sleep_for(std::min(poll, deadline - clock_.now()));
    }
}

awaitable<error_code> PlantControl::run_sequence(const std::vector<config::SequenceStep>& steps,
                                                 plant::Priority priority, plant::Epoch epoch,
                                                 WriteSource source) {
    error_code first;
    for (const auto& step : steps) {
        const auto point = link_.map().find(step.point);
        if (!point) co_return plant::errc::no_such_point;
        auto error = co_await write(*point, step.value, priority, epoch, source);
        if (!error && step.verify) error = co_await verify_step(step, *point, priority, epoch);
        // A stop goes through all its steps whatever one of them says; a start ends at the first refusal.
        if (error && !first) first = error;
        if (error && source == WriteSource::start) break;
    }
    co_return first;
}

awaitable<std::optional<bool>> PlantControl::read_enabled(plant::Priority priority) {
    const auto attempted = clock_.now();
    const auto reading = co_await link_.read(enable_plan_, priority);
    if (!reading || !reading->front().known) co_return std::nullopt;
    const bool enabled = reading->front().value == 1.0;
    observed_.succeeded(attempted, enabled);
    co_return enabled;
}

awaitable<std::optional<bool>> PlantControl::await_enabled(bool expected, plant::Priority priority,
                                                           std::uint64_t operation) {
    constexpr Duration poll = std::chrono::milliseconds(250);
    // Whoever asks for an emergency stop hears soon that it did not arrive.
    const Duration usual = priority == plant::Priority::emergency ? Duration(std::chrono::seconds(1))
                                                                  : config::Point::usual_verify_timeout;
    const Instant deadline = clock_.now() + link_.map().point(points_.enable).verify_timeout.value_or(usual);
    for (;;) {
        const auto enabled = co_await read_enabled(priority);
        if (!enabled || *enabled == expected || clock_.now() >= deadline || operation != operation_)
            co_return enabled;
        co_await clock_.sleep_for(std::min(poll, deadline - clock_.now()));
    }
}

awaitable<StartResult> PlantControl::start(Say say) {
    return start(std::move(say), By::somebody);
}

awaitable<StopResult> PlantControl::stop(Say say) {
    return stop(std::move(say), By::somebody);
}

// Starts a plant that was found no longer running, until it runs or somebody decides otherwise.
awaitable<void> PlantControl::bring_back(bool gate_was_open) {
    Backoff pause(std::chrono::seconds(5), std::chrono::minutes(5));
    error_code told;
    for (const auto decided = decisions_; decided == decisions_;) {
        if (!operating_now_) {
            set_gate(gate_was_open);
            const auto tried = co_await start({}, By::itself);
            if (!tried.error || decided != decisions_) co_return;
            set_gate(false);
            if (tried.error != std::exchange(told, tried.error)) {
                notify(
                    NoticeKind::restart_failed,
                    fmt::format("could not be started again: {}; it is tried again", tried.error.message()));
            }
        }
        co_await clock_.io_sleep_for(pause.next());
    }
}

awaitable<StartResult> PlantControl::start(Say say, By whom) {
    StartResult out;
    if (const auto refused = refusal()) {
        out.error = refused;
        co_return out;
    }
    if (transition_ == Transition::starting || transition_ == Transition::running) {
        out.error = errc::already_running;
        co_return out;
    }
    if (link_.status().state != plant::LinkState::connected) {
        out.error = errc::not_connected;  // a stop under way goes on
        co_return out;
    }
    if (whom == By::somebody) ++decisions_;
    // From here on a stop under way is superseded: if this start comes to nothing, the stop is owed again.
    const bool stopped_before = transition_ == Transition::stopped;
    const Transition otherwise = stopped_before ? Transition::stopped : Transition::unknown;
    Operation operation(*this, Transition::starting);
    seen_session_ = link_.status().session;  // this operation reads before it writes
    const auto epoch = link_.advance_epoch();
    if (hooks_.seed_soc) {
        tell(say, operation.id, "setting the state of charge");
        const auto seeded = co_await hooks_.seed_soc();
        if (!seeded) {
            if (operation.current()) stop_unconfirmed_ = desired_ == Desired::stopped && !stopped_before;
            operation.decide(otherwise);
            out.error = errc::seed_failed;
            co_return out;
        }
    }
    desired_ = Desired::stopped;  // until it runs; a half-started plant is to be stopped again
    const bool setpoints_first = endpoint_.setpoints == config::SetpointOrder::before_enable;
    tell(say, operation.id, setpoints_first ? "writing the setpoint" : "looking at the setpoint");
    const auto unset = setpoints_first ? co_await write_initial_setpoint(out, operation.id, epoch)
                                       : co_await refuse_stale_setpoint(out);
    if (unset) {
        // Nothing was enabled yet.
        if (operation.current()) stop_unconfirmed_ = !stopped_before;
        operation.decide(otherwise);
        out.error = unset == errc::stale_setpoint ? unset : error_code(errc::setpoint_write_failed);
        if (!operation.current()) out.error = errc::superseded;
        co_return out;
    }
    if (setpoints_first) out.setpoint_write_ok = !out.setpoint_write_skipped;

    tell(say, operation.id, "enabling");
    auto error =
        co_await run_sequence(endpoint_.start_sequence, plant::Priority::control, epoch, WriteSource::start);
    if (!error && operation.current()) {
        const auto enabled = co_await await_enabled(true, plant::Priority::control, operation.id);
        if (enabled != true)
            error = enabled ? error_code(errc::enable_failed) : error_code(modbus::errc::timeout);
    }
    bool zero_failed = false;
    if (!error && operation.current() && !setpoints_first) {
        tell(say, operation.id, "writing the setpoint");
        error = co_await zero_after_enable(out, operation.id, epoch);
        zero_failed = static_cast<bool>(error);
    }
    if (!operation.current()) {
        out.error = errc::superseded;
        co_return out;
    }
    stop_unconfirmed_ = static_cast<bool>(error);
    if (!error) {
        out.enable_ok = true;
        desired_ = Desired::running;
        operation.decide(Transition::running);
        wake();
        co_return out;
    }
    out.error = zero_failed ? errc::setpoint_write_failed : errc::enable_failed;
    if (modbus::is_exception(error) || error == errc::enable_failed) {
        // The plant answered and refused: what the sequence did so far is taken back.
        (void)co_await run_sequence(endpoint_.stop_sequence, plant::Priority::control, epoch,
                                    WriteSource::safe_stop);
        operation.decide(Transition::stopped);
    } else {
        (void)co_await run_sequence(endpoint_.stop_sequence, plant::Priority::control, epoch,
                                    WriteSource::safe_stop);
        operation.decide(Transition::unknown);
    }
    co_return out;
}

// Another master may write a setpoint while a stop waits for the power to decay.
awaitable<void> PlantControl::keep_at_zero(std::uint64_t operation) {
    const auto held = co_await link_.read(control_plan_, plant::Priority::control);
    if (!held) co_return;
    const std::array points{points_.p_setpoint, points_.q_setpoint};
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (operation != operation_ || !(*held)[i].known || (*held)[i].value == 0.0) continue;
        (void)co_await write(points[i], 0.0, plant::Priority::control, link_.epoch(), WriteSource::safe_stop);
    }
}

// Heard by the command record and by doing(), as long as the operation owns the plant.
void PlantControl::tell(const Say& say, std::uint64_t operation, std::string step) {
    if (operation != operation_) return;
    doing_ = step;
    if (say) say(std::move(step));
}

awaitable<bool> PlantControl::wait_for_decay(std::uint64_t operation, const Say& say) {
    constexpr double threshold = 1.0;  // kW and kvar
    constexpr Duration told_every = std::chrono::seconds(1);
    const Instant began = clock_.now();
    const Instant give_up = began + options_.decay_timeout;
    Instant tell_at = began;
    for (;;) {
        const auto reading = co_await link_.read(power_plan_, plant::Priority::control);
        if (!reading || operation != operation_) co_return false;
        const auto& p = (*reading)[0];
        const auto& q = (*reading)[1];
        if (p.known && q.known && std::abs(p.value) < threshold && std::abs(q.value) < threshold)
            co_return true;
        if (clock_.now() >= tell_at) {
            tell_at = clock_.now() + told_every;
            tell(say, operation,
                 fmt::format("waiting for decay, {:.1f} s", to_seconds(clock_.now() - began)));
        }
        co_await keep_at_zero(operation);
        if (operation != operation_ || clock_.now() + options_.decay_poll > give_up) co_return false;
        co_await clock_.sleep_for(options_.decay_poll);
        if (operation != operation_) co_return false;
    }
}

awaitable<int> PlantControl::write_zeros(plant::Epoch epoch, error_code& failure) {
    int succeeded = 0;
    for (const auto point : {points_.p_setpoint, points_.q_setpoint}) {
        const auto error =
            co_await write(point, 0.0, plant::Priority::control, epoch, WriteSource::safe_stop);
        if (error) {
            failure = error;
        } else {
            ++succeeded;
        }
    }
    co_return succeeded;
}

// Waits for the emergency stop under way, if there is one; whether it has stopped the plant.
awaitable<bool> PlantControl::stopped_by_emergency() {
    if (emergencies_ == 0) co_return false;
    const auto over = emergency_over_;
    while (emergencies_ > 0)
        co_await over->wait();
    co_return transition_ == Transition::stopped && !stop_unconfirmed_;
}

awaitable<StopResult> PlantControl::stop(Say say, By whom) {
    StopResult out;
    if (whom == By::somebody) ++decisions_;
    if (co_await stopped_by_emergency()) {
        out.disable_ok = true;
        co_return out;
    }
    Operation operation(*this, Transition::stopping);
    set_gate(false);
    desired_ = Desired::stopped;
    auto epoch = link_.advance_epoch();

    // A link that is down gets one attempt, at the begin or when it is lost on the way.
    bool may_connect = true;
    const auto connect = [&]() -> awaitable<bool> {
        if (link_.answers() || !std::exchange(may_connect, false)) co_return false;
        tell(say, operation.id, "connecting");
        co_return !(co_await link_.connect_now());
    };
    // After a lost session the link has a new epoch; it is this operation's as long as no other came.
    if (co_await connect() && operation.current()) epoch = link_.epoch();

    int succeeded = 0;
    error_code failure;
    if (operation.current()) {
        tell(say, operation.id, "zeroing");
        succeeded = co_await write_zeros(epoch, failure);
    }
    if (operation.current()) {
        publish(WriteSource::safe_stop, Target{}, 2, succeeded, failure);
        if (!mutated(Mutation::decay_not_awaited))
            out.threshold_reached = co_await wait_for_decay(operation.id, say);
    }
    if (operation.current() && co_await connect() && operation.current())
        (void)co_await write_zeros(link_.epoch(), failure);
    if (operation.current()) {
        tell(say, operation.id, "disabling");
        const auto error = co_await run_sequence(endpoint_.stop_sequence, plant::Priority::control,
                                                 link_.epoch(), WriteSource::safe_stop);
        const auto enabled = co_await await_enabled(false, plant::Priority::control, operation.id);
        out.disable_ok = !error && enabled == false;
    }
    conclude_stop(operation, out);
    co_return out;
}

awaitable<StopResult> PlantControl::emergency_stop(Say say) {
    StopResult out;
    ++decisions_;
    if (co_await stopped_by_emergency()) {
        out.disable_ok = true;
        co_return out;
    }
    struct UnderWay {
        explicit UnderWay(PlantControl& c) : control(c) { ++control.emergencies_; }
        UnderWay(const UnderWay&) = delete;
        UnderWay& operator=(const UnderWay&) = delete;
        ~UnderWay() {
            --control.emergencies_;
            control.emergency_over_->notify_all();
        }
        PlantControl& control;
    };
    const UnderWay under_way(*this);
    Operation operation(*this, Transition::stopping);
    set_gate(false);
    desired_ = Desired::stopped;
    link_.advance_epoch();
    tell(say, operation.id, "emergency: zeroing and disabling");

    std::vector<plant::Link::EmergencyWrite> writes{{points_.p_setpoint, 0.0}, {points_.q_setpoint, 0.0}};
    bool sequence_known = true;
    for (const auto& step : endpoint_.stop_sequence) {
        const auto point = link_.map().find(step.point);
        if (point) writes.push_back({*point, step.value});
        sequence_known = sequence_known && point.has_value();
    }
    const auto outcome = co_await link_.emergency(writes);
    int zeroed = 0;
    error_code zero_failure;
    bool disabled = sequence_known;
    for (std::size_t i = 0; i < writes.size(); ++i) {
        const auto error = outcome.writes[i];
        ++statistics_.writes;
        if (error) ++statistics_.write_failures;
        if (i < 2) {
            note_zero(writes[i].point, error);
            if (error) zero_failure = error;
            zeroed += error ? 0 : 1;
        } else if (error) {
            disabled = false;
        }
        if (hooks_.on_write)
            hooks_.on_write({writes[i].point, writes[i].value, WriteSource::emergency, error, nullptr});
    }
    if (operation.current()) {
        publish(WriteSource::emergency, Target{}, 2, zeroed, zero_failure);
        tell(say, operation.id, "reading back");
        const auto enabled = co_await await_enabled(false, plant::Priority::emergency, operation.id);
        out.disable_ok = disabled && enabled == false;
    }
    conclude_stop(operation, out);
    // A request of before may have been on its way on the connection that was given up: the next cycle looks.
    if (outcome.reconnected && operation.current()) stop_unconfirmed_ = true;
    co_return out;
}

void PlantControl::conclude_stop(Operation& operation, StopResult& out) {
    if (!operation.current()) {
        out.error = errc::superseded;
        return;
    }
    if (out.disable_ok) seen_session_ = link_.status().session;
    stop_unconfirmed_ = !out.disable_ok;
    if (!out.disable_ok) out.error = errc::disable_failed;
    operation.decide(out.disable_ok ? Transition::stopped : Transition::unknown);
}

// The setpoints a plant had that is not ours; true when it surely has them.
awaitable<bool> PlantControl::give_back(const plant::Reading& held) {
    const auto now = co_await link_.read(control_plan_, plant::Priority::control);
    if (!now) co_return false;
    const std::array points{points_.p_setpoint, points_.q_setpoint};
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (!held[i].known || !(*now)[i].known) co_return false;
        if (held[i].words == (*now)[i].words) continue;
        if (co_await write(points[i], held[i].value, plant::Priority::control, link_.epoch(),
                           WriteSource::start))
            co_return false;
    }
    co_return true;
}

awaitable<error_code> PlantControl::adopt(Say say) {
    if (const auto refused = refusal()) co_return refused;
    if (link_.status().state != plant::LinkState::connected) co_return errc::not_connected;
    if (operating_now_ || (transition_ == Transition::running && desired_ == Desired::running))
        co_return errc::already_running;
    const auto before = operation_;
    const auto held = co_await link_.read(control_plan_, plant::Priority::control);
    if (operation_ != before) co_return errc::superseded;
    if (!held || !(*held)[2].known) co_return errc::not_connected;
    if ((*held)[2].value != 1.0) co_return errc::not_running;

    ++decisions_;
    Operation operation(*this, Transition::running);
    const auto wanted_before = desired_;
    seen_session_ = link_.status().session;
    const bool stop_was_unconfirmed = std::exchange(stop_unconfirmed_, false);
    const auto epoch = link_.advance_epoch();
    const bool gate_was_open = gate();
    set_gate(true);
    tell(say, operation.id, "writing the setpoint");
    StartResult written;
    const auto error = co_await write_initial_setpoint(written, operation.id, epoch);
    if (!operation.current()) co_return errc::superseded;
    operation.decide(Transition::running);
    if (error) {
        desired_ = wanted_before;
        stop_unconfirmed_ = stop_was_unconfirmed;
        set_gate(gate_was_open);
        if (!co_await give_back(*held) && operation.current())
            stop_again("could not be taken over, and not be given back what it had: stopping it");
        co_return errc::setpoint_write_failed;
    }
    desired_ = Desired::running;
    wake();
    co_return error_code{};
}

}  // namespace hil::control
