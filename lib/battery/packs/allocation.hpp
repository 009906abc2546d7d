// One power shared among the packs of a group.
//
// Each rule gives every pack a weight; the powers are those that water filling (base/water_filling.hpp)
// finds: the least sum of P^2 / (2 weight) within the bounds of the packs. While the group discharges no pack
// charges, and the other way round, unless balancing is asked for.
//
// A pack that cannot run below a least power makes that a choice: who runs at all. The rule: of the packs
// that would run below their least power the one furthest below it (as a share) is switched off, and the rest
// is shared anew, until nobody is below. Where the others cannot deliver what is wanted without it, it runs
// at its least power instead. More than is asked for is never given. By enumeration of all choices, for a few
// packs, it can be seen what that costs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace hil::battery {

struct Pack {
    double capacity_kwh = 1;  // what it holds now
    double soc_pu = 0.5;
    double health_pu = 1;          // capacity now, of that when it was commissioned
    double resistance_factor = 1;  // of that when new
    double temperature_k = 298.15;
    double discharge_kw = 1, charge_kw = 1;  // most it gives and takes now; magnitudes
    double least_kw = 0;                     // below this it does not run; 0: it runs at any power
    bool available = true;
};

enum class PackRule : std::uint8_t { equal, proportional, soc_balancing, health_aware };
std::string_view to_string(PackRule rule);
std::optional<PackRule> pack_rule_named(std::string_view name);
std::span<const PackRule> all_pack_rules();

struct PackOptions {
    double end_of_life_pu = 0.7;  // of the health: what is left above it is what health_aware spends
    double balancing_kw = 0;      // moved from the fullest to the emptiest pack, where they are far apart
    double balancing_from_pu = 0.05;
};

struct PackAllocation {
    std::vector<double> kw;  // positive discharges
    double delivered_kw = 0, missing_kw = 0;
    double cost = 0;  // sum of P^2 / (2 weight)
};

// Positive demand discharges.
PackAllocation allocate_packs(std::span<const Pack> packs, double demand_kw, PackRule rule,
                              const PackOptions& options = {});
// The same by trying which packs run: the least missing, then the least cost. Precondition: at most 16 packs.
PackAllocation allocate_packs_by_enumeration(std::span<const Pack> packs, double demand_kw, PackRule rule,
                                             const PackOptions& options = {});
// The weight of one pack in the rule's eyes; `mean_soc` is that of the group by energy.
double pack_weight(const Pack& pack, bool charging, PackRule rule, double mean_soc,
                   const PackOptions& options);

}  // namespace hil::battery
