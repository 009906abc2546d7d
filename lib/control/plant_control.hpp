// Control of one plant: what is wanted of it, what it was seen to be, and the only code that writes its
// registers.
//
// A dispatch cycle runs on the anchored period, at every instant at which the plan changes, and when woken.
// It reads the setpoints and the enable register, reconciles the life cycle, and writes what differs, in the
// epoch it began in; a value decided before a stop, a switch or a lost session is never sent after it.
// Setpoints are written only while dispatch is enabled and the plant runs, started or adopted here. With
// dispatch disabled the plant keeps its last setpoint. A plan that ended, went stale or is not a number means
// 0. What is written of a setpoint, and when it counts as done, a SetpointMachine decides for each signal; a
// plant that refuses even 0 is stopped.
//
// Every write of a stop is repeated until it is confirmed, without end: by the stop itself while it has
// timeouts, then by the dispatch cycles (OwedStop). A plant that is found enabled meanwhile is stopped again.
//
// A plant whose verified start registers do not hold any more (StateWatch) is not ours: dispatch ends, its
// setpoints are zeroed, nothing else is written.
//
// After a reconnect the registers are read before anything is written. A wanted stop is then asserted again;
// a plant found no longer running is `stopped` with dispatch disabled, and started again only where
// OnPlantRestart says so: until it runs or somebody decides otherwise, with growing pauses between attempts.
#pragma once

#include "base/async_condition.hpp"
#include "base/async_event.hpp"
#include "base/backoff.hpp"
#include "base/task_group.hpp"
#include "base/ticker.hpp"
#include "control/life_cycle.hpp"
#include "control/observed_state.hpp"
#include "control/owed_stop.hpp"
#include "control/plant_reports.hpp"
#include "control/setpoint.hpp"
#include "control/setpoint_machine.hpp"
#include "control/state_watch.hpp"
#include "plant/link.hpp"

#include <boost/container/static_vector.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hil::control {

class PlantControl {
  public:
    struct Options {
        Instant anchor;
        Duration period = std::chrono::seconds(1);
        Duration unconfirmed_alarm = std::chrono::seconds(30);
        config::OnStartRunning on_start_running = config::OnStartRunning::safe_stop;
        config::OnPlantRestart on_plant_restart = config::OnPlantRestart::stay_stopped;
        Duration decay_timeout = std::chrono::seconds(30);
        Duration decay_poll = std::chrono::milliseconds(250);
        config::PowerLimits limits;          // of the plant's model, for what opposes
        double stop_threshold_kw = 1.0;      // a stop switches off below this
        std::string temperature_point = {};  // looked at before a start, where the map has it
    };

    // One register write that was attempted, for metrics, traces and the why of a value.
    struct WriteEvent {
        plant::PointId point;
        double value;
        WriteSource source;
        error_code outcome;
        const SignalSetpoint* reason;  // null for sequences and zero writes of a stop
    };

    struct Hooks {
        std::function<void(const Notice&)> on_notice;
        std::function<void(const WriteEvent&)> on_write;
        // What is dispatched now and whether the registers were read back to hold it, once a cycle with the
        // dispatch enabled and the plant running, and again after a write: for the why of a value. Cheap,
        // please.
        std::function<void(const Setpoint&, bool p_confirmed, bool q_confirmed)> on_setpoint;
        // Dispatch was enabled or disabled.
        std::function<void(bool open)> on_dispatch;
        std::function<void(Duration lateness)> on_cycle;
        // Sets the emulator's state of charge before a local start; none for a real plant.
        std::function<awaitable<result<void>>()> seed_soc;
        // The day of an instant on the site's calendar, for what is counted a day; none: that of UTC.
        std::function<std::int64_t(WallTime)> day;
        // A write was counted, where the point says how many there may be.
        std::function<void(plant::PointId, const WriteCount&)> on_count;
        // Why the plant may not be started, adopted or given power now (Safety::interlock); success: it may.
        std::function<error_code()> interlock;
        // Why these readings forbid a start; none: they do not.
        std::function<std::optional<Objection>(const Readings&)> before_start;
    };

    // The link and the endpoint outlive it.
    PlantControl(Clock& clock, plant::Link& link, const config::ModbusEndpoint& endpoint,
                 SetpointSource& setpoints, Options options, Hooks hooks);
    PlantControl(const PlantControl&) = delete;
    PlantControl& operator=(const PlantControl&) = delete;

    // The dispatch loop; runs until cancelled. The owner spawns it once.
    awaitable<void> run();

    // Hears what an operation is doing: "zeroing", "waiting for decay, 4.1 s", "disabling".
    using Say = std::function<void(std::string)>;

    // Starts the plant: seeds the emulator, writes the setpoint (the plan's with dispatch enabled, otherwise
    // 0 into registers that are not 0), runs the start sequence and reads enable back. Does not enable
    // dispatch. Refused with what Hooks::interlock says, and where the readings of the plant would trip it.
    // Each step is repeated within its time while the plant is busy. A start that fails takes back what it
    // wrote: zero setpoints, stop sequence.
    awaitable<StartResult> start(Say say = {});
    // As start(), and tried again while StartRetry says so, at most for the endpoint's start_retry. Ended by
    // cancel_start(), a stop, an emergency stop or forget(): superseded. `waiting` hears of each wait between
    // two tries.
    awaitable<StartResult> keep_starting(Say say = {}, std::function<void()> waiting = {});
    void cancel_start();
    // A wanted start never came to a first try: it is given up, and told as keep_starting() tells it.
    void give_up_start(std::string why);
    // Changes whenever somebody decides whether the plant is to run.
    [[nodiscard]] std::uint64_t decisions() const { return decisions_; }
    // A start is wanted that has not succeeded yet, nor been given up.
    [[nodiscard]] bool start_wanted() const { return starts_wanted_ > 0; }
    // Safe stop, whatever the state: dispatch disabled, one attempt to connect where there is no link or the
    // plant does not answer, zero setpoints, wait for decay (ended at once by a lost link), stop sequence in
    // every case, enable read back. Without timeouts once; what is not confirmed then is repeated as long as
    // `timeouts` last, connecting included, and `waiting` hears of each wait. An emergency stop under way is
    // waited for, and is enough if it succeeds. A stop that another one overtakes has that one's outcome.
    awaitable<StopResult> stop(Say say = {}, StopTimeouts timeouts = {}, std::function<void()> waiting = {});
    // Writes of a stop are not confirmed yet.
    [[nodiscard]] bool stop_owed() const { return owed_stop_.has_value(); }
    // As stop(), without the wait: zero setpoints and stop sequence go out before anything else that waits
    // for the plant, on a new connection where the present one does not answer (Link::emergency()). Overtakes
    // any operation under way but another emergency stop, whose outcome it shares if that succeeds.
    // threshold_reached stays false: nobody looked.
    awaitable<StopResult> emergency_stop(Say say = {});
    // A plant that answers and does not confirm is asked again for so long before that is said.
    static constexpr Duration emergency_retry = std::chrono::seconds(2);
    // Takes over a plant that runs though nobody here started it: dispatch is enabled, the plan's setpoint
    // written and read back, and from then on the plant is one of ours. When that fails dispatch is as
    // before, and the plant gets back what it had and runs on as it did; it is stopped if even that cannot be
    // confirmed. errc::not_running,
    // already_running (it is ours, or an operation is under way), not_connected, setpoint_write_failed,
    // superseded, or what interlock() says.
    awaitable<error_code> adopt(Say say = {});
    // Nothing is known or wanted any more, another endpoint is used from now on: dispatch disabled,
    // operations superseded, the next session is a first contact.
    void forget(PlantState into = PlantState::stopped);

    // Waits until the plant was seen in the present session and no operation is under way, those included
    // that this object began by itself (a plant found running). False: that was not so until then (unscaled
    // time).
    awaitable<bool> ready(IoInstant until);

    // Ends the operations this object began by itself. run() and the calls of others have ended.
    awaitable<void> close();

    // Enables or disables dispatch, from plan to plant. Disabling it leaves the last setpoint in the plant,
    // and nothing that was decided before is sent any more. False when opening it is refused
    // (Hooks::interlock).
    bool set_dispatch_enabled(bool open);
    // Dispatch failed within the program: the plant is given no power until somebody starts it again.
    void dispatch_failed(std::string_view what);
    [[nodiscard]] bool dispatch_enabled() const { return status_.dispatch_enabled; }
    // Something changed (plan, link): run a cycle now.
    void wake() { wakeup_.notify(); }
    // A sample of the plant's power, taken elsewhere, for the observed state.
    void measured(Instant at, double p_battery_kw, double q_battery_kvar) {
        observed_.measured(at, p_battery_kw, q_battery_kvar);
    }

    [[nodiscard]] PlantState state() const { return state_; }
    // What the operation under way is doing now; empty while there is none.
    [[nodiscard]] const std::string& doing() const { return doing_; }
    [[nodiscard]] Desired desired() const { return desired_; }
    // running or stopped as observed, none when stale or never seen.
    [[nodiscard]] std::optional<bool> operating() const { return observed_.enabled(clock_.now()); }
    [[nodiscard]] const ObservedState& observed() const { return observed_; }
    [[nodiscard]] const DispatchStatus& status() const { return status_; }
    [[nodiscard]] const DispatchStatistics& statistics() const { return statistics_; }
    // Of a setpoint point: what was counted before a restart.
    void restore_writes(plant::PointId point, const WriteCount& count);
    // How long the plant obeys a setpoint that is not written again; none: as far as is known for ever.
    [[nodiscard]] std::optional<Duration> refreshed_every() const;

  private:
    struct Operation;
    // Who asked for an operation: somebody, or this object itself, to bring about what was wanted before.
    enum class By : std::uint8_t { somebody, itself };

    awaitable<StartResult> start(Say say, By whom);
    [[nodiscard]] StartResult start_refusal() const;
    void leave_untouched(Operation& operation, bool stopped_before, StartResult& out, error_code why);
    awaitable<error_code> prepare_start(StartResult& out, std::uint64_t operation, const Say& say);
    // Success: the setpoints are as a start wants them before it enables.
    awaitable<error_code> set_before_enable(StartResult& out, Operation& operation, plant::Epoch epoch,
                                            bool stopped_before);
    awaitable<void> bring_back(bool was_dispatching);
    [[nodiscard]] error_code interlock() const;
    bool apply_dispatch(bool open);
    awaitable<void> cycle();
    std::optional<bool> observe(const plant::Reading& reading, Instant attempted);
    [[nodiscard]] bool reconciled(const plant::Reading& reading, std::optional<bool> enabled, bool forbidden);
    awaitable<void> pay_owed_stop(const plant::Reading& reading, std::uint64_t operation);
    [[nodiscard]] bool still_ours(const plant::Reading& reading, std::optional<bool> enabled);
    awaitable<void> first_read_of_session(std::optional<bool> enabled);
    // One setpoint register: its point, and what decides about it.
    struct SignalPath {
        plant::PointId point{};
        const plant::Codec* codec = nullptr;
        std::size_t at = 0;  // in the control plan
        SetpointMachine machine;
        std::array<plant::ReadBatch, 2> limits;  // of discharging and charging; empty: no limit point
        // The value wanted last, and what the registers can hold of it.
        struct Coded {
            double value, held;
        };
        std::optional<Coded> coded{};
    };
    struct Writes {
        int attempted = 0, succeeded = 0;
        error_code failure;
        std::string detail;  // what the plant holds instead
    };

    [[nodiscard]] SignalPath signal_path(plant::PointId point, std::size_t at, const char* unit, double most,
                                         double least) const;
    [[nodiscard]] boost::container::static_vector<SignalPath*, 2> paths() {
        boost::container::static_vector<SignalPath*, 2> out{&p_};
        if (q_) out.push_back(&*q_);
        return out;
    }
    [[nodiscard]] static std::optional<double> value_of(const plant::Reading& reading,
                                                        const SignalPath& path) {
        const auto& read = reading[path.at];
        return read.held() ? std::optional(read.value) : std::nullopt;
    }
    [[nodiscard]] std::int64_t today() const;
    void begin_epoch(plant::Epoch epoch);
    void end_dispatch();
    void count_write(const SignalPath& path);
    void note_zero(plant::PointId point, error_code outcome);
    void notify_news(SignalPath& path);
    void note_limits();
    void show(Setpoint& setpoint, const std::array<bool, 2>& writes);
    [[nodiscard]] bool settled() const;
    [[nodiscard]] std::optional<std::array<double, 2>> wanted_of(const Setpoint& setpoint);
    [[nodiscard]] static bool asks_for_limit(const SignalPath& path, double wanted);
    awaitable<std::optional<double>> read_limit(const SignalPath& path, double wanted);
    // Writes a value, and in its place what the machine says while it is refused.
    awaitable<void> send(SignalPath& path, const SignalSetpoint* reason, double value,
                         plant::Priority priority, plant::Epoch epoch, WriteSource source, Writes& out);
    bool stop_where_zero_is_refused();
    awaitable<void> write_what_differs(const plant::Reading& reading, plant::Epoch epoch);

    // Until the plant holds the setpoints or what it makes of them, for so long at most.
    awaitable<error_code> settle_setpoints(const Setpoint& setpoint, bool anew, Duration at_most,
                                           std::uint64_t operation, plant::Epoch epoch, Writes& out);
    awaitable<error_code> settle_once(const Setpoint& setpoint, const std::array<double, 2>& wanted,
                                      bool& anew, std::uint64_t operation, plant::Epoch epoch, Writes& out);
    [[nodiscard]] Duration longest_verify();
    awaitable<error_code> zero_after_enable(StartResult& out, std::uint64_t operation, plant::Epoch epoch);
    awaitable<error_code> refuse_stale_setpoint(StartResult& out);
    // The enable register once it is as expected, or as it is when its time is over; none: not known.
    awaitable<error_code> write(plant::PointId point, double value, plant::Priority priority,
                                plant::Epoch epoch, WriteSource source,
                                const SignalSetpoint* reason = nullptr);
    [[nodiscard]] Duration time_of(const config::SequenceStep& step) const;
    awaitable<error_code> start_step(const config::SequenceStep& step, plant::Epoch epoch,
                                     std::uint64_t operation, bool& enabled);
    awaitable<error_code> run_start_sequence(StartResult& out, plant::Epoch epoch, std::uint64_t operation);
    awaitable<error_code> write_to_start(plant::PointId point, double value, plant::Epoch epoch,
                                         std::uint64_t operation, const SignalSetpoint* reason);
    awaitable<result<plant::Reading>> read_to_start(const plant::ReadBatch& plan, std::uint64_t operation);
    awaitable<error_code> look_first(StartResult& out, std::uint64_t operation);
    awaitable<error_code> write_initial_setpoint(StartResult& out, std::uint64_t operation,
                                                 plant::Epoch epoch);
    awaitable<void> take_back_start(std::uint64_t operation, bool certainly_stopped);
    awaitable<std::optional<bool>> read_enabled(plant::Priority priority);
    awaitable<bool> wait_for_decay(std::uint64_t operation, const Say& say);
    [[nodiscard]] OwedStop make_owed_stop() const;
    enum class StopPart : std::uint8_t { zeros, everything };
    awaitable<void> write_owed(OwedStop& owed, StopPart part, std::uint64_t operation);
    void see(OwedStop& owed, plant::PointId point, const plant::PointValue& value) const;
    void owe(OwedStop owed);
    void settle_owed_stop();
    void give_up_start(const StartResult& out, const std::string& why);
    awaitable<void> wait_for_next_try(Instant until, std::function<bool()> cancelled);
    awaitable<bool> send_emergency(OwedStop& owed);
    awaitable<void> look_at_enable(OwedStop& owed);
    [[nodiscard]] std::string text_of(const OwedStop& owed) const;
    awaitable<StopResult> carry_out_stop(Say say, StopTimeouts timeouts, std::function<void()> waiting);
    awaitable<bool> give_back(const plant::Reading& held);
    struct StopUnderWay;
    awaitable<bool> stopped_by_emergency();
    awaitable<std::optional<StopResult>> result_of_newer_stop();
    void say_step(const Say& say, std::uint64_t operation, std::string step);
    awaitable<void> keep_at_zero(std::uint64_t operation);
    void set_state(PlantState to);
    void conclude_stop(Operation& operation, OwedStop owed, StopResult& out);
    void found_running();
    void take_over();
    void give_up_running(const char* why);
    void stop_again(std::string why);
    void note_confirmation(bool confirmed);
    void publish(WriteSource source, const Setpoint& setpoint, int attempted, int succeeded,
                 error_code error);
    void notify(NoticeKind kind, std::string text, std::string point = {});

    Clock& clock_;
    plant::Link& link_;
    const config::ModbusEndpoint& endpoint_;
    SetpointSource& setpoints_;
    Options options_;
    Hooks hooks_;
    plant::StandardPoints points_;
    StateWatch state_watch_;
    plant::ReadBatch control_batch_;  // p_setpoint, q_setpoint, enable
    plant::ReadBatch watch_batch_;    // the same and what state_watch_ looks at
    plant::ReadBatch enable_batch_;
    plant::ReadBatch power_batch_;  // p_battery, q_battery
    plant::ReadBatch look_batch_;   // soc, v_poi, temperature
    SignalPath p_;
    std::optional<SignalPath> q_;  // none: the plant takes no reactive power

    PlantState state_ = PlantState::stopped;
    Desired desired_ = Desired::none;
    ObservedState observed_;
    DispatchStatus status_;
    DispatchStatistics statistics_;
    std::uint64_t operation_ = 0;  // counts starts and stops; the newest one owns the plant
    bool operating_now_ = false;   // a start or stop is under way
    std::uint64_t decisions_ = 0;  // of somebody, on whether the plant is to run
    std::string doing_;
    std::uint64_t seen_session_ = 0;
    std::optional<OwedStop> owed_stop_;  // a stop is wanted and not all of it is confirmed
    Instant owed_stop_at_;               // when it is looked at next
    bool owed_decayed_ = false;          // the decay of power was waited for, or nobody wants to wait
    Backoff stop_again_pause_{std::chrono::seconds(1), std::chrono::seconds(4)};
    bool stop_owed_notified_ = false;
    std::optional<Instant> start_shows_until_;  // of a start that failed: it may take effect so late
    int starts_wanted_ = 0;
    bool start_given_up_ = false;
    bool taken_ = false;              // by somebody else, and not given back
    bool dispatch_wanted_ = false;    // as asked for from outside
    AsyncEvent start_news_;           // for a start that waits for its next try
    plant::Epoch written_epoch_ = 0;  // what the machines know of writes is of this epoch
    std::optional<Instant> limits_noted_at_;
    std::optional<Instant> unconfirmed_since_;
    bool unconfirmed_alarm_ = false;
    std::string limited_text_;
    int emergencies_ = 0;  // emergency stops under way
    int stops_ = 0;        // other stops under way, superseded ones among them
    std::shared_ptr<AsyncCondition> stop_over_;
    std::optional<StopResult> stopped_as_;  // by a stop, and no operation came after it
    AsyncEvent wakeup_;
    AsyncEvent settled_;    // a session was seen first, or an operation ended
    TaskGroup operations_;  // stops and starts this object decided on by itself
};

}  // namespace hil::control
