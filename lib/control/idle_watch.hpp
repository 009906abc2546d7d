// Whether a plant gives nothing though told to: the one sign that somebody else has taken a plant whose mode
// cannot be read. No I/O.
//
// Told to: dispatch is on, the plant runs, and at least two in a hundred of its rated power are asked for,
// in a direction in which its charge is not at a limit. From when it was told it has its response time and
// its ramp, and in any case five seconds in which it gives nothing; the setpoint may change meanwhile as long
// as something is asked for.
#pragma once

#include "config/config.hpp"
#include "control/battery_end.hpp"

#include <optional>
#include <string>

namespace hil::control {

class IdleWatch {
  public:
    static constexpr Duration grace = std::chrono::seconds(5);
    static constexpr double smallest_share = 0.02;  // of the rating: what is asked for
    static constexpr double nothing_share = 0.005;  // of the rating: less than this is nothing

    IdleWatch(const config::PlantModel& model, const config::SafetyWindow& soc);

    // What is known at one instant. `asked_kw`: what the plant is known to hold; 0 where dispatch is off or
    // it does not run; none while that is being found out, as after each write of a value that a device makes
    // another of: it tells nothing.
    void observe(std::optional<double> asked_kw, std::optional<double> given_kw, std::optional<double> soc_pu,
                 Instant now);

    // A sentence while the plant gives nothing though told to.
    [[nodiscard]] const std::optional<std::string>& idle() const { return idle_; }

  private:
    [[nodiscard]] Duration way(double asked_kw) const;

    double rated_kw_;
    Duration response_;
    std::optional<double> ramp_kw_per_s_;
    ChargeEnds ends_;
    std::optional<Instant> asked_since_;    // something is asked for
    std::optional<Instant> nothing_since_;  // and nothing is given
    std::optional<std::string> idle_;
};

}  // namespace hil::control
