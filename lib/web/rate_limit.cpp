#include "web/rate_limit.hpp"

#include "config/texts.hpp"

#include <algorithm>

namespace hil::web {

bool is_loopback(std::string_view address) {
    constexpr std::string_view mapped = "::ffff:";
    if (address.starts_with(mapped)) address.remove_prefix(mapped.size());
    return config::texts::is_loopback(address);
}

Duration RateLimit::take(std::string_view peer, IoInstant now) {
    const double factor = is_loopback(peer) ? settings_.loopback_factor : 1.0;
    const double rate = settings_.per_second * factor, burst = settings_.burst * factor;
    if (peers_.size() >= settings_.capacity && !peers_.contains(peer)) {
        // Who has been silent long enough for a full bucket need not be remembered.
        const auto full = seconds(settings_.burst / settings_.per_second);
        std::erase_if(peers_, [&](const auto& entry) { return now - entry.second.at >= full; });
        if (peers_.size() >= settings_.capacity) return full;
    }
    const auto [place, fresh] = peers_.try_emplace(std::string(peer), Bucket{burst, now});
    auto& bucket = place->second;
    bucket.tokens = std::min(burst, bucket.tokens + rate * to_seconds(now - bucket.at));
    bucket.at = now;
    if (bucket.tokens < 1) return seconds((1 - bucket.tokens) / rate);
    bucket.tokens -= 1;
    return {};
}

}  // namespace hil::web
