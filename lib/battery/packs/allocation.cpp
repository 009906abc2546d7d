#include "battery/packs/allocation.hpp"

#include "base/water_filling.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace hil::battery {
namespace {

constexpr std::array rules{PackRule::equal, PackRule::proportional, PackRule::soc_balancing,
                           PackRule::health_aware};
constexpr std::array<std::string_view, 4> rule_names{"equal", "proportional", "soc_balancing",
                                                     "health_aware"};

// All packs in one direction: shares of magnitudes.
struct Group {
    std::vector<Share> shares = {};
    std::vector<double> least = {};
    bool charging = false;
    double demand = 0;  // magnitude
};

Group group_of(std::span<const Pack> packs, double demand_kw, PackRule rule, const PackOptions& options) {
    Group out{.charging = demand_kw < 0, .demand = std::abs(demand_kw)};
    double energy = 0, capacity = 0;
    for (const auto& pack : packs) {
        if (!pack.available) continue;
        energy += pack.capacity_kwh * pack.soc_pu;
        capacity += pack.capacity_kwh;
    }
    const double mean = capacity > 0 ? energy / capacity : 0.5;
    out.shares.reserve(packs.size());
    for (const auto& pack : packs) {
        const double most =
            pack.available ? std::max(0.0, out.charging ? pack.charge_kw : pack.discharge_kw) : 0;
        out.shares.push_back(
            {.weight = pack_weight(pack, out.charging, rule, mean, options), .least = 0, .most = most});
        out.least.push_back(std::min(pack.least_kw, most));
    }
    return out;
}

double cost_of(const Group& group, const std::vector<double>& parts) {
    double out = 0;
    for (std::size_t i = 0; i < parts.size(); ++i)
        if (group.shares[i].weight > 0) out += parts[i] * parts[i] / (2 * group.shares[i].weight);
    return out;
}

PackAllocation finished(const Group& group, const WaterFilling& filling) {
    PackAllocation out;
    const double sign = group.charging ? -1 : 1;
    out.cost = cost_of(group, filling.parts);
    out.kw.reserve(filling.parts.size());
    for (const double part : filling.parts)
        out.kw.push_back(part == 0 ? 0 : sign * part);
    out.delivered_kw = sign * filling.delivered;
    out.missing_kw = filling.missing == 0 ? 0 : sign * filling.missing;
    return out;
}

// One pack more or less, or one for another, as long as that delivers more or costs less.
void improve(Group& group, const std::vector<Share>& original, WaterFilling& filling) {
    const auto runs = [&](std::size_t i) { return filling.parts[i] > 0 || group.least[i] == 0; };
    const double same = 1e-9 * std::max(1.0, group.demand);
    const auto toggled = [&](std::vector<Share>& shares, std::size_t i) {
        const bool off = shares[i].most > 0;
        shares[i].most = off ? 0 : original[i].most;
        shares[i].least = off ? 0 : group.least[i];
    };
    for (std::size_t i = 0; i < original.size(); ++i) {
        group.shares[i].most = runs(i) ? original[i].most : 0;
        group.shares[i].least = runs(i) ? group.least[i] : 0;
    }
    double cost = cost_of(group, filling.parts);
    const auto better = [&](const std::vector<Share>& shares) {
        auto next = fill(shares, group.demand);
        const double off = std::abs(next.missing), now = std::abs(filling.missing);
        const double next_cost = cost_of(group, next.parts);
        const bool gains = next.missing >= -same &&
                           (off < now - same || (off <= now + same && next_cost < cost * (1 - 1e-9)));
        if (gains) {
            group.shares = shares;
            filling = std::move(next);
            cost = next_cost;
        }
        return gains;
    };
    bool gained = true;
    for (std::size_t round = 0; gained && round < 2 * original.size(); ++round) {
        gained = false;
        for (std::size_t i = 0; i < original.size() && !gained; ++i) {
            auto one = group.shares;
            toggled(one, i);
            gained = better(one);
            for (std::size_t k = 0; k < i && !gained; ++k) {
                if ((one[i].most > 0) != (one[k].most > 0)) continue;  // that would be two more or less
                auto two = one;
                toggled(two, k);
                gained = better(two);
            }
        }
    }
}

// From the fullest to the emptiest, as much as both still can.
void balance(std::span<const Pack> packs, const PackOptions& options, PackAllocation& out) {
    std::size_t full = packs.size(), empty = packs.size();
    for (std::size_t i = 0; i < packs.size(); ++i) {
        if (!packs[i].available) continue;
        if (full == packs.size() || packs[i].soc_pu > packs[full].soc_pu) full = i;
        if (empty == packs.size() || packs[i].soc_pu < packs[empty].soc_pu) empty = i;
    }
    if (full == empty || packs[full].soc_pu - packs[empty].soc_pu < options.balancing_from_pu) return;
    const double room =
        std::min(packs[full].discharge_kw - out.kw[full], packs[empty].charge_kw + out.kw[empty]);
    const double moved = std::min(options.balancing_kw, room);
    if (moved <= 0) return;
    out.kw[full] += moved;
    out.kw[empty] -= moved;
}

}  // namespace

std::string_view to_string(PackRule rule) {
    return rule_names[static_cast<std::size_t>(rule)];
}

std::optional<PackRule> pack_rule_named(std::string_view name) {
    const auto found = std::ranges::find(rule_names, name);
    if (found == rule_names.end()) return std::nullopt;
    return static_cast<PackRule>(found - rule_names.begin());
}

std::span<const PackRule> all_pack_rules() {
    return rules;
}

double pack_weight(const Pack& pack, bool charging, PackRule rule, double mean_soc,
                   const PackOptions& options) {
    constexpr double least = 1e-3;  // a pack of no weight would take nothing even where it must
    const double room = charging ? 1 - pack.soc_pu : pack.soc_pu;
    const double ahead = (charging ? mean_soc - pack.soc_pu : pack.soc_pu - mean_soc) / 0.1;
    switch (rule) {
        case PackRule::equal:
            return 1;
        case PackRule::proportional:
            return pack.capacity_kwh * std::max(room, least);
        case PackRule::soc_balancing:
            return pack.capacity_kwh * std::clamp(1 + ahead, 0.1, 4.0);
        case PackRule::health_aware:
            break;
    }
    // What may still be lost until its end of life, what a kWh costs it in heat, and how fast it ages where
    // it is: twice as fast every ten kelvin above 25 °C.
    const double left =
        std::max(0.05, (pack.health_pu - options.end_of_life_pu) / (1 - options.end_of_life_pu));
    const double heat = 1 / std::max(pack.resistance_factor, 0.1);
    const double warm = std::exp2(-std::max(0.0, pack.temperature_k - 298.15) / 10);
    return pack.capacity_kwh * left * heat * warm * std::clamp(1 + ahead / 2, 0.2, 2.0);
}

PackAllocation allocate_packs(std::span<const Pack> packs, double demand_kw, PackRule rule,
                              const PackOptions& options) {
    auto group = group_of(packs, demand_kw, rule, options);
    const auto original = group.shares;
    auto filling = fill(group.shares, group.demand);
    const double short_then = filling.missing;
    for (std::size_t round = 0; round < packs.size(); ++round) {
        std::size_t furthest = packs.size();
        double share = 1 - 1e-9;
        for (std::size_t i = 0; i < packs.size(); ++i) {
            const double part = filling.parts[i];
            if (part > 0 && group.least[i] > 0 && part / group.least[i] < share)
                share = part / group.least[i], furthest = i;
        }
        if (furthest == packs.size()) break;
        auto& one = group.shares[furthest];
        const double most = std::exchange(one.most, 0.0);
        filling = fill(group.shares, group.demand);
        if (filling.missing > short_then + 1e-9 * std::max(1.0, group.demand) &&
            group.least[furthest] <= group.demand) {
            one.most = most;
            one.least = group.least[furthest];
            filling = fill(group.shares, group.demand);
            // More than is asked for is never given.
            if (filling.missing < -1e-9 * std::max(1.0, group.demand)) {
                one.most = one.least = 0;
                filling = fill(group.shares, group.demand);
            }
        }
    }
    bool any_least = false;
    for (const double least : group.least)
        any_least = any_least || least > 0;
    constexpr std::size_t improvable = 64;
    if (any_least && packs.size() <= improvable) improve(group, original, filling);
    auto out = finished(group, filling);
    if (options.balancing_kw > 0) balance(packs, options, out);
    return out;
}

PackAllocation allocate_packs_by_enumeration(std::span<const Pack> packs, double demand_kw, PackRule rule,
                                             const PackOptions& options) {
    const auto group = group_of(packs, demand_kw, rule, options);
    std::optional<PackAllocation> best;
    for (std::uint32_t chosen = 0; chosen < (1U << packs.size()); ++chosen) {
        auto shares = group.shares;
        for (std::size_t i = 0; i < packs.size(); ++i) {
            const bool runs = (chosen >> i & 1U) != 0;
            shares[i].least = runs ? group.least[i] : 0;
            if (!runs) shares[i].most = 0;
        }
        const auto filling = fill(shares, group.demand);
        if (filling.missing < -1e-9 * std::max(1.0, group.demand)) continue;  // more than is asked for
        auto one = finished(group, filling);
        const double off = std::abs(one.missing_kw), least = best ? std::abs(best->missing_kw) : 0;
        const double same = 1e-9 * std::max(1.0, group.demand);
        if (!best || off < least - same || (off <= least + same && one.cost < best->cost))
            best = std::move(one);
    }
    return *best;
}

}  // namespace hil::battery
