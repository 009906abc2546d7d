#include "control/trouble.hpp"

#include "control/errors.hpp"
#include "modbus/errors.hpp"
#include "plant/errors.hpp"

#include <utility>

namespace hil::control {

Trouble trouble_of(error_code error) {
    if (!error) return Trouble::none;
    if (error == modbus::errc::acknowledge || error == modbus::errc::server_device_busy) return Trouble::busy;
    if (error == modbus::errc::gateway_path_unavailable || error == modbus::errc::gateway_target_failed)
        return Trouble::silent;
    if (modbus::is_exception(error)) return Trouble::lasting;
    // Nothing was decided by the device: what lies between it and us failed.
    if (error.category() == modbus::category()) return Trouble::silent;
    if (error == plant::errc::not_connected || error == plant::errc::not_answering ||
        error == plant::errc::queue_full || error == plant::errc::superseded || error == errc::not_connected)
        return Trouble::silent;
    return error.category() == plant::category() || error.category() == category() ? Trouble::lasting
                                                                                   : Trouble::silent;
}

std::optional<Duration> StepRetry::failed(error_code error, Instant now) {
    if (error == modbus::errc::timeout) {
        if (std::exchange(lost_, true)) return std::nullopt;
        until_ = now + time_;
    } else if (trouble_of(error) != Trouble::busy && error != plant::errc::not_answering) {
        return std::nullopt;
    }
    if (now + pause > until_) return std::nullopt;
    return pause;
}

}  // namespace hil::control
