#include "web/sessions.hpp"

#include "web/passwords.hpp"

#include <algorithm>
#include <array>

namespace hil::web {

Sessions::Sessions(Settings settings, std::function<void(std::span<std::byte>)> random_bytes)
    : settings_(settings), random_bytes_(std::move(random_bytes)) {}

std::string Sessions::begin(Identity who, IoInstant now) {
    std::erase_if(sessions_, [&](const auto& entry) { return over(entry.second, now); });
    if (sessions_.size() >= settings_.capacity) {
        sessions_.erase(
            std::min_element(sessions_.begin(), sessions_.end(),
                             [](const auto& a, const auto& b) { return a.second.used < b.second.used; }));
    }
    std::array<std::byte, 32> bytes{};
    random_bytes_(bytes);
    auto id = encode_secret(bytes);
    sessions_[hash_token(id)] = {std::move(who), now, now};
    return id;
}

std::optional<Identity> Sessions::find(std::string_view id, IoInstant now) {
    const auto found = sessions_.find(hash_token(id));
    if (found == sessions_.end()) return std::nullopt;
    if (over(found->second, now)) {
        sessions_.erase(found);
        return std::nullopt;
    }
    found->second.used = now;
    return found->second.who;
}

void Sessions::end(std::string_view id) {
    sessions_.erase(hash_token(id));
}

}  // namespace hil::web
