// A scenario: what a site is, what is done to it when, and what is to come of it. As read from its file, with
// every time already counted from the begin.
#pragma once

#include "base/time.hpp"
#include "planfile/plan_file.hpp"

#include <boost/json/object.hpp>

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace hil::scenario {

// A point of the time line. `label`: the step it was given by, empty for a plain time.
struct Moment {
    Duration at{};
    std::string label;
};

// ---- what is done -------------------------------------------------------------------------------------

// The same objects as POST /faults of plant_sim takes; checked by who knows the emulators.
struct GiveFault {
    boost::json::value fault;
};
struct EndFault {
    std::string step;  // that gave it
};
// Through the command engine, as from any door.
struct AskFor {
    std::string kind, plant;
    boost::json::object payload;
};
// New rows are staged and activated, series by series.
struct ChangePlan {
    planfile::PlanFile plan;
};
// Of a plant that does not run.
struct SetSoc {
    std::string plant;
    double soc_pu = 0;
};
// Another master of the same plant.
struct WriteRegister {
    std::string plant, point;
    double value = 0;  // in the point's unit
};
// What PUT /_sim/faults of istentore_sim takes.
struct PlatformFaults {
    boost::json::value faults;
};
// The service is killed, or ends in order, and is started again over the same files and database.
struct RestartService {
    bool kill = true;
    Duration absence{};
};
// The controller of a plant loses its power for a moment.
struct RestartPlant {
    std::string plant;
};
// What is used between the battery and the meter at the POI.
struct SetLoad {
    std::string plant;
    double kw = 0;
};

using Action = std::variant<GiveFault, EndFault, AskFor, ChangePlan, SetSoc, WriteRegister, PlatformFaults,
                            RestartService, RestartPlant, SetLoad>;

struct Step {
    Duration at{};
    std::string id;  // empty: nobody refers to it
    Action action;
    std::string sentence;  // "delay of lib begins"
};

// ---- what is to come of it ----------------------------------------------------------------------------

struct Bounds {
    std::optional<double> low, high;

    // Values come from registers of decimal scales: what differs by rounding alone is equal.
    [[nodiscard]] bool contain(double value) const {
        constexpr double rounding = 1e-9;
        return !(low && !(value >= *low - rounding)) && !(high && !(value <= *high + rounding));
    }
};

enum class Quantity : std::uint8_t {
    state,       // of a plant as the service has it: stopped, starting, running, stopping, unknown
    runs,        // whether the registers of the plant tell it to run
    gate,        // "open" or "closed", between plan and plant
    link,        // "up" or "down"
    register_,   // `detail`: the point, as the plant itself has it
    measured,    // `detail`: the column of a recording, of the latest sample
    off_plan,    // `detail`: p or q; counts between the register and what the plan says, limits included
    tripped,     // by safety
    alert,       // `detail`: its key; whether it is active
    estop,       // "latched" or "reset"
    platform,    // state of the connection to the market platform
    outbox,      // how many values wait to be posted
    discharged,  // energy since the begin, kWh
    charged,
};

// Something that has a value at every instant.
struct Signal {
    Quantity quantity{};
    std::string plant, detail;

    friend auto operator<=>(const Signal&, const Signal&) = default;
};

// monostate: not known.
using Value = std::variant<std::monostate, bool, double, std::string>;

// A signal has a value: a text, yes or no, or a number within bounds.
struct Condition {
    Signal signal;
    std::variant<bool, std::string, Bounds> wanted;

    [[nodiscard]] bool met(const Value& value) const;
};

enum class OccurrenceKind : std::uint8_t {
    event,    // `name`: its kind
    command,  // ended; `name`: the step that asked for it
    write,    // of the service, that the plant acknowledged; `name`: the point
    row,      // of a recording; `name`: measured, null or out_of_order
    post,     // a value that the platform took; `name`: taken, repeated or out_of_order
};

// Something that happens at one instant.
struct Occurrence {
    OccurrenceKind kind{};
    Duration at{};
    std::string plant, name;
    std::string text;              // message of an event or a command
    std::string state;             // of a command
    std::optional<double> number;  // value of a write
    boost::json::value result;     // of a command
};

// Those occurrences that are meant; what is empty may be anything.
struct Pattern {
    OccurrenceKind kind{};
    std::string plant, name, text;

    [[nodiscard]] bool meets(const Occurrence& occurrence) const;
};

struct HoldsState {
    Condition condition;
};
struct Happens {
    Pattern pattern;
    std::optional<Bounds> times;   // how often
    std::optional<Bounds> values;  // of each
};
struct CommandEnds {
    std::string step;   // that asked for it
    std::string asked;  // "plant.stop of lib"
    std::string state;  // succeeded, failed, rejected
    std::optional<std::string> message;
    boost::json::object result;  // these members, the others may be anything
};
// How much a signal grows over the window.
struct Grows {
    Signal signal;
    Bounds by;
};

// Within this time of a moment …
struct Within {
    Moment after;
    Duration limit{};
};
// … or all the time between two, but for this long at a stretch.
struct Throughout {
    Moment from, to;
    Duration but_for{};
};

struct Expectation {
    std::variant<Within, Throughout> when;
    std::variant<HoldsState, Happens, CommandEnds, Grows> what;
    std::string name;      // for people, instead of the sentence made from the rest; may be empty
    bool implied = false;  // not in the file: a command succeeds, a started plant runs
};

struct Scenario {
    std::string name, description;
    std::vector<std::string> covers;  // acceptance cases
    WallTime from;
    Duration length{};
    std::uint64_t seed = 1;
    bool platform = false;                  // there is a market platform
    std::map<std::string, double> soc_pu;   // of plants, at the begin
    std::vector<std::string> start;         // these plants are started and recorded
    std::vector<planfile::PlanFile> plans;  // in force from the begin
    std::vector<Step> steps;                // in order of time
    std::vector<Expectation> expectations;  // implied ones at the end
};

}  // namespace hil::scenario
