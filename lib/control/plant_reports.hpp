// What a PlantControl says of itself: how its setpoints stand, what came of its starts and stops, and what
// happens meanwhile.
#pragma once

#include "control/dispatch_decision.hpp"
#include "control/errors.hpp"
#include "control/setpoint.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hil::control {

// Who wrote: the dispatch cycle, a start, a safe stop or an emergency stop.
enum class WriteSource : std::uint8_t { scheduler, start, safe_stop, emergency };
std::string_view to_string(WriteSource source);

// What happened to the setpoints of one plant, for the state document.
struct DispatchStatus {
    bool dispatch_enabled = false;
    std::optional<Setpoint> setpoint;  // of the last cycle with dispatch enabled and the plant running
    WriteStatus last_status = WriteStatus::none;
    WriteSource last_source = WriteSource::scheduler;
    std::optional<WallTime> last_attempt_at, last_success_at;
    double last_attempt_p_kw = 0, last_attempt_q_kvar = 0;
    std::optional<double> last_success_p_kw, last_success_q_kvar;
    std::string last_error;  // empty after a success
    SignalVerdict p, q;      // of the last cycle that read back
};

struct DispatchStatistics {
    std::uint64_t cycles = 0, skipped = 0, writes = 0, write_failures = 0;
    Duration worst_lateness{};  // site time from the due instant to the begin of a cycle
    Duration
        unconfirmed{};  // site time with dispatch enabled, the plant running and a setpoint not read back
    Duration longest_unconfirmed{};
    // What kept the plant from its setpoint last, for how long altogether; of P and Q.
    struct Limited {
        std::string text;  // "device holds 60.0 of 100.0: …"; empty: nothing ever did
        Duration total{};
    };
    std::array<Limited, 2> limited;
};

struct StartResult {
    error_code error;  // none: the plant runs
    error_code cause;  // what the plant or the link said to the step that failed
    std::string step;  // which one: "enable = 1"; or why the plant may not be started
    unsigned tries = 1;
    std::string detail;  // what the plant did instead, with its values; may be empty
    bool enable_ok = false;
    bool setpoint_write_ok = false;
    bool setpoint_write_skipped = false;  // dispatch is disabled
    double initial_p_kw = 0, initial_q_kvar = 0;
};

struct StopResult {
    bool threshold_reached = false;  // |P| < 1 kW and |Q| < 1 kvar before disabling
    bool disable_ok = false;         // the stop sequence was acknowledged and enable read back as 0
    error_code error;                // superseded or disable_failed
    std::string unconfirmed;         // the first write that is not: "enable = 0: the device is busy …"
};

// How long a stop repeats what is not confirmed before it says so, counted from the end of the wait for
// decay. What it then leaves is repeated by the dispatch cycles.
struct StopTimeouts {
    Duration refused{};  // by a plant that answers
    Duration silent{};   // by one that does not, or is out of reach
};

// What a plant shows before it is started; none: not known.
struct Readings {
    std::optional<double> soc_pu, voltage_kv, temperature_c;
};
// Why a plant may not be started by its readings: a sentence, and how long that must last without a break.
struct Objection {
    std::string text;
    Duration lasts{};
};

enum class NoticeKind : std::uint8_t {
    state_changed,   // the life cycle moved
    found_running,   // first contact with a plant that runs already
    lost_running,    // the plant is no longer running though it should
    restart_failed,  // and could not be started again; it is tried again
    stop_asserted,   // a wanted stop is asserted again after a reconnect
    unconfirmed,     // a setpoint has not been confirmed for longer than the bound
    confirmed_again,
    write_failed,
    start_retried,   // a start failed and is tried again
    start_given_up,  // a start failed for the last time
    start_settled,   // that is over: the plant was started, or somebody decided otherwise
    stop_owed,       // a stop could not be confirmed, and is repeated
    stop_confirmed,  // that is over
    limited,         // a planned value was clamped, or replaced by 0 because it is not a number
    device_limited,  // the device holds less than is wanted: it limits, refuses or does not take it
    device_follows,  // and not any more
    opposed,         // a setpoint register opposes what is wanted
    not_opposed,     // and not any more
    writes_low,      // a register was written nearly as often today as it may be
    writes_spent,    // and now no more than must be
    writes_again,    // another day
    zero_refused,    // the plant refuses even 0 and is stopped
};

struct Notice {
    NoticeKind kind;
    std::string text;
    std::string point = {};  // of what a notice of the device is about
};

}  // namespace hil::control
