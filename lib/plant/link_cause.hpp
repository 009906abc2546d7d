// What is told of a link that has trouble, decided from everything that happens on it. Pure.
//
// The plain error of the latest request hides what an operator needs: that a gateway answers and its device
// does not, that another unit id would do, that somebody else holds the only connection.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "modbus/client.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace hil::plant {

struct LinkCause {
    enum class Kind : std::uint8_t {
        none,
        cannot_connect,     // `error`
        connection_lost,    // `error`
        taken,              // closed soon after it was accepted, several times
        no_answer,          // to what was asked
        no_first_answer,    // the same, since the connection was made
        needs_pause,        // to what was asked right after an answer, several times, and nothing else
        no_modbus,          // bytes that are no frames
        other_unit,         // `mismatch`
        other_transaction,  // `mismatch`
        bad_answer,         // it does not fit the request otherwise
        gateway,            // exception 10 or 11, `error`: the gateway answers, the device does not
        exceptions,         // nothing but exceptions for a while, `error` is the last one
    };

    Kind kind = Kind::none;
    error_code error;
    std::optional<modbus::Mismatch> mismatch;

    explicit operator bool() const { return kind != Kind::none; }
    // A sentence for people without a full stop; empty without a cause.
    [[nodiscard]] std::string text() const;
    // Whether an operator would read another sentence. Transaction ids differ each time and do not count.
    [[nodiscard]] bool says_the_same(const LinkCause& other) const;
};

class LinkCauseMachine {
  public:
    // Exceptions 10 and 11 in a row that are no accident of a single frame on a serial line.
    static constexpr unsigned gateway_run = 3;
    // Other exceptions in a row, and for how long: a device may refuse one point, or be busy for a moment.
    static constexpr unsigned exception_run = 3;
    // Requests in a row that were left without an answer while one of nobody's came: a single one is spoilt.
    static constexpr unsigned mismatch_run = 2;
    // A request that is sent sooner after an answer follows closely; so many of them lost, and none answered,
    // are no accident.
    static constexpr Duration closely = std::chrono::milliseconds(50);
    static constexpr unsigned lost_closely_run = 3;
    static constexpr Duration exception_time = std::chrono::seconds(5);
    // A connection that is closed sooner than this, so often in a row, is taken by somebody else.
    static constexpr Duration soon = std::chrono::seconds(1);
    static constexpr unsigned soon_closed = 3;

    void connect_failed(error_code error);
    // A connection was accepted: nothing has been heard on it yet.
    void connected() { heard_ = false; }
    void exchanged(const modbus::Exchange& exchange, IoInstant now);
    // The connection ended, this long after it was accepted, and not by its owner or for idleness.
    void closed(const modbus::Ending& ending, Duration lasted);

    [[nodiscard]] const LinkCause& cause() const { return cause_; }
    // The last exception of all, kept for as long as the link lives.
    [[nodiscard]] error_code last_exception() const { return last_exception_; }

  private:
    void answered_with(error_code exception, IoInstant now);
    void answered(IoInstant sent, IoInstant now);
    void lost(IoInstant sent);
    [[nodiscard]] bool loses_closely() const { return lost_closely_ >= lost_closely_run; }

    LinkCause cause_;
    error_code last_exception_;
    bool heard_ = false;                                // anything at all on this connection
    unsigned exceptions_ = 0, gateway_exceptions_ = 0;  // in a row
    unsigned mismatches_ = 0;                           // in a row
    IoInstant first_exception_{};
    unsigned closed_soon_ = 0;              // in a row
    std::optional<IoInstant> answered_at_;  // the latest exchange was answered
    unsigned lost_closely_ = 0;             // in a row of those that follow closely
};

}  // namespace hil::plant
