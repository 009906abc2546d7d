// Series that an operator has staged and not applied yet: one a plant and signal, shared by everybody who
// edits. They are not in force; the commands schedule.activate and schedule.update put them into the
// PlanStore.
#pragma once

#include "base/subscription.hpp"
#include "schedule/plan_store.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace hil::schedule {

struct Draft {
    Series series;        // never empty
    std::string origin;   // for people: the file or the operator it came from
    WallTime at;          // when it was staged
    Version version = 0;  // of this store: grows with every change, so that editors notice one another
};

class DraftStore {
  public:
    explicit DraftStore(std::size_t plants) : plants_(plants) {}
    DraftStore(const DraftStore&) = delete;
    DraftStore& operator=(const DraftStore&) = delete;

    // None when nothing is staged. Valid until the next change.
    [[nodiscard]] const Draft* find(PlantIndex plant, Signal signal) const {
        const auto& draft = plants_[plant][index(signal)];
        return draft ? &*draft : nullptr;
    }
    // Precondition: the series has rows.
    Version stage(PlantIndex plant, Signal signal, Series series, std::string origin, WallTime now);
    // Does nothing where nothing is staged.
    void clear(PlantIndex plant, Signal signal);

    // Told of the plant and signal after each change.
    Subscription subscribe(Publisher<PlantIndex, Signal>::Listener listener) {
        return news_.subscribe(std::move(listener));
    }

  private:
    std::vector<std::array<std::optional<Draft>, all_signals.size()>> plants_;
    Version last_version_ = 0;
    Publisher<PlantIndex, Signal> news_;
};

}  // namespace hil::schedule
