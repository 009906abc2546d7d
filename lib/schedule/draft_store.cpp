#include "schedule/draft_store.hpp"

namespace hil::schedule {

Version DraftStore::stage(PlantIndex plant, Signal signal, Series series, std::string origin, WallTime now) {
    plants_[plant][index(signal)] = Draft{std::move(series), std::move(origin), now, ++last_version_};
    news_.publish(plant, signal);
    return last_version_;
}

void DraftStore::clear(PlantIndex plant, Signal signal) {
    auto& draft = plants_[plant][index(signal)];
    if (!draft) return;
    draft.reset();
    news_.publish(plant, signal);
}

}  // namespace hil::schedule
