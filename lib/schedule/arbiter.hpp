// Which layer of plans decides the setpoint of a plant, per signal, and why. The layers are asked from the
// highest priority down, those that are selectable only where they are the schedule source; the first that
// has a row in force decides, and layers of limits narrow what it asks for.
//
//   schedule source manual   the enabled manual series; 0 where neither it nor a layer that is added says
//   anything. schedule source api      the market schedule, each enabled manual series replacing its own
//   signal while it
//                            is in force. A row of the market older than `validity` is not used any more.
//
// Whatever is missing, over, too old or not a number gives 0, never the value before.
#pragma once

#include "config/config.hpp"
#include "schedule/plan_store.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace hil::schedule {

// The layer that decided; "none": nobody.
using Source = LayerId;

enum class Reason : std::uint8_t {
    plan,           // the value is the plan's
    no_plan,        // nothing was ever given for this signal
    plan_disabled,  // there is a manual series, switched off
    before_plan,    // the plan begins later
    plan_ended,     // the plan is over
    api_stale,      // the row of the market in force is older than its validity
    not_a_number,   // the plan's row holds NaN or infinity
};

// The name as in the enumeration: "plan_ended".
std::string_view to_string(Reason reason);

// What a layer of limits took back: the value before it and after it.
struct Narrowing {
    LayerId by;
    double from = 0, to = 0;

    friend bool operator==(const Narrowing&, const Narrowing&) = default;
};

// A setpoint before the limits of the plant. The value is 0 unless the reason is `plan`.
struct ActiveEntry {
    double value = 0;              // kW or kvar
    Source source = Source::none;  // whose plan decided, also when it decided 0
    Reason reason = Reason::no_plan;
    std::uint32_t line = 0;         // of the plan file, when the row came from one
    Version version = 0;            // of the plan that decided
    std::optional<WallTime> since;  // the choice is the same in [since, until); none: unbounded
    std::optional<WallTime> until;
    std::vector<Narrowing> narrowed = {};  // in the order of their priority; empty: as it was planned

    [[nodiscard]] bool planned() const { return reason == Reason::plan; }
    friend bool operator==(const ActiveEntry&, const ActiveEntry&) = default;
};

class Arbiter {
  public:
    // The store must outlive the arbiter. `validity` is that of the market's layer, Layer::validity of every
    // other one.
    Arbiter(const PlanStore& store, config::ScheduleSource source, Duration validity);

    [[nodiscard]] config::ScheduleSource source() const { return source_; }
    void set_source(config::ScheduleSource source);
    [[nodiscard]] const PlanStore& store() const { return store_; }

    // What is to be dispatched at `now`. Constant time while `now` moves forward, O(log n) otherwise.
    [[nodiscard]] ActiveEntry choose(PlantIndex plant, Signal signal, WallTime now) const;

    // The first instant after `now` at which P or Q may change by itself: a row, an end, staleness.
    [[nodiscard]] std::optional<WallTime> next_change(PlantIndex plant, WallTime now) const;

    // What the market schedule by itself asks for now, whoever decides; none where it has no usable row.
    [[nodiscard]] std::optional<double> market_value(PlantIndex plant, Signal signal, WallTime now) const;

    // With source api: whether the market schedule has no usable row now, be it absent, not begun or too old.
    [[nodiscard]] bool api_stale(PlantIndex plant, WallTime now) const;

  private:
    struct Cached {
        std::uint64_t revision = 0;  // 0: nothing cached
        ActiveEntry active;
    };
    [[nodiscard]] const ActiveEntry& cached(PlantIndex plant, Signal signal, WallTime now) const;
    [[nodiscard]] ActiveEntry decide(PlantIndex plant, Signal signal, WallTime now) const;
    [[nodiscard]] bool asked(const Layer& layer) const { return !layer.selectable || layer.id == source_; }
    [[nodiscard]] std::optional<Duration> validity(const Layer& layer) const;
    [[nodiscard]] ActiveEntry of_layer(std::size_t layer, const LayerPlan& plan, WallTime now,
                                       std::size_t& hint) const;
    void narrow(ActiveEntry& entry, std::size_t layer, const LayerPlan& plan, WallTime now) const;
    [[nodiscard]] std::size_t& hint(std::size_t layer, PlantIndex plant, Signal signal) const;
    [[nodiscard]] ActiveEntry market_entry(PlantIndex plant, Signal signal, WallTime now) const;

    const PlanStore& store_;
    config::ScheduleSource source_;
    Duration validity_;
    mutable std::vector<std::array<Cached, all_signals.size()>> cache_;
    mutable std::vector<std::size_t> hints_;  // where each series was last read
};

}  // namespace hil::schedule
