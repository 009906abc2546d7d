// How long a group of used packs lasts, by the rule that shares its work among them.
//
// Every pack is a cell of circuit.hpp that ages by a law of ageing.hpp from its commissioning on, with a
// health, a resistance and a place (warm or cool) of its own, drawn from a seed. The group is charged around
// noon and discharged in the evening of every day, as hard as `utilisation` says; what the packs are asked
// for is the same whatever the rule. Losses warm the packs, warm packs age faster, and a pack of less
// capacity goes deeper for the same work.
//
// Life ends for a pack when its capacity has fallen to `end_of_life_pu` of what it was when commissioned.
// Told are the life of the first pack that ends, and that of the group's whole capacity. What has not ended
// in the years looked at is extrapolated by the power law of its own fade, and marked. Pure: one seed, one
// result, to the last bit.
#pragma once

#include "battery/packs/allocation.hpp"
#include "battery/physical_model.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace hil::battery {

struct LifeCondition {
    std::string name = "mixed";
    double health_spread = 0.25;       // loss at commissioning: evenly from 0.05 to 0.05 + this
    double resistance_spread = 0.6;    // rise at commissioning, the same way from 0.1
    double temperature_spread_k = 12;  // places above the ambient, evenly from 0
    double speed_spread = 0.3;         // of how fast packs age: deviation of the logarithm
    double utilisation = 0.7;          // of the rated power of the group, and of its energy in a day
};

struct LifeSettings {
    std::size_t packs = 10;
    double years = 10, step_s = 300;
    double capacity_kwh = 30;  // of a pack when new
    double rate_c = 0.5;       // rated power of a pack, of its capacity when new
    double soc_min = 0.1, soc_max = 0.9;
    double ambient_k = 293.15, season_k = 8;
    double end_of_life_pu = 0.8;
    LifeCondition condition;
};

struct Life {
    double years = 0;
    bool extrapolated = false;
};

struct LifeRun {
    Life first_pack, group;
    std::vector<double> health_pu;          // of each pack at the end
    std::vector<double> group_health_pu;    // at the end of each year
    std::vector<double> weakest_health_pu;  // the same
    double delivered_kwh = 0, missing_kwh = 0, losses_kwh = 0;
    double full_cycles = 0;  // of the group when new
};

LifeRun run_life(const Physics& physics, const LifeSettings& settings, PackRule rule, std::uint64_t seed);

// Against equal shares, seed by seed.
struct LifeGain {
    PackRule rule = PackRule::equal;
    double first_pack_years = 0, group_years = 0;     // means
    double first_pack_gain = 0, first_pack_half = 0;  // mean of the ratios less 1, half of its 95 % interval
    double group_gain = 0, group_half = 0;
    double missing_share = 0;      // of what was asked for
    std::size_t extrapolated = 0;  // of the runs
};

struct LifeStudy {
    struct Part {
        LifeCondition condition;
        std::size_t seeds = 0;
        std::vector<LifeGain> gains;             // one a rule
        std::vector<std::vector<LifeRun>> runs;  // of each rule, by seed
    };
    std::vector<Part> parts;  // the first is the one asked for
};

// The condition of `settings` with all rules and `seeds` seeds from 1 on; then what makes the difference:
// packs alike, different in one thing only, worked less and more, with equal shares and the rule of health,
// and `seeds_of_others` seeds. `progress` is called before each run with how many are done and how many there
// will be; false ends it.
LifeStudy study_life(const Physics& physics, const LifeSettings& settings, std::size_t seeds,
                     std::size_t seeds_of_others,
                     const std::function<bool(std::size_t done, std::size_t all)>& progress);

// The mean, and half of the interval that holds it at 95 % (Student).
struct Mean {
    double value = 0, half = 0;
};
Mean mean_of(const std::vector<double>& values);

}  // namespace hil::battery
