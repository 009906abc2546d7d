#include "control/state_watch.hpp"

#include "base/mutation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hil::control {

StateWatch::StateWatch(const config::ModbusEndpoint& endpoint, const plant::RegisterMap& map) {
    for (const auto& step : endpoint.start_sequence) {
        const auto point = map.find(step.point);
        if (!point || *point == map.standard().enable) continue;
        // Of several writes of one point the last one stays.
        if (const auto known = std::ranges::find(points_, *point); known != points_.end()) {
            const auto at = known - points_.begin();
            watched_.erase(watched_.begin() + at);
            points_.erase(known);
        }
        if (!step.watched() || map.point(*point).access == config::Access::write) continue;
        const auto words = map.codec(*point).encode(step.value);
        if (!words) continue;  // the configuration does not allow it
        points_.push_back(*point);
        const auto time = step.verify_timeout.value_or(
            map.point(*point).verify_timeout.value_or(config::Point::usual_verify_timeout));
        watched_.push_back({step.point, step.value, *words, time, false});
    }
}

void StateWatch::started(Instant now) {
    started_ = now;
    first_look_ = true;
    for (auto& watched : watched_)
        watched.clears_itself = false;
}

std::optional<std::string> StateWatch::lost(std::span<const plant::PointValue> values, Instant now) {
    const bool first = std::exchange(first_look_, false);
    for (std::size_t i = 0; i < watched_.size() && i < values.size(); ++i) {
        auto& watched = watched_[i];
        const auto& value = values[i];
        if (!value.known || value.words == watched.words) continue;
        const bool soon = first || (started_ && now - *started_ <= watched.time);
        watched.clears_itself = watched.clears_itself || (soon && value.value == 0);
        if (watched.clears_itself || mutated(Mutation::taken_back_unseen)) continue;
        return fmt::format("{} reads {:g}, the start wrote {:g}", watched.name, value.value, watched.value);
    }
    return std::nullopt;
}

}  // namespace hil::control
