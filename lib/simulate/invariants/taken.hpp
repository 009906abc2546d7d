// Two invariants of a plant that somebody else has taken, judged from its own registers.
//
//   taken  while dispatch is on, the registers by which a start has the plant run hold what it wrote: one
//          that can be read and holds something else for longer than two dispatch periods ends dispatch
//   idle   a plant that gives nothing though its setpoint asks for something, away from the ends of its
//          charge, has its alarm within ten seconds after its response time and its ramp
//
// None of it shares code with the service.
#pragma once

#include "base/time.hpp"
#include "config/config.hpp"

#include <optional>
#include <string>

namespace hil::simulate {

class TakenWatch {
  public:
    TakenWatch(const config::Plant& plant, Duration period);

    struct Seen {
        bool judged = false;   // the link is up, the service takes the plant for running and dispatches to it
        bool enabled = false;  // by its register
        bool ours = false;     // every register of the start holds what it wrote
        bool readable = false;      // and all of them can be read
        double asked_kw = 0;        // by the setpoint register
        double shown_kw = 0;        // by the meter
        double soc_pu = 0;          // by the meter
        bool alarm = false;         // that it gives nothing
        Instant undisturbed_since;  // the link, and what was asked for
    };
    struct Wrong {
        const char* invariant;
        std::string text;
    };
    [[nodiscard]] std::optional<Wrong> inspect(const Seen& seen, Instant now);

  private:
    [[nodiscard]] std::optional<Wrong> judge_taken(const Seen& seen, Instant now);
    [[nodiscard]] std::optional<Wrong> judge_idle(const Seen& seen, Instant now);

    double rated_kw_;
    Duration taken_bound_, idle_bound_;
    double lowest_soc_ = 0.01, highest_soc_ = 0.99;
    std::optional<Instant> taken_since_, idle_since_;
};

}  // namespace hil::simulate
