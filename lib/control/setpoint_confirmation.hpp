// What a device made of a value it was sent, judged from what is read back. No I/O; values are those that the
// register can hold, in kW or kvar.
//
// A value is confirmed when it reads back as wanted, or as near as the point's rules call equal. Another
// value is the device's answer, a limit or a rounding of its own, only if since the last acknowledged write
// nothing ever read back as wanted; if it is near the wanted value, or between 0 and it; and if it is not
// just what stood there before the write, unless that is near the wanted value or was the device's answer to
// the write before. Everything else is a write without effect; a value that was confirmed and changed since
// is somebody else's.
#pragma once

#include "base/time.hpp"
#include "config/config.hpp"

#include <cstdint>
#include <optional>

namespace hil::control {

enum class Confirmation : std::uint8_t {
    differs,    // to be written: nothing was written for it, or somebody else changed it
    pending,    // acknowledged and not shown yet: the time of the device runs
    confirmed,  // as wanted
    answered,   // the device made another value of it
    failed,     // acknowledged and without effect
};

class SetpointConfirmation {
  public:
    struct Rules {
        config::Confirm confirm = config::Confirm::exact;
        double slack = 0;  // the larger of step and tolerance
        Duration verify_timeout = config::Point::usual_verify_timeout;
    };

    explicit SetpointConfirmation(Rules rules) : rules_(rules) {}

    // The device acknowledged `value`; `before` stood in the register, none: it cannot be read.
    void acknowledged(double value, std::optional<double> before, Instant now);
    // The session or the epoch is another one, or dispatch was switched: what was written says nothing any
    // more.
    void forget();

    // `read` is none where the device refuses to be read: an acknowledged write is all there is then.
    Confirmation judge(double wanted, std::optional<double> read, Instant now);

    // Near enough to count as equal.
    [[nodiscard]] bool equal(double held, double wanted) const;
    [[nodiscard]] const Rules& rules() const { return rules_; }

  private:
    struct Write {
        double value = 0;
        std::optional<double> before;
        bool before_was_answer = false;
        Instant at;
        bool seen = false;  // it has read back as wanted
        bool near = false;  // it has read back as near as counts as equal
    };
    [[nodiscard]] bool near(double held, double wanted) const;
    [[nodiscard]] bool may_be_answer(double held) const;

    Rules rules_;
    std::optional<Write> write_;
    std::optional<double> answer_;       // the device's to the last write that had one
    std::optional<double> answered_to_;  // which value that was
};

}  // namespace hil::control
