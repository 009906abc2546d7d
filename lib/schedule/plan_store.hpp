// Every plan that is in force, in layers: `manual`, what operators put in force for each plant and signal,
// `api`, the schedule that the market gives, and those that are added. What is staged by an operator but not
// yet applied is kept elsewhere and enters through set_manual().
#pragma once

#include "base/subscription.hpp"
#include "base/zone.hpp"
#include "schedule/layer.hpp"
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

// What one layer says of one signal of a plant.
struct LayerPlan {
    Series series;         // of a layer of limits: the most
    bool enabled = false;  // the rows stay while it is not
    Version version = 0;
    std::string origin;  // for people: the file or the operator it came from
    Series least = {};   // of a layer of limits only
};
using ManualPlan = LayerPlan;

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

    // A further layer, empty at first. Throws std::invalid_argument when there is one of this name.
    void add_layer(const Layer& layer);
    // By priority, the highest first.
    [[nodiscard]] const std::vector<Layer>& layers() const { return layers_; }
    [[nodiscard]] std::optional<std::size_t> find_layer(const LayerId& id) const;

    // Of all below: throws std::out_of_range where there is no such plant or layer. Every setter tells the
    // subscribers.
    // Replaces what a layer says; returns its version.
    Version set(const LayerId& layer, PlantIndex plant, Signal signal, Series series, std::string origin,
                bool enabled = true);
    // The same of a layer of mode limit; where a series says nothing, that side is not bounded. Throws
    // std::invalid_argument for bounds that are no number or exclude 0: a limit narrows, it never asks.
    Version set_limits(const LayerId& layer, PlantIndex plant, Signal signal, Series least, Series most,
                       std::string origin);
    void clear(const LayerId& layer, PlantIndex plant, Signal signal);
    [[nodiscard]] const LayerPlan& plan(const LayerId& layer, PlantIndex plant, Signal signal) const;
    // By the position of the layer in layers().
    [[nodiscard]] const LayerPlan& plan(std::size_t layer, PlantIndex plant, Signal signal) const {
        return plants_[plant].plans[layer][index(signal)];
    }

    // Replaces a manual series; returns its version.
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
        return plan(LayerId::manual, plant, signal);
    }
    // Made from the two series of its layer.
    [[nodiscard]] MarketSchedule market(PlantIndex plant) const;
    // Changes whenever anything of the plant does; for caches.
    [[nodiscard]] std::uint64_t revision(PlantIndex plant) const { return plants_[plant].revision; }

    // Takes over what another store has for a plant, with its versions, layers that this one lacks included;
    // subscribers are told. The rows are shared, not copied: this costs next to nothing, however long they
    // are. Precondition: both stores have the same plants.
    void take_over(PlantIndex plant, const PlanStore& from);

    // To be called when the local date changes. Every layer loses what was over before today began, the
    // market's also what begins after tomorrow. What is in force stays, and no answer of today or later
    // changes, so subscribers are not told.
    void prune(WallTime now, const Zone& zone);

    // Calls `on_change` with the plant after each change, from inside the setter. Callbacks may subscribe and
    // unsubscribe, but not change the store.
    Subscription subscribe(std::function<void(PlantIndex)> on_change);

  private:
    struct Plant {
        std::vector<std::array<LayerPlan, all_signals.size()>> plans;  // by layer
        std::uint64_t revision = 1;
    };
    [[nodiscard]] LayerPlan& at(const LayerId& layer, PlantIndex plant, Signal signal);
    void changed(PlantIndex plant);

    std::vector<std::string> plant_ids_;
    std::vector<Layer> layers_;
    std::vector<Plant> plants_;
    Version last_version_ = 0;
    Publisher<PlantIndex> news_;
};

}  // namespace hil::schedule
