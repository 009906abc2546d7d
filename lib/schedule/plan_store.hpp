// Every plan that is in force: the manual series of each plant and signal, and the schedule that the market
// gives. What is staged by an operator but not yet applied is kept elsewhere and enters through set_manual().
#pragma once

#include "base/subscription.hpp"
#include "base/zone.hpp"
#include "schedule/series.hpp"
#include "schedule/signal.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hil::schedule {

// Position of a plant in the configuration, and so in every store and table of this library.
using PlantIndex = std::size_t;

// Numbers of one store never repeat and grow with time; 0 means nothing was ever set.
using Version = std::uint64_t;

struct ManualPlan {
    Series series;
    bool enabled = false;
    Version version = 0;
    std::string origin;  // for people: the file or the operator it came from
};

// Day-ahead values. A row holds until the next one or until it is too old, which the arbiter judges.
struct MarketRow {
    WallTime at;
    double p_kw = 0;  // may be NaN
    double q_kvar = 0;

    friend bool operator==(const MarketRow&, const MarketRow&) = default;
};

struct MarketSchedule {
    std::vector<MarketRow> rows;  // times increase strictly
    Version version = 0;
    std::string origin;
};

class PlanStore {
  public:
    using Subscription = hil::Subscription;

    // `plant_ids` in the order of the configuration.
    explicit PlanStore(std::vector<std::string> plant_ids);
    PlanStore(const PlanStore&) = delete;
    PlanStore& operator=(const PlanStore&) = delete;

    [[nodiscard]] const std::vector<std::string>& plant_ids() const { return plant_ids_; }
    [[nodiscard]] std::size_t plant_count() const { return plants_.size(); }
    [[nodiscard]] std::optional<PlantIndex> find_plant(std::string_view id) const;

    // Replaces a manual series; returns its version. Every setter tells the subscribers.
    Version set_manual(PlantIndex plant, Signal signal, Series series, std::string origin,
                       bool enabled = true);
    // Puts back a manual series of an earlier process with its version; later versions are higher. A series
    // that was set meanwhile stays. Subscribers are told.
    void restore_manual(PlantIndex plant, Signal signal, ManualPlan plan);
    // Switches a series on or off without touching its rows; no effect and no news when it is so already.
    void enable_manual(PlantIndex plant, Signal signal, bool enabled);
    void clear_manual(PlantIndex plant, Signal signal);

    // Replaces the market schedule of a plant; returns its version.
    // Throws std::invalid_argument unless the times of the rows increase strictly.
    Version set_market(PlantIndex plant, std::vector<MarketRow> rows, std::string origin);

    [[nodiscard]] const ManualPlan& manual(PlantIndex plant, Signal signal) const {
        return plants_[plant].manual[index(signal)];
    }
    [[nodiscard]] const MarketSchedule& market(PlantIndex plant) const { return plants_[plant].market; }
    // Changes whenever anything of the plant does; for caches.
    [[nodiscard]] std::uint64_t revision(PlantIndex plant) const { return plants_[plant].revision; }

    // Takes over what another store has for a plant, with its versions; subscribers are told. The rows of
    // manual series are shared, not copied: this costs next to nothing, however long they are.
    // Precondition: both stores have the same plants.
    void take_over(PlantIndex plant, const PlanStore& from);

    // To be called when the local date changes. Manual series lose what was over before today began; base
    // plans also what begins after tomorrow. What is in force stays, and no answer of today or later changes,
    // so subscribers are not told.
    void prune(WallTime now, const Zone& zone);

    // Calls `on_change` with the plant after each change, from inside the setter. Callbacks may subscribe and
    // unsubscribe, but not change the store.
    Subscription subscribe(std::function<void(PlantIndex)> on_change);

  private:
    struct Plant {
        std::array<ManualPlan, all_signals.size()> manual;
        MarketSchedule market;
        std::uint64_t revision = 1;
    };
    void changed(PlantIndex plant);

    std::vector<std::string> plant_ids_;
    std::vector<Plant> plants_;
    Version last_version_ = 0;
    Publisher<PlantIndex> news_;
};

}  // namespace hil::schedule
