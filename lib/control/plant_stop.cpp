// Stopping a plant: the safe stop, the emergency stop, and what either of them leaves to be done.
#include "base/mutation.hpp"
#include "control/plant_operation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace hil::control {

OwedStop PlantControl::make_owed_stop() const {
    std::vector<OwedStop::Write> writes;
    for (const auto point : {points_.p_setpoint, points_.q_setpoint}) {
        if (point == plant::no_point) continue;
        const auto time =
            link_.map().point(point).verify_timeout.value_or(config::Point::usual_verify_timeout);
        writes.push_back({point, 0.0, false, time, true});
    }
    for (const auto& step : endpoint_.stop_sequence) {
        const auto point = link_.map().find(step.point);
        if (!point) continue;  // the configuration does not allow it
        for (auto& earlier : writes)
            if (earlier.point == *point && !earlier.zero) earlier.read_back = false;
        const bool read_back = step.verify || *point == points_.enable;
        writes.push_back({*point, step.value, read_back, time_of(step), false});
    }
    return OwedStop(std::move(writes));
}

std::string PlantControl::text_of(const OwedStop& owed) const {
    const auto open = owed.open();
    if (!open) return {};
    const auto& write = owed.writes()[*open];
    const auto why = owed.outcome(*open);
    return fmt::format("{} = {:g}: {}", link_.map().point(write.point).name, write.value,
                       why ? why.message() : "acknowledged, and the register does not show it");
}

// The same registers, not the same number: see the verification of a start's steps. Of a setpoint what the
// device is known to make of a value counts, too.
void PlantControl::see(OwedStop& owed, plant::PointId point, const plant::PointValue& value) const {
    const auto* write = owed.last(point);
    if (write == nullptr || !value.held()) return;
    const auto words = link_.map().codec(point).encode(write->value);
    const auto& known = link_.map().point(point);
    const bool near = write->zero && std::abs(value.value) <= std::max(known.step, known.tolerance);
    owed.seen(point, near || (words && value.words == *words), clock_.now());
}

awaitable<void> PlantControl::write_owed(OwedStop& owed, StopPart part, std::uint64_t operation) {
    for (const auto index : owed.due(clock_.now())) {
        if (operation != operation_) co_return;
        const auto what = owed.writes()[index];
        if (part == StopPart::zeros && !what.zero) continue;
        const auto error = co_await write(what.point, what.value, plant::Priority::control, link_.epoch(),
                                          WriteSource::safe_stop);
        owed.written(index, error, clock_.now());
        if (error || what.zero || !what.read_back || what.point == points_.enable) continue;
        const auto batch = link_.map().batch(std::array{what.point});
        const auto back = co_await link_.read(batch, plant::Priority::control);
        if (back && !back->empty() && back->front().held()) see(owed, what.point, back->front());
    }
    if (part == StopPart::zeros || operation != operation_) co_return;
    const auto enabled = co_await read_enabled(plant::Priority::control);
    if (enabled) owed.seen(points_.enable, !*enabled, clock_.now());
}

void PlantControl::settle_owed_stop() {
    owed_stop_.reset();
    stop_again_pause_.reset();
    if (std::exchange(stop_owed_notified_, false))
        notify(NoticeKind::stop_confirmed, "the stop is confirmed");
}

// What is not confirmed is left to the cycles.
void PlantControl::owe(OwedStop owed) {
    owed.settle_refused_zeros();
    if (owed.confirmed()) {
        settle_owed_stop();
        return;
    }
    owed_stop_at_ = clock_.now();
    if (owed.failed(owed_stop_at_)) {
        owed_stop_at_ += owed.disabled() ? owed.pause() : stop_again_pause_.next();
        if (!std::exchange(stop_owed_notified_, true)) {
            notify(NoticeKind::stop_owed,
                   fmt::format("the stop is not confirmed and is repeated: {}", text_of(owed)));
        }
    }
    owed_stop_ = std::move(owed);
}

awaitable<std::optional<bool>> PlantControl::read_enabled(plant::Priority priority) {
    const auto attempted = clock_.now();
    const auto reading = co_await link_.read(enable_batch_, priority);
    if (!reading || !reading->front().known) co_return std::nullopt;
    const bool enabled = reading->front().value == 1.0;
    observed_.succeeded(attempted, enabled);
    co_return enabled;
}

// Another master may write a setpoint while a stop waits for the power to decay.
awaitable<void> PlantControl::keep_at_zero(std::uint64_t operation) {
    const auto held = co_await link_.read(control_batch_, plant::Priority::control);
    if (!held) co_return;
    const std::array points{points_.p_setpoint, points_.q_setpoint};
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (operation != operation_ || !(*held)[i].held() || (*held)[i].value == 0.0) continue;
        (void)co_await write(points[i], 0.0, plant::Priority::control, link_.epoch(), WriteSource::safe_stop);
    }
}

awaitable<bool> PlantControl::wait_for_decay(std::uint64_t operation, const Say& say) {
    const double threshold = options_.stop_threshold_kw;  // kvar, too
    constexpr Duration notify_every = std::chrono::seconds(1);
    const Instant began = clock_.now();
    const Instant give_up = began + options_.decay_timeout;
    Instant notify_at = began;
    for (;;) {
        const auto reading = co_await link_.read(power_batch_, plant::Priority::control);
        if (!reading || operation != operation_) co_return false;
        const auto& p = (*reading)[0];
        const auto& q = (*reading)[1];
        const bool no_q = points_.q_battery == plant::no_point;
        if (p.known && std::abs(p.value) < threshold && (no_q || (q.known && std::abs(q.value) < threshold)))
            co_return true;
        if (clock_.now() >= notify_at) {
            notify_at = clock_.now() + notify_every;
            say_step(say, operation,
                     fmt::format("waiting for decay, {:.1f} s", to_seconds(clock_.now() - began)));
        }
        co_await keep_at_zero(operation);
        if (operation != operation_ || clock_.now() + options_.decay_poll > give_up) co_return false;
        co_await clock_.sleep_for(options_.decay_poll);
        if (operation != operation_) co_return false;
    }
}

struct PlantControl::StopUnderWay {
    StopUnderWay(PlantControl& owner, int& of_its_kind) : control(owner), count(of_its_kind) { ++count; }
    StopUnderWay(const StopUnderWay&) = delete;
    StopUnderWay& operator=(const StopUnderWay&) = delete;
    ~StopUnderWay() {
        --count;
        control.stop_over_->notify_all();
    }
    PlantControl& control;
    int& count;
};

// Waits for the emergency stop under way, if there is one; whether it has stopped the plant.
awaitable<bool> PlantControl::stopped_by_emergency() {
    if (emergencies_ == 0) co_return false;
    const auto over = stop_over_;
    while (emergencies_ > 0)
        co_await over->wait();
    co_return state_ == PlantState::stopped && !owed_stop_;
}

// What the stop that overtook another one came to: for who waits for either, the plant stands still. An
// emergency stop is another thing, and who is overtaken by it says so.
awaitable<std::optional<StopResult>> PlantControl::result_of_newer_stop() {
    const auto over = stop_over_;
    while (stops_ > 0 && emergencies_ == 0)
        co_await over->wait();
    if (state_ != PlantState::stopped || emergencies_ > 0) co_return std::nullopt;
    co_return stopped_as_;
}

awaitable<StopResult> PlantControl::stop(Say say, StopTimeouts timeouts, std::function<void()> waiting) {
    dispatch_wanted_ = false;
    cancel_start();
    auto out = co_await carry_out_stop(std::move(say), timeouts, std::move(waiting));
    if (out.error == errc::superseded)
        if (auto newer = co_await result_of_newer_stop()) co_return *std::move(newer);
    co_return out;
}

awaitable<StopResult> PlantControl::carry_out_stop(Say say, StopTimeouts timeouts,
                                                   std::function<void()> waiting) {
    StopResult out;
    if (co_await stopped_by_emergency()) {
        out.disable_ok = true;
        co_return out;
    }
    const StopUnderWay under_way(*this, stops_);
    Operation operation(*this, PlantState::stopping);
    apply_dispatch(false);
    desired_ = Desired::stopped;
    link_.advance_epoch();
    auto owed = make_owed_stop();

    // A link that is down gets one attempt, at the begin or when it is lost on the way; more with timeouts.
    // After a lost session the link has a new epoch; it is this operation's as long as no other came.
    bool may_connect = true;
    const auto connect = [&]() -> awaitable<bool> {
        if (link_.answers() || !std::exchange(may_connect, false)) co_return false;
        say_step(say, operation.id, "connecting");
        co_return !(co_await link_.connect_now());
    };
    (void)co_await connect();
    if (operation.current()) {
        say_step(say, operation.id, "zeroing");
        co_await write_owed(owed, StopPart::zeros, operation.id);
    }
    const Instant zeroed = clock_.now();
    if (operation.current()) {
        publish(WriteSource::safe_stop, Setpoint{}, q_ ? 2 : 1, owed.acknowledged_zeros(),
                owed.zero_failure());
        if (!mutated(Mutation::decay_not_awaited))
            out.threshold_reached = co_await wait_for_decay(operation.id, say);
    }
    const Instant decayed = clock_.now();
    if (operation.current())
        owed_decayed_ =
            out.threshold_reached || decayed - zeroed + options_.decay_poll > options_.decay_timeout;
    while (operation.current()) {
        // Behind a new connection there may be a plant that has forgotten what it was told.
        if (co_await connect()) {
            owed.begin_again();
            if (operation.current()) co_await write_owed(owed, StopPart::zeros, operation.id);
        }
        if (!operation.current()) break;
        say_step(say, operation.id, "disabling");
        co_await write_owed(owed, StopPart::everything, operation.id);
        owed.settle_refused_zeros();
        if (!operation.current() || owed.confirmed()) break;
        // What was acknowledged and may yet show is looked at, and not written again.
        const bool showing = owed.due(clock_.now()).empty();
        const auto limit = link_.answers() ? timeouts.refused : timeouts.silent;
        if (!showing && clock_.now() - decayed >= limit) break;
        say_step(say, operation.id, fmt::format("not confirmed, {}; again", text_of(owed)));
        if (waiting && !showing) waiting();
        co_await clock_.sleep_for(showing ? OwedStop::first_pause : owed.pause());
        may_connect = true;
    }
    out.disable_ok = owed.disabled();
    conclude_stop(operation, std::move(owed), out);
    if (!out.error) stopped_as_ = out;
    co_return out;
}

awaitable<StopResult> PlantControl::emergency_stop(Say say) {
    dispatch_wanted_ = false;
    cancel_start();
    StopResult out;
    if (co_await stopped_by_emergency()) {
        out.disable_ok = true;
        co_return out;
    }
    const StopUnderWay under_way(*this, emergencies_);
    Operation operation(*this, PlantState::stopping);
    set_dispatch_enabled(false);
    desired_ = Desired::stopped;
    link_.advance_epoch();
    say_step(say, operation.id, "emergency: zeroing and disabling");

    auto owed = make_owed_stop();
    bool reconnected = co_await send_emergency(owed);
    if (operation.current()) {
        publish(WriteSource::emergency, Setpoint{}, q_ ? 2 : 1, owed.acknowledged_zeros(),
                owed.zero_failure());
        say_step(say, operation.id, "reading back");
        co_await look_at_enable(owed);
    }
    // A busy plant is asked again at once, for as long as somebody waits for a word; then by the cycles.
    const Instant give_up = clock_.now() + emergency_retry;
    while (operation.current() && !owed.confirmed() && link_.answers()) {
        const auto pause = owed.pause();
        if (clock_.now() + pause > give_up) break;
        co_await clock_.sleep_for(pause);
        if (!operation.current()) break;
        reconnected = co_await send_emergency(owed) || reconnected;
        co_await look_at_enable(owed);
        owed.settle_refused_zeros();
    }
    if (operation.current()) owed_decayed_ = true;  // and nobody waits for it
    out.disable_ok = owed.disabled();
    // A request of before may have been on its way on the connection that was given up: the next cycle looks.
    const bool look_again = reconnected && out.disable_ok;
    auto left = owed;
    conclude_stop(operation, std::move(owed), out);
    if (look_again && operation.current()) {
        left.doubt(points_.enable, clock_.now());
        owe(std::move(left));
    }
    if (operation.current()) wake();
    co_return out;
}

// Whether any of it went out on a new connection.
awaitable<bool> PlantControl::send_emergency(OwedStop& owed) {
    const auto due = owed.due(clock_.now());
    if (due.empty()) co_return false;
    std::vector<plant::Link::EmergencyWrite> writes;
    for (const auto index : due)
        writes.push_back({owed.writes()[index].point, owed.writes()[index].value});
    const auto outcome = co_await link_.emergency(writes);
    for (std::size_t i = 0; i < due.size(); ++i) {
        const auto error = outcome.writes[i];
        owed.written(due[i], error, clock_.now());
        if (owed.writes()[due[i]].zero) note_zero(writes[i].point, error);
        ++statistics_.writes;
        if (error) ++statistics_.write_failures;
        if (hooks_.on_write)
            hooks_.on_write({writes[i].point, writes[i].value, WriteSource::emergency, error, nullptr});
    }
    co_return outcome.reconnected;
}

awaitable<void> PlantControl::look_at_enable(OwedStop& owed) {
    const auto enabled = co_await read_enabled(plant::Priority::emergency);
    if (enabled) owed.seen(points_.enable, !*enabled, clock_.now());
}

void PlantControl::conclude_stop(Operation& operation, OwedStop owed, StopResult& out) {
    if (!operation.current()) {
        out.error = errc::superseded;
        return;
    }
    if (out.disable_ok) seen_session_ = link_.status().session;
    out.unconfirmed = text_of(owed);
    owe(std::move(owed));
    if (!out.disable_ok) out.error = errc::disable_failed;
    operation.decide(out.disable_ok ? PlantState::stopped : PlantState::unknown);
}

}  // namespace hil::control
