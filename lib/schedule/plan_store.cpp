#include "schedule/plan_store.hpp"

#include "base/mutation.hpp"
#include "schedule/window.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

namespace hil::schedule {

namespace {

constexpr std::size_t p = index(Signal::p), q = index(Signal::q);

void check_bounds(const Series& series, bool most) {
    for (const Row& row : series.rows()) {
        if (std::isnan(row.value) || (most ? row.value < 0 : row.value > 0))
            throw std::invalid_argument("a limit must leave 0 allowed");
    }
}

}  // namespace

PlanStore::PlanStore(std::vector<std::string> plant_ids)
    : plant_ids_(std::move(plant_ids)), plants_(plant_ids_.size()) {
    add_layer({.id = LayerId::manual, .priority = operator_priority});
    add_layer({.id = LayerId::api, .priority = source_priority, .selectable = true});
    for (Plant& plant : plants_)
        plant.revision = 1;  // nothing was set
}

std::optional<PlantIndex> PlanStore::find_plant(std::string_view id) const {
    const auto found = std::find(plant_ids_.begin(), plant_ids_.end(), id);
    if (found == plant_ids_.end()) return std::nullopt;
    return static_cast<PlantIndex>(found - plant_ids_.begin());
}

void PlanStore::add_layer(const Layer& layer) {
    if (find_layer(layer.id)) throw std::invalid_argument("there is a layer of this name");
    const auto below = std::ranges::find_if(
        layers_, [&](const Layer& present) { return present.priority < layer.priority; });
    const auto at = below - layers_.begin();
    layers_.insert(below, layer);
    for (Plant& plant : plants_) {
        plant.plans.insert(plant.plans.begin() + at, {LayerPlan{}, LayerPlan{}});
        ++plant.revision;
    }
}

std::optional<std::size_t> PlanStore::find_layer(const LayerId& id) const {
    const auto found = std::ranges::find(layers_, id, &Layer::id);
    if (found == layers_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - layers_.begin());
}

const LayerPlan& PlanStore::plan(const LayerId& layer, PlantIndex plant, Signal signal) const {
    const auto found = find_layer(layer);
    if (!found) throw std::out_of_range("no such layer");
    return plants_.at(plant).plans[*found][index(signal)];
}

LayerPlan& PlanStore::at(const LayerId& layer, PlantIndex plant, Signal signal) {
    const auto found = find_layer(layer);
    if (!found) throw std::out_of_range("no such layer");
    return plants_.at(plant).plans[*found][index(signal)];
}

Version PlanStore::set(const LayerId& layer, PlantIndex plant, Signal signal, Series series,
                       std::string origin, bool enabled) {
    LayerPlan& place = at(layer, plant, signal);
    const Version version = ++last_version_;
    place = {std::move(series), enabled, version, std::move(origin)};
    changed(plant);
    return version;
}

Version PlanStore::set_limits(const LayerId& layer, PlantIndex plant, Signal signal, Series least,
                              Series most, std::string origin) {
    check_bounds(least, false);
    check_bounds(most, true);
    LayerPlan& place = at(layer, plant, signal);
    const Version version = ++last_version_;
    place = {std::move(most), true, version, std::move(origin), std::move(least)};
    changed(plant);
    return version;
}

void PlanStore::clear(const LayerId& layer, PlantIndex plant, Signal signal) {
    at(layer, plant, signal) = {};
    changed(plant);
}

Version PlanStore::set_manual(PlantIndex plant, Signal signal, Series series, std::string origin,
                              bool enabled) {
    return set(LayerId::manual, plant, signal, std::move(series), std::move(origin), enabled);
}

void PlanStore::restore_manual(PlantIndex plant, Signal signal, ManualPlan plan) {
    last_version_ = std::max(last_version_, plan.version);
    if (mutated(Mutation::schedules_forgotten)) return;
    ManualPlan& present = at(LayerId::manual, plant, signal);
    if (present.version != 0) return;
    present = std::move(plan);
    changed(plant);
}

void PlanStore::enable_manual(PlantIndex plant, Signal signal, bool enabled) {
    ManualPlan& plan = at(LayerId::manual, plant, signal);
    if (plan.enabled == enabled) return;
    plan.enabled = enabled;
    changed(plant);
}

void PlanStore::clear_manual(PlantIndex plant, Signal signal) {
    clear(LayerId::manual, plant, signal);
}

Version PlanStore::set_market(PlantIndex plant, std::vector<MarketRow> rows, std::string origin) {
    std::array<std::vector<Row>, all_signals.size()> values;
    for (const MarketRow& row : rows) {
        // A row that lacks one of them gives neither.
        const bool finite = std::isfinite(row.p_kw) && std::isfinite(row.q_kvar);
        const double lacking = std::numeric_limits<double>::quiet_NaN();
        values[p].push_back({row.at, finite ? row.p_kw : lacking});
        values[q].push_back({row.at, finite ? row.q_kvar : lacking});
    }
    // Made before anything changes: it throws where times do not increase.
    Series of_p(std::move(values[p]), WallTime::max()), of_q(std::move(values[q]), WallTime::max());
    const Version version = ++last_version_;
    at(LayerId::api, plant, Signal::p) = {std::move(of_p), true, version, origin};
    at(LayerId::api, plant, Signal::q) = {std::move(of_q), true, version, std::move(origin)};
    changed(plant);
    return version;
}

MarketSchedule PlanStore::market(PlantIndex plant) const {
    const LayerPlan& of_p = plan(LayerId::api, plant, Signal::p);
    const auto q_rows = plan(LayerId::api, plant, Signal::q).series.rows();
    MarketSchedule out{{}, of_p.version, of_p.origin};
    for (std::size_t i = 0; i < q_rows.size(); ++i)
        out.rows.push_back({q_rows[i].at, of_p.series.rows()[i].value, q_rows[i].value});
    return out;
}

void PlanStore::take_over(PlantIndex plant, const PlanStore& from) {
    for (std::size_t i = 0; i < from.layers_.size(); ++i) {
        const Layer& layer = from.layers_[i];
        if (!find_layer(layer.id)) add_layer(layer);
        for (const Signal signal : all_signals)
            at(layer.id, plant, signal) = from.plan(i, plant, signal);
    }
    last_version_ = std::max(last_version_, from.last_version_);
    changed(plant);
}

void PlanStore::prune(WallTime now, const Zone& zone) {
    const Window window = two_days(now, zone);
    for (Plant& plant : plants_) {
        for (std::size_t i = 0; i < layers_.size(); ++i) {
            for (LayerPlan& plan : plant.plans[i]) {
                const bool market = layers_[i].id == LayerId::api;
                plan.series = plan.series.cropped(window.from, market ? window.to : WallTime::max());
                plan.least = plan.least.cropped(window.from);
                // What comes later is asked for again: the last row does not end before that.
                if (market) plan.series = plan.series.ending(WallTime::max());
            }
        }
        ++plant.revision;
    }
}

PlanStore::Subscription PlanStore::subscribe(std::function<void(PlantIndex)> on_change) {
    return news_.subscribe(std::move(on_change));
}

void PlanStore::changed(PlantIndex plant) {
    ++plants_[plant].revision;
    news_.publish(plant);
}

}  // namespace hil::schedule
