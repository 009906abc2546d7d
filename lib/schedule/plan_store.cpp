#include "schedule/plan_store.hpp"

#include "base/mutation.hpp"
#include "schedule/window.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace hil::schedule {

PlanStore::PlanStore(std::vector<std::string> plant_ids)
    : plant_ids_(std::move(plant_ids)), plants_(plant_ids_.size()) {}

std::optional<PlantIndex> PlanStore::find_plant(std::string_view id) const {
    const auto found = std::find(plant_ids_.begin(), plant_ids_.end(), id);
    if (found == plant_ids_.end()) return std::nullopt;
    return static_cast<PlantIndex>(found - plant_ids_.begin());
}

Version PlanStore::set_manual(PlantIndex plant, Signal signal, Series series, std::string origin,
                              bool enabled) {
    const Version version = ++last_version_;
    plants_.at(plant).manual[index(signal)] = {std::move(series), enabled, version, std::move(origin)};
    changed(plant);
    return version;
}

void PlanStore::restore_manual(PlantIndex plant, Signal signal, ManualPlan plan) {
    last_version_ = std::max(last_version_, plan.version);
    if (mutated(Mutation::schedules_forgotten)) return;
    ManualPlan& present = plants_.at(plant).manual[index(signal)];
    if (present.version != 0) return;
    present = std::move(plan);
    changed(plant);
}

void PlanStore::enable_manual(PlantIndex plant, Signal signal, bool enabled) {
    ManualPlan& plan = plants_.at(plant).manual[index(signal)];
    if (plan.enabled == enabled) return;
    plan.enabled = enabled;
    changed(plant);
}

void PlanStore::clear_manual(PlantIndex plant, Signal signal) {
    plants_.at(plant).manual[index(signal)] = {};
    changed(plant);
}

Version PlanStore::set_market(PlantIndex plant, std::vector<MarketRow> rows, std::string origin) {
    const auto out_of_order = [](const MarketRow& a, const MarketRow& b) { return !(a.at < b.at); };
    if (std::adjacent_find(rows.begin(), rows.end(), out_of_order) != rows.end()) {
        throw std::invalid_argument("the times of a market schedule must increase");
    }
    const Version version = ++last_version_;
    plants_.at(plant).market = {std::move(rows), version, std::move(origin)};
    changed(plant);
    return version;
}

void PlanStore::take_over(PlantIndex plant, const PlanStore& from) {
    Plant& own = plants_.at(plant);
    const Plant& other = from.plants_.at(plant);
    own.manual = other.manual;
    own.market = other.market;
    last_version_ = std::max(last_version_, from.last_version_);
    changed(plant);
}

void PlanStore::prune(WallTime now, const Zone& zone) {
    const Window window = two_days(now, zone);
    for (Plant& plant : plants_) {
        for (ManualPlan& manual : plant.manual)
            manual.series = manual.series.cropped(window.from);

        auto& rows = plant.market.rows;
        const auto later = [](WallTime t, const MarketRow& row) { return t < row.at; };
        const auto earlier = [](const MarketRow& row, WallTime t) { return row.at < t; };
        rows.erase(std::lower_bound(rows.begin(), rows.end(), window.to, earlier), rows.end());
        auto in_force = std::upper_bound(rows.begin(), rows.end(), window.from, later);
        if (in_force != rows.begin()) --in_force;
        rows.erase(rows.begin(), in_force);
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
