#include "schedule/drafts.hpp"

#include "schedule/window.hpp"

#include <utility>

namespace hil::schedule {

Version Drafts::stage(PlantIndex plant, Signal signal, Series series, std::string origin,
                      std::optional<WallTime> at) {
    const Version version = ++last_version_;
    plants_.at(plant)[index(signal)] = {std::move(series), std::move(origin), version, at};
    news_.publish(plant, signal);
    return version;
}

bool Drafts::drop(PlantIndex plant, Signal signal) {
    auto& draft = plants_.at(plant)[index(signal)];
    if (!draft.staged()) return false;
    draft = {};
    news_.publish(plant, signal);
    return true;
}

void Drafts::prune(WallTime now, const Zone& zone) {
    const auto today = two_days(now, zone).from;
    for (auto& plant : plants_) {
        for (auto& draft : plant)
            draft.series = draft.series.cropped(today);
    }
}

Subscription Drafts::subscribe(std::function<void(PlantIndex, Signal)> on_change) {
    return news_.subscribe(std::move(on_change));
}

std::string_view refusal(Activation what, const Draft& draft, const ManualPlan& present) {
    if (what == Activation::inactivate) return {};
    if (what == Activation::update && !present.enabled) return "not_active";
    if (!draft.staged() || draft.series.empty()) return "invalid_payload";
    return {};
}

void apply(Activation what, PlanStore& store, PlantIndex plant, Signal signal, const Draft& draft) {
    if (what == Activation::inactivate) {
        store.enable_manual(plant, signal, false);
        return;
    }
    const auto& present = store.manual(plant, signal);
    if (present.series == draft.series && present.origin == draft.origin && present.version != 0) {
        store.enable_manual(plant, signal, true);  // as it is: the version stays
    } else {
        store.set_manual(plant, signal, draft.series, draft.origin);
    }
}

}  // namespace hil::schedule
