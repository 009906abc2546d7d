#include "control/start_retry.hpp"

#include "base/mutation.hpp"
#include "control/errors.hpp"

#include <algorithm>

namespace hil::control {

bool StartRetry::passes(error_code error, error_code cause) {
    if (mutated(Mutation::start_tried_once)) return false;
    if (error == errc::not_connected) return true;
    const bool of_the_plant =
        error == errc::read_failed || error == errc::setpoint_write_failed || error == errc::enable_failed;
    const auto trouble = trouble_of(cause);
    return of_the_plant && (trouble == Trouble::busy || trouble == Trouble::silent);
}

std::optional<Duration> StartRetry::failed(error_code error, error_code cause, Instant now) {
    ++tries_;
    if (!passes(error, cause)) return std::nullopt;
    if (now >= give_up_) {
        out_of_time_ = true;
        return std::nullopt;
    }
    return std::min(backoff_.next(), give_up_ - now);
}

}  // namespace hil::control
