// One invariant of a setpoint register: while dispatch is on and the link is up it never opposes the plan's
// sign, both beyond 2 % of the rating, for longer than two dispatch periods and the device's own delay,
// unless an alarm names both values or the plant is stopped. None of it shares code with the service.
#pragma once

#include "base/time.hpp"

#include <optional>
#include <span>
#include <string>

namespace hil::simulate {

class OppositionWatch {
  public:
    OppositionWatch(double rating, Duration bound) : least_(0.02 * rating), bound_(bound) {}

    struct Seen {
        double held = 0;               // by the register
        std::span<const double> plan;  // all that the plan may say now
        bool judged = false;           // dispatch is on, the plant runs, the link is up
        Instant undisturbed_since;     // the link, and what was asked for
        Duration device_delay{};       // until a value that was taken is shown
        std::string alarm;             // its text; empty: none is raised
    };
    // What is wrong, as a sentence.
    [[nodiscard]] std::optional<std::string> inspect(const Seen& seen, Instant now);

  private:
    [[nodiscard]] bool opposes(const Seen& seen) const;

    double least_;
    Duration bound_;
    std::optional<Instant> since_;
};

// Whether a text has a number that is `held` and one of the other sign.
bool names_both(const std::string& text, double held);

}  // namespace hil::simulate
