// When a plant's condition is to be warned of, power to be taken back, and the plant to be stopped. No I/O:
// it is told what was seen and the time.
//
// Values (state of charge, voltage, temperature) are held against the limits of the configuration; a stage is
// entered when its limit was passed for the window's delay without a break, and left when the value is back
// within it by the hysteresis. Between the limits of derate and stop the power left falls from all to
// nothing. Times (data stale, setpoint not followed, link lost) count while the trouble lasts.
//
// derate and stop concern a plant that runs, or might; for one that is stopped there are warnings only.
// `stop` trips: the machine remembers it until reset(), which is refused while the condition lasts.
#pragma once

#include "config/config.hpp"
#include "control/trip.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace hil::control {

// What is known at one instant.
struct Observation {
    bool active = false;     // the plant runs, or nobody knows that it does not
    bool connected = false;  // there is a session
    bool fresh = false;      // the values below are of this instant; otherwise they are not looked at
    std::optional<double> soc_pu, voltage_pu, temperature_c;  // none: the plant has or gives none
    // How far power is from what was asked for, in shares of the power range; none where nothing is asked
    // for.
    std::optional<double> deviation_pu;
};

// A condition that moved from one stage to another.
struct StageChange {
    Condition condition{};
    Stage from = Stage::normal, to = Stage::normal;
    std::string reason;  // "state of charge 0.0312 is below derate_min_pu 0.05"
};

class TripMachine {
  public:
    explicit TripMachine(const config::PlantSafety& limits);

    // The site's trips of before a restart. No change is reported for them.
    void restore(Condition condition);

    // Holds the observation against the limits. Times do not decrease.
    std::vector<StageChange> observe(const Observation& seen, Instant now);

    [[nodiscard]] Stage stage(Condition condition) const { return states_[index(condition)].stage; }
    [[nodiscard]] const std::string& reason(Condition condition) const {
        return states_[index(condition)].reason;
    }
    [[nodiscard]] bool tripped() const;
    // The trips that cannot be reset now: their condition lasts, or cannot be seen.
    [[nodiscard]] std::vector<Condition> lasting() const;
    // Forgets the trips whose condition is gone. True when none is left.
    bool reset();
    // What is left of the power: the least of all conditions.
    [[nodiscard]] Restraint restraint() const;
    // Another endpoint answers from now on: everything but the trips is forgotten.
    void forget();

  private:
    struct State {
        Stage stage = Stage::normal;
        bool tripped = false;
        // Whether the condition is over as of the last observation: needed to reset a trip. None: not known.
        std::optional<bool> over;
        double left = 1;                              // of the power, while derating
        std::array<std::optional<Instant>, 4> since;  // by stage: when its limit was passed
        std::optional<Instant> trouble_since;         // of the conditions that are times
        std::string reason;
    };
    static constexpr std::size_t index(Condition condition) { return static_cast<std::size_t>(condition); }

    struct Side;
    void window(const Side& side, const config::SafetyWindow& limits, std::optional<double> value,
                bool active, Instant now, std::vector<StageChange>& out);
    void times(Condition condition, const config::SafetyTimes& limits, std::optional<bool> trouble,
               bool active, std::string_view what, Instant now, std::vector<StageChange>& out);
    void enter(Condition condition, Stage stage, std::string reason, std::vector<StageChange>& out);

    config::PlantSafety limits_;
    std::array<State, condition_count> states_;
};

}  // namespace hil::control
