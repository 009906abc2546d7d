// Which plan decides the setpoint of a plant, per signal, and why.
//
//   schedule source manual   the enabled manual series; 0 where it says nothing.
//   schedule source api      the market schedule, each enabled manual series replacing its own signal
//   while it
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

enum class Source : std::uint8_t { none, manual, api };

enum class Reason : std::uint8_t {
    plan,           // the value is the plan's
    no_plan,        // nothing was ever given for this signal
    plan_disabled,  // there is a manual series, switched off
    before_plan,    // the plan begins later
    plan_ended,     // the plan is over
    api_stale,      // the row of the market in force is older than its validity
    not_a_number,   // the plan's row holds NaN or infinity
};

std::string_view to_string(Source source);
// The name as in the enumeration: "plan_ended".
std::string_view to_string(Reason reason);

// A setpoint before limits. The value is 0 unless the reason is `plan`.
struct ActiveEntry {
    double value = 0;              // kW or kvar
    Source source = Source::none;  // whose plan decided, also when it decided 0
    Reason reason = Reason::no_plan;
    std::uint32_t line = 0;         // of the plan file, when the row came from one
    Version version = 0;            // of the plan that decided
    std::optional<WallTime> since;  // the choice is the same in [since, until); none: unbounded
    std::optional<WallTime> until;

    [[nodiscard]] bool planned() const { return reason == Reason::plan; }
    friend bool operator==(const ActiveEntry&, const ActiveEntry&) = default;
};

class Arbiter {
  public:
    // The store must outlive the arbiter. `validity` is the age at which a row of the market is still good;
    // one nanosecond later it is stale.
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
        std::size_t hint = 0, market_hint = 0;
        ActiveEntry active;
    };
    [[nodiscard]] const ActiveEntry& cached(PlantIndex plant, Signal signal, WallTime now) const;
    [[nodiscard]] ActiveEntry from_manual(const ManualPlan& plan, WallTime now, std::size_t& hint) const;
    [[nodiscard]] ActiveEntry from_market(const MarketSchedule& plan, Signal signal, WallTime now,
                                          std::size_t& hint) const;

    const PlanStore& store_;
    config::ScheduleSource source_;
    Duration validity_;
    mutable std::vector<std::array<Cached, all_signals.size()>> cache_;
};

}  // namespace hil::schedule
