// Deliberate faults in production code, to show that the simulation's invariants catch them. Programs are
// built without HIL_MUTATIONS: there mutated() is a constant and nothing of this is left in them.
#pragma once

namespace hil {

enum class Mutation {
    none,
    epoch_not_checked,           // a write decided before a stop may follow it
    limit_skipped,               // a plan's value goes out as it is
    readback_ignored,            // what was written once is believed to stand
    last_setpoint_kept,          // a plan that ended goes on
    pending_row_lost,            // the last row before a change is not kept
    dst_hour_doubled,            // the hour after the clocks went back has the offset of the one before
    reconnect_without_reassert,  // what is wanted is not held against what the plant does after a reconnect
    deadline_forgotten,          // who waits for an answer waits for ever
    stop_given_up,               // a stop that failed is not tried again
    ids_reused,                  // after a restart numbers of commands and events begin anew
    latch_forgotten,             // an emergency stop or a trip does not survive a restart
    outbox_order_broken,         // of one series the newest measurement is posted first
    outbox_emptied_early,        // measurements leave the outbox when they are read to be sent
    stale_market_used,           // a row of the platform's plan holds until the next one, however old it is
    barrier_ignored,             // a command of the whole site does not wait for those of plants
    decay_not_awaited,           // a safe stop disables a plant that still gives power
    trip_without_stop,           // a plant that tripped is neither stopped nor kept from running
    derating_skipped,            // near a limit the power asked for stays as it is
    voltage_not_watched,         // an impossible voltage is nobody's business
    power_not_watched,           // power that does not follow the setpoint is nobody's business
    schedules_forgotten,         // plans do not survive a restart
    first_answer_not_awaited,    // who is not answered at once connects anew
    idle_close_is_failure,       // a peer that closes what is idle is left alone for longer each time
    silent_disk_not_notified,    // a disk that does not answer is nobody's business
    start_tried_once,            // a start that meets a busy or silent plant is not tried again
    start_outlives_stop,         // a start goes on being tried after somebody stopped the plant
    failed_start_left,           // a start that failed leaves what it wrote
    stop_step_forgotten,         // once enable reads 0 nothing of a stop is written again
    taken_back_unseen,           // a mode register that somebody else changed is nobody's business
    side_left_running,           // a change of transport leaves behind a plant that could not be stopped
    idleness_unseen,             // a plant that gives nothing though told to is nobody's business
    posting_not_woken,           // posting that met a refused login waits for ever
    post_reply_believed,         // a good status is taken for a stored value, whatever the answer says
    refused_value_kept,          // a setpoint that is refused leaves what stood there in force
    anything_is_an_answer,       // a write without effect is taken for a limit of the device
    foreign_is_an_answer,        // what somebody else writes is taken for a limit of the device
    opposition_not_notified,     // a register that opposes the plan is nobody's business
    refresh_forgotten,           // a device that obeys for a while only is not written again
    function_carries_refused,    // a value that was refused is tried with the other function
    sentinel_believed,           // "not available" is taken for a number
    impossible_believed,         // and so is what cannot be
    unknown_not_stale,           // a value that nobody knows is nobody's business
    rounded_outwards,            // a setpoint is rounded away from 0
    stranger_welcome,            // another device than the expected one is written to as if it were it
    pauses_forgotten,            // a gateway that needs pauses is asked at once
    losses_forgotten,            // a battery does not account for what its converter takes
};

#ifdef HIL_MUTATIONS
inline Mutation active_mutation = Mutation::none;
inline bool mutated(Mutation mutation) {
    return active_mutation == mutation;
}
#else
constexpr bool mutated(Mutation /*mutation*/) {
    return false;
}
#endif

}  // namespace hil
