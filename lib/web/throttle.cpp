#include "web/throttle.hpp"

#include <algorithm>

namespace hil::web {

Duration Throttle::wait_in(const Table& table, std::string_view key, Duration longest, IoInstant now) const {
    const auto found = table.find(key);
    if (found == table.end()) return {};
    const auto& failures = found->second;
    if (failures.count < settings_.free || now - failures.last >= settings_.forgotten_after) return {};
    const auto doublings = std::min<std::uint32_t>(failures.count - settings_.free, 20);
    const auto pause = std::min(settings_.first * (std::int64_t{1} << doublings), longest);
    return std::max(failures.last + pause - now, Duration::zero());
}

Duration Throttle::wait(std::string_view peer, std::string_view account, IoInstant now) const {
    return std::max(
        wait_in(peers_, peer, settings_.longest_of_peer, now),
        account.empty() ? Duration::zero() : wait_in(accounts_, account, settings_.longest_of_account, now));
}

std::uint32_t Throttle::count(Table& table, std::string_view key, IoInstant now) const {
    if (table.size() >= settings_.capacity && !table.contains(key)) {
        std::erase_if(table, [&](const auto& e) { return now - e.second.last >= settings_.forgotten_after; });
        if (table.size() >= settings_.capacity) {
            table.erase(std::min_element(table.begin(), table.end(), [](const auto& a, const auto& b) {
                return a.second.last < b.second.last;
            }));
        }
    }
    auto& failures = table.try_emplace(std::string(key)).first->second;
    if (now - failures.last >= settings_.forgotten_after) failures.count = 0;
    failures.last = now;
    return ++failures.count;
}

std::uint32_t Throttle::failed(std::string_view peer, std::string_view account, IoInstant now) {
    if (!account.empty()) count(accounts_, account, now);
    return count(peers_, peer, now);
}

void Throttle::succeeded(std::string_view peer, std::string_view account) {
    if (const auto found = peers_.find(peer); found != peers_.end()) peers_.erase(found);
    if (const auto found = accounts_.find(account); found != accounts_.end()) accounts_.erase(found);
}

}  // namespace hil::web
