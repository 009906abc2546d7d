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
    // Which of the points that are looked at give what is no value (plant::Unknown), as "soc, v_poi": as long
    // as there is one, the values count as stale, whatever the others say.
    std::string unknown{};
    bool power_seen = true;  // the power of the battery is known
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

    // The plant is started with a state of charge beyond its limit, to get back: power that would make it
    // worse is held back from now on, and it trips only when it gets worse all the same.
    void heal(Condition condition, double soc_pu);
    // A trip of before a restart. No change is reported for it.
    void restore(Condition condition, std::string reason);

    // Holds the observation against the limits. Times do not decrease.
    std::vector<StageChange> observe(const Observation& seen, Instant now);

    [[nodiscard]] Stage stage(Condition condition) const {
        const auto& state = states_[index(condition)];
        return state.tripped ? Stage::stop : state.live;
    }
    [[nodiscard]] const std::string& reason(Condition condition) const {
        return states_[index(condition)].reason;
    }
    [[nodiscard]] bool tripped() const;
    // The trips that cannot be reset now: their condition lasts, or cannot be seen.
    [[nodiscard]] std::vector<Condition> lasting() const;
    // Forgets all trips; false, and nothing is forgotten, while one of them is lasting().
    bool reset();
    // What is left of the power: the least of all conditions.
    [[nodiscard]] Derating derating() const;
    // Another endpoint answers from now on: everything but the trips is forgotten.
    void forget();

  private:
    struct State {
        Stage live = Stage::normal;  // as of the last observation, trips apart
        bool tripped = false;
        // The condition is over as of the last observation; a trip can be reset then. None: not seen yet.
        std::optional<bool> over;
        double left = 1;                                     // of the power, while derating
        std::array<std::optional<Instant>, 4> beyond_since;  // by stage, of values
        std::optional<Instant> trouble_since;                // of troubles
        std::optional<double> heals_from;                    // the best value since the plant was started
        std::string reason;
    };
    struct Side;
    struct Trouble;
    static constexpr std::size_t index(Condition condition) { return static_cast<std::size_t>(condition); }

    void window(const Side& low, const Side& high, std::optional<double> value, bool active, Instant now);
    void side(const Side& side, double value, bool active, Instant now);
    static bool healing(State& state, const Side& side, double value, bool active);
    void trouble(const Trouble& trouble, bool active, Instant now);
    void settle(State& state, Stage live, std::string reason);

    config::PlantSafety limits_;
    std::array<State, condition_count> states_;
};

}  // namespace hil::control
