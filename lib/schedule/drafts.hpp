// What operators have staged and not yet put in force: at most one series for each plant and signal.
//
// A draft stays when it is activated, so that what was switched off can be switched on again and an editor
// can show what differs from what is in force.
#pragma once

#include "base/subscription.hpp"
#include "base/zone.hpp"
#include "schedule/plan_store.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hil::schedule {

struct Draft {
    Series series;
    std::string origin;   // for people: who staged it, or from which file
    Version version = 0;  // grows with each change of this draft; 0: nothing is staged
    std::optional<WallTime> staged_at;

    [[nodiscard]] bool staged() const { return version != 0; }
};

class Drafts {
  public:
    explicit Drafts(std::size_t plants) : plants_(plants) {}
    Drafts(const Drafts&) = delete;
    Drafts& operator=(const Drafts&) = delete;

    // Replaces the draft; returns its version. An empty series is a draft, too: one that cannot be activated.
    Version stage(PlantIndex plant, Signal signal, Series series, std::string origin,
                  std::optional<WallTime> at = std::nullopt);
    // Forgets the draft; false when there was none.
    bool drop(PlantIndex plant, Signal signal);
    [[nodiscard]] const Draft& draft(PlantIndex plant, Signal signal) const {
        return plants_.at(plant)[index(signal)];
    }

    // To be called when the local date changes: drafts lose what was over before today began. Nobody is told.
    void prune(WallTime now, const Zone& zone);

    // Calls `on_change` with plant and signal after each change.
    Subscription subscribe(std::function<void(PlantIndex, Signal)> on_change);

  private:
    std::vector<std::array<Draft, all_signals.size()>> plants_;
    Version last_version_ = 0;
    Publisher<PlantIndex, Signal> news_;
};

// Putting a draft in force, and taking a series out of force, as operators ask for it. The code of a refusal,
// and nothing when it was done.
enum class Activation : std::uint8_t { activate, update, inactivate };
// `invalid_payload`: nothing is staged, or only an empty series. `not_active`: there is nothing to update.
std::string_view refusal(Activation what, const Draft& draft, const ManualPlan& present);
// Precondition: not refused.
void apply(Activation what, PlanStore& store, PlantIndex plant, Signal signal, const Draft& draft);

}  // namespace hil::schedule
