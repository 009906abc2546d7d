// Limits that come from outside: from an operator of the grid or a person, for a time, and what holds while
// whoever gives them has fallen silent. Pure; the caller's clock.
//
// Every limit in force narrows what the site may do; the narrowest counts. A source that sends heartbeats is
// supervised: without one for `after` the failsafe values hold, for at least `hold`. They end before that
// only when the heartbeat is back and the source states a limit again (or that there is none), for which it
// has `restate` from the first heartbeat on; whoever is silent beyond `hold` leaves the site to itself.
//
// Source: behaviour of limits of power consumption and production (LPC, LPP) as the field has them: a
// heartbeat each minute, missing after two, two hours of failsafe, two minutes to restate.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hil::site {

// Magnitudes in kW; none: not limited.
struct PowerLimits {
    std::optional<double> import_kw, export_kw;

    // The narrower of both, each by itself.
    void narrow(const PowerLimits& by);
    friend bool operator==(const PowerLimits&, const PowerLimits&) = default;
};

struct LimitEvent {
    std::string source;
    PowerLimits limits;
    WallTime from;
    std::optional<WallTime> until;  // exclusive; none: until it is removed
};

class OutsideLimits {
  public:
    struct Failsafe {
        PowerLimits limits;
        Duration after = std::chrono::seconds(120);
        Duration hold = std::chrono::hours(2);
        Duration restate = std::chrono::seconds(120);
    };
    explicit OutsideLimits(Failsafe failsafe) : failsafe_(std::move(failsafe)) {}

    using Id = std::uint64_t;
    // The source states a limit. Of a supervised source it replaces what the source stated before.
    Id add(LimitEvent event, WallTime now);
    // False where there is none.
    bool remove(Id id, WallTime now);
    // The source states that nothing is limited.
    void clear(const std::string& source, WallTime now);
    // From the first one on the source is supervised.
    void heartbeat(const std::string& source, WallTime now);

    struct InForce {
        PowerLimits limits;
        std::vector<std::string> sources;  // whose limits hold, those of the failsafe as "failsafe SOURCE"
    };
    [[nodiscard]] InForce at(WallTime now) const;
    // When at() may say something else without anything being called meanwhile; none: never.
    [[nodiscard]] std::optional<WallTime> next_change(WallTime now) const;
    // What has ended is forgotten.
    void prune(WallTime now);
    [[nodiscard]] const std::map<Id, LimitEvent>& events() const { return events_; }

  private:
    struct Source {
        WallTime heard;
        std::optional<WallTime> returned;  // the heartbeat, out of a failsafe
    };
    [[nodiscard]] std::optional<WallTime> failsafe_since(const Source& source, WallTime now) const;
    void stated(const std::string& source, WallTime now);

    Failsafe failsafe_;
    std::map<Id, LimitEvent> events_;
    std::map<std::string, Source> supervised_;
    Id next_ = 1;
};

}  // namespace hil::site
