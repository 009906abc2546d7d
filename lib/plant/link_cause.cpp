#include "plant/link_cause.hpp"

#include <fmt/format.h>

#include <utility>

namespace hil::plant {
namespace {

bool from_gateway(error_code exception) {
    return exception == modbus::errc::gateway_path_unavailable ||
           exception == modbus::errc::gateway_target_failed;
}

}  // namespace

std::string LinkCause::text() const {
    const auto m = mismatch.value_or(modbus::Mismatch{});
    switch (kind) {
        case Kind::none:
            return {};
        case Kind::taken:
            return fmt::format(
                "the device closes each connection within a second ({}): somebody else may be "
                "connected, and it may allow one client only",
                error.message());
        case Kind::no_first_answer:
            return "no answer in time since the connection was made: a gateway that swallows the first "
                   "requests needs connect_delay_ms, one that loses requests close to its answers "
                   "min_pause_ms";
        case Kind::needs_pause:
            return "what is asked right after an answer is lost, what is asked later is not: a gateway that "
                   "needs min_pause_ms";
        case Kind::other_unit:
            return fmt::format("unit {} was asked and unit {} answers: unit_id {} would fit", m.asked, m.got,
                               m.got);
        case Kind::other_transaction:
            return fmt::format(
                "the answers belong to no request: transaction id {} was asked and {} "
                "answers",
                m.asked, m.got);
        case Kind::gateway:
            return fmt::format("the gateway answers, the device does not: {}", error.message());
        case Kind::exceptions:
            return fmt::format("every request is answered with an exception: {}", error.message());
        case Kind::cannot_connect:
        case Kind::connection_lost:
        case Kind::no_answer:
        case Kind::no_modbus:
        case Kind::bad_answer:
            break;
    }
    return error.message();
}

bool LinkCause::says_the_same(const LinkCause& other) const {
    if (kind != other.kind || error != other.error) return false;
    return kind != Kind::other_unit || mismatch == other.mismatch;
}

void LinkCauseMachine::connect_failed(error_code error) {
    cause_ = {LinkCause::Kind::cannot_connect, error, {}};
    closed_soon_ = 0;
    heard_ = false;
}

void LinkCauseMachine::answered_with(error_code exception, IoInstant now) {
    if (exceptions_ == 0) first_exception_ = now;
    ++exceptions_;
    gateway_exceptions_ = from_gateway(exception) ? gateway_exceptions_ + 1 : 0;
    last_exception_ = exception;
    if (gateway_exceptions_ >= gateway_run) {
        cause_ = {LinkCause::Kind::gateway, exception, {}};
    } else if (exceptions_ >= exception_run && now - first_exception_ >= exception_time) {
        cause_ = {LinkCause::Kind::exceptions, exception, {}};
    } else if (cause_.kind != LinkCause::Kind::gateway && cause_.kind != LinkCause::Kind::exceptions &&
               cause_.kind != LinkCause::Kind::needs_pause) {
        cause_ = {};  // somebody answers
    }
}

void LinkCauseMachine::answered(IoInstant sent, IoInstant now) {
    if (answered_at_ && sent - *answered_at_ <= closely) lost_closely_ = 0;
    answered_at_ = now;
}

void LinkCauseMachine::lost(IoInstant sent) {
    const auto before = std::exchange(answered_at_, std::nullopt);
    lost_closely_ = before && sent - *before <= closely ? lost_closely_ + 1 : 0;
}

void LinkCauseMachine::exchanged(const modbus::Exchange& exchange, IoInstant now) {
    const auto error = exchange.outcome;
    if (!error) {
        answered(now - exchange.duration, now);
        heard_ = true;
        exceptions_ = gateway_exceptions_ = closed_soon_ = mismatches_ = 0;
        // It will lose the next one that follows closely.
        if (!loses_closely() || cause_.kind != LinkCause::Kind::needs_pause) cause_ = {};
        return;
    }
    if (error == modbus::errc::disconnected) return;  // closed() knows why
    if (modbus::is_exception(error)) {
        heard_ = true;
        closed_soon_ = mismatches_ = 0;
        answered(now - exchange.duration, now);
        answered_with(error, now);
        return;
    }
    exceptions_ = gateway_exceptions_ = 0;
    if (error == modbus::errc::timeout) {
        // One that was overtaken says nothing of the device.
        if (exchange.overtaken) return;
        lost(now - exchange.duration);
        mismatches_ = exchange.mismatch ? mismatches_ + 1 : 0;
        if (mismatches_ >= mismatch_run) {
            cause_ = {LinkCause::Kind::other_transaction, error, exchange.mismatch};
        } else if (loses_closely()) {
            cause_ = {LinkCause::Kind::needs_pause, error, {}};
        } else {
            cause_ = {heard_ ? LinkCause::Kind::no_answer : LinkCause::Kind::no_first_answer, error, {}};
        }
        return;
    }
    heard_ = true;
    closed_soon_ = mismatches_ = 0;
    if (exchange.mismatch) {
        cause_ = {LinkCause::Kind::other_unit, error, exchange.mismatch};
    } else {
        cause_ = {LinkCause::Kind::bad_answer, error, {}};
    }
}

void LinkCauseMachine::closed(const modbus::Ending& ending, Duration lasted) {
    const bool heard = std::exchange(heard_, false);
    exceptions_ = gateway_exceptions_ = 0;
    if (ending.why == modbus::errc::timeout) return;  // what the last time-out said stands
    if (ending.why == modbus::errc::bad_frame) {
        cause_ = {LinkCause::Kind::no_modbus, ending.why, {}};
        return;
    }
    closed_soon_ = !heard && lasted < soon ? closed_soon_ + 1 : 0;
    cause_ = {closed_soon_ >= soon_closed ? LinkCause::Kind::taken : LinkCause::Kind::connection_lost,
              ending.why,
              {}};
}

}  // namespace hil::plant
