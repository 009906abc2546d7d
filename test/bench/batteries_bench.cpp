// Estimators, identification, twin, packs and study against what they have to reach, and how fast they are.
// Writes JSON to standard output and a table to standard error. Exit status 1 when a value lies outside of
// its bounds; speed is only told.
#include "base/water_filling.hpp"
#include "battery/study/life.hpp"
#include "battery/twin/twin.hpp"
#include "test/battery/emulated_day.hpp"
#include "test/bench/reference_table.hpp"

#include <time.h>

namespace {

using namespace hil;
using namespace hil::battery;

double cpu_s() {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

struct Worst {
    double due = 0, rms = 0, steep = 0, inside = 0;
};

Worst worst_of(EmulatedKind kind, double freeze_below_v) {
    constexpr int seeds = 20;
    Worst out;
    for (int seed = 1; seed <= seeds; ++seed) {
        const auto day = emulated_day(
            {.kind = kind, .seed = static_cast<std::uint64_t>(seed), .freeze_below_v = freeze_below_v});
        out.due = std::max(out.due, std::abs(day.error_when_due));
        out.rms = std::max(out.rms, day.rms);
        out.steep = std::max(out.steep, day.worst_after_steep);
        out.inside += day.inside_two_sigma;
    }
    out.inside /= seeds;
    return out;
}

void estimators(bench::Table& table) {
    table.group(
        "Estimators: worst of twenty days, parameters off by 10 %, bias 0.5 %, start off by 30 points");
    const auto nmc = worst_of(EmulatedKind::nmc, 0);
    table.band("NMC: error after 30 min, points", 0, 3, 100 * nmc.due);
    table.band("NMC: RMS of the day, points", 0, 2, 100 * nmc.rms);
    table.band("NMC: share inside 2 sigma", 0.85, 1, nmc.inside);
    const auto vanadium = worst_of(EmulatedKind::vanadium, 0);
    table.band("vanadium: error after 30 min, points", 0, 3, 100 * vanadium.due);
    table.band("vanadium: RMS of the day, points", 0, 2, 100 * vanadium.rms);
    table.band("vanadium: share inside 2 sigma", 0.85, 1, vanadium.inside);
    const auto iron = worst_of(EmulatedKind::iron_phosphate, 0);
    table.band("LFP: error after 1 h, points", 0, 8, 100 * iron.due);
    table.figure("LFP: RMS of the day, points", 100 * iron.rms);
    table.band("LFP: error once a steep part was passed, points", 0, 5, 100 * iron.steep);
    table.band("LFP: share inside 2 sigma", 0.85, 1, iron.inside);
    const auto frozen = worst_of(EmulatedKind::iron_phosphate, 0.3);
    table.figure("LFP frozen on the flat: error after 1 h, points", 100 * frozen.due);
    table.figure("LFP frozen on the flat: RMS of the day, points", 100 * frozen.rms);
    table.figure("LFP frozen on the flat: share inside 2 sigma", frozen.inside);
}

TwinCase day_of(Physics physics) {
    TwinCase out{.model = {}, .physics = std::move(physics), .soc_pu = 0.5, .profile = {}};
    out.model.capacity_kwh = 500;
    out.model.power_limits = {250, -250, 0, 0};
    out.physics.ageing_factor = 1;
    for (int i = 0; i < 96; ++i)
        out.profile.push_back({i * 900.0, i % 16 < 6 ? -150.0 : i % 16 < 12 ? 140.0 : 0.0});
    return out;
}

void twins(bench::Table& table) {
    table.group("Twin of 24 h at 1 s (goals: 50 ms a path, 5 s for 100 draws)");
    auto of = day_of(lithium_nickel_manganese_cobalt());
    of.physics.ageing = AgeingLaw::nmc111_kokam;
    double begin = cpu_s();
    run_twin(of, {}, 10, 1);
    table.figure("ms a path", (cpu_s() - begin) * 100);
    begin = cpu_s();
    run_twin(of, {}, 100, 1);
    table.figure("s for 100 draws", cpu_s() - begin);
}

void packs(bench::Table& table) {
    table.group("Packs");
    Random random(3);
    const auto draw = [&random](std::size_t count, bool least) {
        std::vector<Pack> out;
        for (std::size_t i = 0; i < count; ++i) {
            const double most = random.uniform(2, 12);
            out.push_back({.capacity_kwh = random.uniform(10, 60),
                           .soc_pu = random.uniform(0.1, 0.9),
                           .health_pu = random.uniform(0.72, 1),
                           .resistance_factor = random.uniform(1, 2),
                           .temperature_k = random.uniform(290, 315),
                           .discharge_kw = most,
                           .charge_kw = most,
                           .least_kw = least ? most * random.uniform(0.1, 0.5) : 0});
        }
        return out;
    };
    double worst = 0;
    for (int i = 0; i < 10'000; ++i) {
        std::vector<Share> shares;
        for (std::size_t k = 0; k < 1 + random.below(40); ++k)
            shares.push_back({.weight = std::exp(3 * random.normal()),
                              .least = -random.uniform(0, 5),
                              .most = random.uniform(0, 5)});
        worst = std::max(worst, optimality_residual(shares, fill(shares, random.uniform(-60, 60))));
    }
    table.band("conditions of the optimum missed by, 10 000 cases", 0, 1e-6, worst);
    const auto many = draw(10'000, false);
    std::vector<Share> shares;
    for (const auto& pack : many)
        shares.push_back({.weight = pack.capacity_kwh, .least = 0, .most = pack.discharge_kw});
    double begin = cpu_s();
    for (int i = 0; i < 20; ++i)
        fill(shares, 20'000);
    table.figure("water filling of 10 000 packs, ms (goal: 1)", (cpu_s() - begin) / 20 * 1e3);
    begin = cpu_s();
    for (int i = 0; i < 20; ++i)
        allocate_packs(many, 20'000, PackRule::health_aware);
    table.figure("allocation of 10 000 packs with their weights, ms", (cpu_s() - begin) / 20 * 1e3);
    double sum = 0, most = 1;
    int count = 0, missed = 0;
    for (int i = 0; i < 300; ++i) {
        const auto few = draw(2 + random.below(9), true);
        double all = 0;
        for (const auto& pack : few)
            all += pack.discharge_kw;
        const double demand = all * random.uniform(0.1, 1);
        const auto rule = allocate_packs(few, demand, PackRule::health_aware);
        const auto best = allocate_packs_by_enumeration(few, demand, PackRule::health_aware);
        if (std::abs(rule.missing_kw) > std::abs(best.missing_kw) + 1e-6) {
            ++missed;
            continue;
        }
        const double gap = best.cost > 0 ? rule.cost / best.cost : 1;
        sum += gap;
        most = std::max(most, gap);
        ++count;
    }
    table.figure("least powers, 2 to 10 packs: mean cost above enumeration, %", 100 * (sum / count - 1));
    table.figure("the worst of 300, %", 100 * (most - 1));
    table.figure("of 300 where the rule delivers less than it could", missed);
}

void study(bench::Table& table) {
    table.group(
        "Ten packs, a tenth of ten years (goals: 15 s for ten years; fade by longer steps off by less than 1 "
        "%)");
    auto physics = lithium_nickel_manganese_cobalt();
    physics.ageing = AgeingLaw::nmc111_kokam;
    LifeSettings settings{.years = 1, .step_s = 60, .condition = {}};
    const auto fade = [&](PackRule rule, double step_s) {
        settings.step_s = step_s;
        return 1 - run_life(physics, settings, rule, 1).group_health_pu.front();
    };
    for (const auto rule : {PackRule::equal, PackRule::health_aware}) {
        const double fine = fade(rule, 60);
        const auto name = std::string(to_string(rule));
        table.band(name + ": loss of the group in steps of 120 s, of that in steps of 60 s", 0.99, 1.01,
                   fade(rule, 120) / fine);
        table.figure(name + ": in steps of 300 s", fade(rule, 300) / fine);
    }
    const double begin = cpu_s();
    fade(PackRule::health_aware, 120);
    table.figure("s for ten years in steps of 120 s", 10 * (cpu_s() - begin));
}

}  // namespace

int main() {
    bench::Table table;
    std::fprintf(stderr, "  %-66s %23s %12s  deviation\n", "", "reference", "ours");
    estimators(table);
    twins(table);
    packs(table);
    study(table);
    table.print_json();
    return table.good() ? 0 : 1;
}
