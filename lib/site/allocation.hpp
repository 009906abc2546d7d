// The decision about all devices of a site at one instant. Pure and total: every input has an answer.
//
// Signs are the devices' own: positive is discharge, generation and export, so that
//
//   pv + load + battery + evse = point of connection (POI)
//
// and limits are magnitudes. What is asked of the devices stands unless it would break a limit of the site;
// then it is changed as little as possible, in this order:
//
//   import beyond a limit:  batteries charge less, batteries discharge (down to their reserve, which is part
//   of
//                           the bounds handed in), charge points go down to their minimum, charge points
//                           pause
//   export beyond a limit:  batteries discharge less, batteries charge, PV is curtailed
//
// A limit of a phase is one of import or export, by the direction of that phase. Where not all can be kept
// the limits of the phases come first, then import, then export, then the minimum of a device, then what is
// asked. Loads are never cut: a limit they break by themselves is `overloaded`, with everything done that
// helps. Devices of one kind on the same phases share in proportion to the room each has.
//
// Source of the order: the site cases of the project; of the method: few_rows.hpp. `Allocator` keeps the
// memory of the programme, nothing else: the same input gives the same output, bit for bit.
#pragma once

#include "site/few_rows.hpp"
#include "site/phases.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace hil::site {

enum class Kind : std::uint8_t { pv, battery, evse };

// What is asked of a battery.
enum class Mode : std::uint8_t {
    fixed,             // request_kw
    self_consumption,  // its part of what brings the POI to request_kw
    limit,             // nothing by itself: 0, unless a limit of the site needs it
    idle,              // locked: 0 whatever happens
};

struct Device {
    Kind kind = Kind::battery;
    Phases phases = Phases::all();
    // What it can do in this instant: ratings, charge window, reserve and temperature are in them already.
    // min_kw <= max_kw. Battery: min_kw <= 0 <= max_kw unless it must charge or discharge. PV: 0 and what the
    // sun gives. EVSE: minus what car and station take at most, and 0 (above 0 for one that discharges).
    double min_kw = 0, max_kw = 0;
    double q_kvar = 0;  // it gives at the same time; passes through

    Mode mode = Mode::fixed;  // of a battery
    double request_kw = 0;    // battery by mode, EVSE <= 0; PV gives what it can

    // EVSE: below `least_kw` (a magnitude, such as 6 A on its phases) it pauses. Among several the one of the
    // highest number pauses first.
    double least_kw = 0;
    int order = 0;
    bool whole_amperes = false;
    // It pauses now, and may begin again only where the site could have given it its minimum for a while: see
    // Restart.
    bool held = false;
};

struct Limits {
    double import_kw = 0, export_kw = 0;
    Phases phases = Phases::all();  // of the connection
    std::optional<double> fuse_a;   // a phase
    double voltage_v = 230;         // phase to neutral
    double margin_pu = 0;           // of the fuse, kept free
};

struct Input {
    // Of everything nobody controls, by phase: loads (<= 0), generators without control. Phases the
    // connection does not have count as its first.
    PhaseValues load_kw{}, load_kvar{};
    std::vector<Device> devices;
};

// What bound a value, or is not kept.
enum class Rule : std::uint8_t {
    none,
    fuse_l1,
    fuse_l2,
    fuse_l3,
    import_limit,
    export_limit,
    device_limit,    // it cannot do what is asked
    device_minimum,  // it pauses: what is left for it is less than it can take
    held,            // it waits before it begins again
};
std::string_view to_string(Rule rule);

struct Value {
    double asked_kw = 0;  // of PV: what the sun gives
    double kw = 0;
    Rule binding = Rule::none;  // why it is not what is asked
    bool paused = false;        // an EVSE that was asked for more than nothing
};

struct Allocation {
    std::vector<Value> devices;  // as in the input
    double pv_kw = 0, load_kw = 0, battery_kw = 0, evse_kw = 0, poi_kw = 0;
    PhaseValues phase_kw{}, phase_kvar{}, current_a{};
    // The limit that is broken most and by how much (kW), after everything that helps: `site_overload`.
    Rule overloaded = Rule::none;
    double excess_kw = 0;
    // Of each EVSE that is held or paused: whether its minimum would have fitted.
    std::vector<bool> would_fit;
};

class Allocator {
  public:
    // What is not finite counts as 0, bounds the wrong way round as none at all (both 0).
    Allocation allocate(const Input& input, const Limits& limits);

  private:
    FewRows rows_;
};

// When a charge point that was paused may begin again: the site could have given it its minimum for so long
// without a break. Pure; one for each charge point.
class Restart {
  public:
    static constexpr double after_s = 60;

    // One instant: it pauses, or not, and its minimum would have fitted. `now_s` on any clock that never goes
    // back.
    void observe(bool paused, bool would_fit, double now_s);
    [[nodiscard]] bool held() const { return held_; }

  private:
    bool held_ = false;
    std::optional<double> fits_since_s_;
};

}  // namespace hil::site
