#include "battery/replay_model.hpp"

#include <cmath>
#include <utility>

namespace hil::battery {

ReplayModel::ReplayModel(std::shared_ptr<const Recording> recording, config::ReplayGaps gaps,
                         double capacity_kwh, WallTime zero)
    : recording_(std::move(recording)), gaps_(gaps), capacity_kwh_(capacity_kwh), zero_(zero) {
    take(recording_->rows().front().output);
}

void ReplayModel::set_time(Instant now) {
    const WallTime t = zero_ + now.time_since_epoch();
    if (gaps_ == config::ReplayGaps::hold) {
        // Every row on the way counts: a value may have been known in one that is over.
        const auto from = hint_;
        const auto& row = recording_->at(t, hint_);
        for (auto i = from; i < hint_; ++i)
            take(recording_->rows()[i].output);
        take(row.output);
    } else {
        take(recording_->at(t, hint_).output);
    }
}

void ReplayModel::take(const Output& output) {
    for (auto value : {&Output::p_battery_kw, &Output::q_battery_kvar, &Output::p_poi_kw, &Output::q_poi_kvar,
                       &Output::v_poi_kv, &Output::soc_pu}) {
        if (gaps_ == config::ReplayGaps::unreadable || !std::isnan(output.*value))
            shown_.*value = output.*value;
    }
}

Output ReplayModel::advance(const Command&, Duration) {
    return shown_;
}

double ReplayModel::energy_kwh() const {
    return std::isnan(shown_.soc_pu) ? 0 : shown_.soc_pu * capacity_kwh_;
}

}  // namespace hil::battery
