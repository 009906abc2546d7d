// How an operation on a plant can fail, by the names operators and scripts see.
#pragma once

#include <boost/system/error_code.hpp>

#include <type_traits>

namespace hil::control {

enum class errc {
    already_running = 1,
    not_connected,          // the plant cannot be reached now
    setpoint_write_failed,  // the setpoint could not be written before enabling
    enable_failed,          // the start sequence was refused, or enable did not read back
    disable_failed,         // the plant could not be confirmed as disabled
    superseded,             // a later operation on the same plant took over
    seed_failed,            // the state of charge of the emulator could not be set
    estop_latched,          // the emergency stop holds
    plant_tripped,          // a trip of the plant was not reset
    not_running,            // there is nothing to adopt
    not_latched,            // no emergency stop to reset
    not_tripped,            // no trip to reset
    condition_lasts,        // what tripped the plant is not seen to be over
    not_saved,              // done, but not yet durable
    record_lost,            // what safety had recorded cannot be read
    shutting_down,          // the service ends: nothing is given power any more
    stale_setpoint,         // a setpoint that nobody here wrote stands there, and enabling would obey it
    data_directory_lost,    // the data directory vanished or was replaced: only a restart gives power again
    reasons_unreadable,     // the record of reasons cannot be read now
    read_failed,            // the plant could not be read before anything was written
    readings_out_of_range,  // what the plant shows would trip it at once
    unexpected_device,      // another device, map or firmware than is expected answers
};

const boost::system::error_category& category();
inline boost::system::error_code make_error_code(errc e) {
    return {static_cast<int>(e), category()};
}

}  // namespace hil::control

template <>
struct boost::system::is_error_code_enum<hil::control::errc> : std::true_type {};
