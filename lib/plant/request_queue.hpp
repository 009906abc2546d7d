// The calls that wait for a plant: highest priority first, first come first served within one.
#pragma once

#include "plant/priority.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

namespace hil::plant {

// Holds pointers only; a call that goes away removes itself. Each priority has its own bound, so that
// many waiting samples never keep an emergency out.
template <class Call, std::size_t Bound = 16>
class RequestQueue {
  public:
    void set_bound(std::size_t bound) { bound_ = bound; }

    // False when as many calls of this priority wait as may.
    [[nodiscard]] bool push(Priority priority, Call& call) {
        auto& lane = lanes_[static_cast<std::size_t>(priority)];
        if (lane.size() >= bound_) return false;
        lane.push_back(&call);
        ++size_;
        return true;
    }

    // The next call in order; null when nobody waits.
    Call* pop() { return pop_from(0); }
    // The same, leaving every call of `kept` and above in the queue.
    Call* pop_below(Priority kept) { return pop_from(static_cast<std::size_t>(kept) + 1); }

    // The first call for which `wanted` holds, of lower priority than `kept` where that is given.
    template <class Wanted>
    Call* pop_if(std::optional<Priority> kept, Wanted wanted) {
        for (std::size_t i = kept ? static_cast<std::size_t>(*kept) + 1 : 0; i < lanes_.size(); ++i) {
            const auto found = std::ranges::find_if(lanes_[i], [&](Call* call) { return wanted(*call); });
            if (found == lanes_[i].end()) continue;
            Call* const call = *found;
            lanes_[i].erase(found);
            --size_;
            return call;
        }
        return nullptr;
    }

    void remove(const Call& call) {
        for (auto& lane : lanes_) {
            const auto found = std::ranges::find(lane, &call);
            if (found == lane.end()) continue;
            lane.erase(found);
            --size_;
            return;
        }
    }

    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] std::size_t size() const { return size_; }

  private:
    Call* pop_from(std::size_t first) {
        for (std::size_t i = first; i < lanes_.size(); ++i) {
            if (lanes_[i].empty()) continue;
            Call* const call = lanes_[i].front();
            lanes_[i].erase(lanes_[i].begin());
            --size_;
            return call;
        }
        return nullptr;
    }

    std::array<boost::container::small_vector<Call*, 2>, priority_count> lanes_;
    std::size_t size_ = 0, bound_ = Bound;
};

}  // namespace hil::plant
