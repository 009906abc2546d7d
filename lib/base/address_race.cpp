#include "base/address_race.hpp"

#include <algorithm>

namespace hil {

AddressRace::AddressRace(std::span<const bool> is_v6, std::optional<std::size_t> good_before, Duration begin,
                         Duration time)
    : stagger_(std::min(longest_stagger, time / static_cast<Duration::rep>(is_v6.size() + 1))), due_(begin) {
    std::vector<std::size_t> first, second;  // of the resolver's first family, of the other one
    for (std::size_t i = 0; i < is_v6.size(); ++i) {
        if (i == good_before) continue;
        (is_v6[i] == is_v6[0] ? first : second).push_back(i);
    }
    if (good_before && *good_before < is_v6.size()) order_.push_back(*good_before);
    for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
        if (i < first.size()) order_.push_back(first[i]);
        if (i < second.size()) order_.push_back(second[i]);
    }
}

std::optional<std::size_t> AddressRace::next(Duration now) {
    if (begun_ == order_.size() || (now < due_ && !hurried_)) return std::nullopt;
    hurried_ = false;
    due_ = now + stagger_;
    return order_[begun_++];
}

std::optional<Duration> AddressRace::due() const {
    if (begun_ == order_.size()) return std::nullopt;
    return due_;
}

}  // namespace hil
