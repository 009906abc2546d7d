#include "control/owed_stop.hpp"

#include "control/trouble.hpp"
#include "plant/errors.hpp"

#include <algorithm>
#include <utility>

namespace hil::control {

OwedStop::OwedStop(std::vector<Write> writes)
    : writes_(std::move(writes)), states_(writes_.size()), backoff_(first_pause, longest_pause) {
    for (auto& state : states_)
        state.outcome = plant::errc::not_connected;  // nobody has tried
}

void OwedStop::written(std::size_t index, error_code outcome, Instant now) {
    auto& state = states_[index];
    state.outcome = outcome;
    state.tried = true;
    state.refusals = trouble_of(outcome) == Trouble::lasting ? state.refusals + 1 : 0;
    if (outcome) return;
    state.acknowledged = now;
    if (!writes_[index].read_back) state.confirmed = true;
}

const OwedStop::Write* OwedStop::last(plant::PointId point) const {
    const auto found = std::find_if(writes_.rbegin(), writes_.rend(),
                                    [point](const Write& write) { return write.point == point; });
    return found == writes_.rend() ? nullptr : &*found;
}

void OwedStop::seen(plant::PointId point, bool holds, Instant now) {
    // Of several writes of one point the last one stays.
    for (std::size_t i = writes_.size(); i-- > 0;) {
        if (writes_[i].point != point) continue;
        auto& state = states_[i];
        const bool was = std::exchange(state.confirmed, holds);
        const bool showing = state.acknowledged && now - *state.acknowledged < writes_[i].time;
        // It was there and is not any more: somebody else wrote.
        if (was && !state.confirmed && (writes_[i].read_back || !showing)) state.acknowledged.reset();
        return;
    }
}

void OwedStop::begin_again() {
    for (auto& state : states_) {
        state.confirmed = false;
        state.acknowledged.reset();
    }
}

std::vector<std::size_t> OwedStop::due(Instant now) const {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < writes_.size(); ++i) {
        const auto& state = states_[i];
        const bool showing = state.acknowledged && now - *state.acknowledged < writes_[i].time;
        if (!state.confirmed && !showing) out.push_back(i);
    }
    return out;
}

int OwedStop::acknowledged_zeros() const {
    int count = 0;
    for (std::size_t i = 0; i < writes_.size(); ++i)
        count += writes_[i].zero && states_[i].acknowledged ? 1 : 0;
    return count;
}

error_code OwedStop::zero_failure() const {
    error_code last;
    for (std::size_t i = 0; i < writes_.size(); ++i)
        if (writes_[i].zero && states_[i].outcome) last = states_[i].outcome;
    return last;
}

bool OwedStop::failed(Instant now) const {
    for (std::size_t i = 0; i < writes_.size(); ++i) {
        const auto& state = states_[i];
        const bool showing = state.acknowledged && now - *state.acknowledged < writes_[i].time;
        if (state.tried && !state.confirmed && !showing) return true;
    }
    return false;
}

void OwedStop::doubt(plant::PointId point, Instant now) {
    for (std::size_t i = 0; i < writes_.size(); ++i) {
        if (writes_[i].point != point || writes_[i].zero) continue;
        states_[i].confirmed = false;
        states_[i].acknowledged = now;
    }
}

bool OwedStop::zeroed() const {
    for (std::size_t i = 0; i < writes_.size(); ++i)
        if (writes_[i].zero && !states_[i].confirmed) return false;
    return true;
}

bool OwedStop::disabled() const {
    for (std::size_t i = 0; i < writes_.size(); ++i)
        if (!writes_[i].zero && !states_[i].confirmed) return false;
    return true;
}

bool OwedStop::confirmed() const {
    return std::ranges::all_of(states_, &State::confirmed);
}

bool OwedStop::confirmed(plant::PointId point) const {
    for (std::size_t i = writes_.size(); i-- > 0;)
        if (writes_[i].point == point) return states_[i].confirmed;
    return false;
}

std::optional<std::size_t> OwedStop::open() const {
    const auto found = std::ranges::find(states_, false, &State::confirmed);
    if (found == states_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - states_.begin());
}

void OwedStop::settle_refused_zeros() {
    if (!disabled()) return;
    for (std::size_t i = 0; i < writes_.size(); ++i)
        if (writes_[i].zero && states_[i].refusals >= for_good) states_[i].confirmed = true;
}

}  // namespace hil::control
