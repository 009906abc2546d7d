// Starting a plant: one try of it, and trying it again.
#include "base/mutation.hpp"
#include "control/plant_operation.hpp"
#include "control/start_retry.hpp"
#include "control/trouble.hpp"
#include "plant/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hil::control {
namespace {

// Whether a point was read back to hold what was written: the same registers. The number they stand for may
// be another one, because a register holds whole counts, or a float32 the nearest number it has.
bool holds(const plant::Reading& back, const plant::Codec& codec, double written) {
    const auto wanted = codec.encode(written);
    return wanted && !back.empty() && back.front().known && back.front().words == *wanted;
}

}  // namespace

Duration PlantControl::time_of(const config::SequenceStep& step) const {
    if (step.verify_timeout) return *step.verify_timeout;
    const auto* point = endpoint_.find(step.point);
    return point != nullptr && point->verify_timeout ? *point->verify_timeout
                                                     : config::Point::usual_verify_timeout;
}

awaitable<error_code> PlantControl::write_to_start(plant::PointId point, double value, plant::Epoch epoch,
                                                   std::uint64_t operation, const SignalSetpoint* reason) {
    const auto time = link_.map().point(point).verify_timeout.value_or(config::Point::usual_verify_timeout);
    StepRetry retry(clock_.now(), time);
    for (;;) {
        const auto error =
            co_await write(point, value, plant::Priority::control, epoch, WriteSource::start, reason);
        if (!error || operation != operation_) co_return error;
        const auto pause = retry.failed(error, clock_.now());
        if (!pause) co_return error;
        co_await clock_.sleep_for(*pause);
        if (operation != operation_) co_return error;
    }
}

awaitable<result<plant::Reading>> PlantControl::read_to_start(const plant::ReadBatch& batch,
                                                              std::uint64_t operation) {
    StepRetry retry(clock_.now(), config::Point::usual_verify_timeout);
    for (;;) {
        auto reading = co_await link_.read(batch, plant::Priority::control);
        if (reading || operation != operation_) co_return reading;
        const auto pause = retry.failed(reading.error(), clock_.now());
        if (!pause) co_return reading;
        co_await clock_.sleep_for(*pause);
        if (operation != operation_) co_return reading;
    }
}

// What would trip the plant as soon as it runs is known before: a value must be beyond its limit for as long
// as that takes.
awaitable<error_code> PlantControl::look_first(StartResult& out, std::uint64_t operation) {
    if (!hooks_.before_start) co_return error_code{};
    std::optional<Instant> since;
    for (;;) {
        const auto reading = co_await read_to_start(look_batch_, operation);
        if (!reading) {
            out.step = "reading the plant";
            out.cause = reading.error();
            co_return errc::read_failed;
        }
        if (operation != operation_) co_return errc::superseded;
        const auto known = [&](std::size_t i) {
            return i < reading->size() && (*reading)[i].known ? std::optional((*reading)[i].value)
                                                              : std::nullopt;
        };
        const auto objection = hooks_.before_start({known(0), known(1), known(2)});
        if (!objection) co_return error_code{};
        if (!since) since = clock_.now();
        if (clock_.now() - *since >= objection->lasts) {
            out.step = objection->text;
            co_return errc::readings_out_of_range;
        }
        co_await clock_.sleep_for(std::min<Duration>(objection->lasts, StepRetry::pause));
        if (operation != operation_) co_return errc::superseded;
    }
}

// One write of the start sequence, repeated within its time while the device is busy, and its register polled
// until it shows the value. `enabled`: the register of enable has just been read to be 1.
awaitable<error_code> PlantControl::start_step(const config::SequenceStep& step, plant::Epoch epoch,
                                               std::uint64_t operation, bool& enabled) {
    enabled = false;
    const auto point = link_.map().find(step.point);
    if (!point) co_return plant::errc::no_such_point;
    if (const auto error = co_await write_to_start(*point, step.value, epoch, operation, nullptr))
        co_return error;
    if (!step.verify) co_return error_code{};
    const auto batch = link_.map().batch(std::array{*point});
    const Instant give_up = clock_.now() + time_of(step);
    for (;;) {
        const auto back = co_await read_to_start(batch, operation);
        if (!back) co_return back.error();
        if (holds(*back, link_.map().codec(*point), step.value)) {
            enabled = *point == points_.enable && step.value == 1;
            if (enabled) observed_.succeeded(clock_.now(), true);
            co_return error_code{};
        }
        if (operation != operation_ || clock_.now() + StepRetry::pause > give_up)
            co_return errc::enable_failed;
        co_await clock_.sleep_for(StepRetry::pause);
        if (operation != operation_) co_return errc::superseded;
    }
}

awaitable<error_code> PlantControl::run_start_sequence(StartResult& out, plant::Epoch epoch,
                                                       std::uint64_t operation) {
    Duration time = config::Point::usual_verify_timeout;
    bool enabled = false;
    for (const auto& step : endpoint_.start_sequence) {
        out.step = fmt::format("{} = {:g}", step.point, step.value);
        if (const auto error = co_await start_step(step, epoch, operation, enabled)) co_return error;
        if (operation != operation_) co_return errc::superseded;
        if (step.point == "enable") time = time_of(step);
    }
    if (enabled) co_return error_code{};
    out.step = "enable = 1";
    const Instant give_up = clock_.now() + time;
    for (;;) {
        const auto reading = co_await read_to_start(enable_batch_, operation);
        if (!reading) co_return reading.error();
        if (operation != operation_) co_return errc::superseded;
        if (!reading->front().known) co_return error_code(plant::errc::refused_point);
        const bool on = reading->front().value == 1.0;
        observed_.succeeded(clock_.now(), on);
        if (on) co_return error_code{};
        if (clock_.now() + StepRetry::pause > give_up) co_return errc::enable_failed;
        co_await clock_.sleep_for(StepRetry::pause);
        if (operation != operation_) co_return errc::superseded;
    }
}

// Whoever fails a start writes zero and disables. A plant that may have been running before is stopped safely
// by the next cycle instead: its power goes down before it is disabled.
awaitable<void> PlantControl::take_back_start(std::uint64_t operation, bool certainly_stopped) {
    if (mutated(Mutation::failed_start_left)) co_return;
    constexpr auto longest_delay = std::chrono::seconds(60);
    start_shows_until_ = clock_.now() + longest_delay;
    auto owed = make_owed_stop();
    owed_decayed_ = certainly_stopped;
    if (certainly_stopped) co_await write_owed(owed, StopPart::everything, operation);
    if (operation == operation_) owe(std::move(owed));
}

awaitable<StartResult> PlantControl::start(Say say) {
    return start(std::move(say), By::somebody);
}

// Starts a plant that was found no longer running, until it runs or somebody decides otherwise.
awaitable<void> PlantControl::bring_back(bool was_dispatching) {
    Backoff pause(std::chrono::seconds(5), std::chrono::minutes(5));
    error_code notified;
    for (const auto decided = decisions_; decided == decisions_;) {
        if (!operating_now_) {
            apply_dispatch(was_dispatching && dispatch_wanted_);
            const auto tried = co_await start({}, By::itself);
            if (!tried.error || decided != decisions_) co_return;
            apply_dispatch(false);
            if (tried.error != std::exchange(notified, tried.error)) {
                notify(
                    NoticeKind::restart_failed,
                    fmt::format("could not be started again: {}; it is tried again", tried.error.message()));
            }
        }
        co_await clock_.io_sleep_for(pause.next());
    }
}

// Why a plant is not even tried to be started; no error: it is tried.
StartResult PlantControl::start_refusal() const {
    StartResult out;
    if (const auto refused = interlock()) {
        out.error = refused;
    } else if (state_ == PlantState::starting || state_ == PlantState::running) {
        out.error = errc::already_running;
    } else if (link_.status().state != plant::LinkState::connected) {
        out.error = errc::not_connected;  // a stop under way goes on
        out.cause = link_.status().last_error;
    } else if (const auto& other = link_.status().unexpected; !other.empty()) {
        out.error = errc::unexpected_device;
        out.step = other;
    }
    return out;
}

// A start that wrote nothing ends: what was owed before is owed again.
void PlantControl::leave_untouched(Operation& operation, bool stopped_before, StartResult& out,
                                   error_code why) {
    if (operation.current() && desired_ == Desired::stopped && !stopped_before) {
        owed_decayed_ = false;
        owe(make_owed_stop());
    }
    operation.decide(stopped_before ? PlantState::stopped : PlantState::unknown);
    out.error = operation.current() ? why : error_code(errc::superseded);
}

awaitable<error_code> PlantControl::prepare_start(StartResult& out, std::uint64_t operation, const Say& say) {
    if (hooks_.seed_soc) {
        say_step(say, operation, "setting the state of charge");
        if (!co_await hooks_.seed_soc()) co_return errc::seed_failed;
    }
    co_return co_await look_first(out, operation);
}

awaitable<error_code> PlantControl::set_before_enable(StartResult& out, Operation& operation,
                                                      plant::Epoch epoch, bool stopped_before) {
    out.step = "setpoints";
    if (endpoint_.setpoints != config::SetpointOrder::before_enable) {
        const auto stale = co_await refuse_stale_setpoint(out);
        if (!stale) co_return error_code{};
        out.cause = stale;
        leave_untouched(operation, stopped_before, out,
                        stale == errc::stale_setpoint ? stale : error_code(errc::setpoint_write_failed));
        co_return out.error;
    }
    const auto unset = co_await write_initial_setpoint(out, operation.id, epoch);
    if (!unset) {
        out.setpoint_write_ok = !out.setpoint_write_skipped;
        co_return error_code{};
    }
    out.cause = unset;
    if (operation.current()) co_await take_back_start(operation.id, stopped_before);
    operation.decide(stopped_before ? PlantState::stopped : PlantState::unknown);
    out.error = operation.current() ? errc::setpoint_write_failed : errc::superseded;
    co_return out.error;
}

awaitable<StartResult> PlantControl::start(Say say, By whom) {
    auto out = start_refusal();
    if (out.error) co_return out;
    if (whom == By::somebody) ++decisions_;
    // From here on a stop under way is superseded: if this start comes to nothing, the stop is owed again.
    const bool stopped_before = state_ == PlantState::stopped;
    Operation operation(*this, PlantState::starting);
    seen_session_ = link_.status().session;  // this operation reads before it writes
    const auto epoch = link_.advance_epoch();
    if (const auto error = co_await prepare_start(out, operation.id, say)) {
        leave_untouched(operation, stopped_before, out, error);
        co_return out;
    }
    desired_ = Desired::stopped;  // until it runs; a half-started plant is to be stopped again
    const bool setpoints_first = endpoint_.setpoints == config::SetpointOrder::before_enable;
    say_step(say, operation.id, setpoints_first ? "writing the setpoint" : "looking at the setpoint");
    if (co_await set_before_enable(out, operation, epoch, stopped_before)) co_return out;

    say_step(say, operation.id, "enabling");
    auto error = co_await run_start_sequence(out, epoch, operation.id);
    bool zero_failed = false;
    if (!error && operation.current() && !setpoints_first) {
        say_step(say, operation.id, "writing the setpoint");
        out.step = "setpoints";
        error = co_await zero_after_enable(out, operation.id, epoch);
        zero_failed = static_cast<bool>(error);
    }
    if (!operation.current()) {
        out.error = errc::superseded;
        co_return out;
    }
    if (!error) {
        out.step.clear();
        out.enable_ok = true;
        settle_owed_stop();
        desired_ = Desired::running;
        take_over();
        operation.decide(PlantState::running);
        wake();
        co_return out;
    }
    out.cause = error;
    out.error = zero_failed ? errc::setpoint_write_failed : errc::enable_failed;
    co_await take_back_start(operation.id, stopped_before);
    // The plant answered and refused, or nobody knows what it took.
    const bool answered = modbus::is_exception(error) || error == errc::enable_failed;
    operation.decide(answered ? PlantState::stopped : PlantState::unknown);
    if (!operation.current()) out.error = errc::superseded;
    co_return out;
}

void PlantControl::cancel_start() {
    ++decisions_;
    start_news_.notify();
    if (std::exchange(start_given_up_, false))
        notify(NoticeKind::start_settled, "somebody else decides about the plant now");
}

// A link that comes back is used at once. What this object does by itself meanwhile is waited for: a stop of
// what the last try left.
awaitable<void> PlantControl::wait_for_next_try(Instant until, std::function<bool()> cancelled) {
    const bool link_lost = link_.status().state != plant::LinkState::connected;
    while (!cancelled() && (clock_.now() < until || operating_now_)) {
        const bool back = link_lost && link_.status().state == plant::LinkState::connected;
        if (back && !operating_now_) co_return;
        if (clock_.now() < until) {
            (void)co_await start_news_.wait_until(until);
        } else {
            co_await start_news_.wait();
        }
    }
}

awaitable<StartResult> PlantControl::keep_starting(Say say, std::function<void()> waiting) {
    StartResult out;
    if (starts_wanted_ > 0) {
        out.error = errc::already_running;
        co_return out;
    }
    struct Wanted {
        explicit Wanted(int& n) : count(n) { ++count; }
        Wanted(const Wanted&) = delete;
        Wanted& operator=(const Wanted&) = delete;
        ~Wanted() { --count; }
        int& count;
    };
    const Wanted wanted(starts_wanted_);
    const auto decided = ++decisions_;
    StartRetry retry(clock_.now(), endpoint_.start_retry);
    const auto cancelled = [&] { return decided != decisions_ && !mutated(Mutation::start_outlives_stop); };
    for (;;) {
        out = co_await start(say, By::itself);
        out.tries = retry.tries() + 1;
        if (!out.error || cancelled()) break;
        const auto why = fmt::format("{}{}{}{}{}", out.error.message(), out.step.empty() ? "" : ": ",
                                     out.step, out.cause ? ": " : "", out.cause ? out.cause.message() : "");
        // Superseded by what this object began by itself: that stop is soon over.
        const auto error = out.error == errc::superseded ? error_code(errc::not_connected) : out.error;
        const auto pause = retry.failed(error, out.cause, clock_.now());
        if (!pause) {
            give_up_start(out, why);
            co_return out;
        }
        auto text = fmt::format("start {} failed: {}; again in {:.1f} s", out.tries, why, to_seconds(*pause));
        notify(NoticeKind::start_retried, text);
        if (say) say(std::move(text));
        if (waiting) waiting();
        co_await wait_for_next_try(clock_.now() + *pause, cancelled);
        if (cancelled()) break;
        if (dispatch_wanted_) (void)apply_dispatch(true);  // a stop of our own has disabled it
    }
    if (out.error && cancelled()) out.error = errc::superseded;
    if (!out.error && std::exchange(start_given_up_, false))
        notify(NoticeKind::start_settled, "the plant was started");
    co_return out;
}

// What nobody but the plant has decided is told.
void PlantControl::give_up_start(const StartResult& out, const std::string& why) {
    const bool decided = interlock() || out.error == errc::already_running || out.error == errc::superseded;
    if (decided) return;
    give_up_start(out.tries == 1 ? fmt::format("the start failed and is not tried again: {}", why)
                                 : fmt::format("the start is given up after {} tries: {}", out.tries, why));
}

void PlantControl::give_up_start(std::string why) {
    start_given_up_ = true;
    notify(NoticeKind::start_given_up, std::move(why));
}

}  // namespace hil::control
