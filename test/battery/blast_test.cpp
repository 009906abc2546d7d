#include "battery/blast.hpp"

#include "support/catch.hpp"

#include <cmath>
#include <random>
#include <vector>

namespace hil::battery {
namespace {

const SocTable rest(std::vector<std::pair<double, double>>{{0, 3.3}, {1, 3.3}});

// Ten years at 25 °C and 50 %, 2920 full equivalent cycles of depth 0.8 at C/2: computed once from the
// published equations by their own way, increment by increment in 200 000 steps.
TEST_CASE("cells age by NREL's equations as NREL's own increments have it") {
    constexpr double kelvin = 298.15, days = 3650, cycles = 2920;
    const CycleConditions at{.temperature_k = kelvin, .depth_pu = 0.8, .mean_soc_pu = 0.5, .c_rate = 0.5};
    const struct {
        AgeingLaw law;
        double calendar, cyclic;
    } published[] = {{AgeingLaw::nmc111_kokam, 0.023044, 0.074712},
                     {AgeingLaw::lfp_sony, 0.112341, 0.032071},
                     {AgeingLaw::lmo_leaf_second_life, 0.174386, 0.419066},
                     {AgeingLaw::nmc811_lg_m50, 0.183657, 0.229834}};
    for (const auto& one : published) {
        CAPTURE(info_of(one.law).name);
        CHECK(age({}, blast_calendar(one.law, kelvin, 0.5), days).capacity_loss_pu ==
              Approx(one.calendar).epsilon(2e-4));
        CHECK(age({}, blast_cycle(one.law, at), cycles).capacity_loss_pu == Approx(one.cyclic).epsilon(2e-4));
    }
    CHECK(kokam_active_loss(1e-8, at, cycles) == Approx(0.0025818).epsilon(1e-3));
    const auto rise = age({}, blast_calendar(AgeingLaw::nmc111_kokam, kelvin, 0.5), days).resistance_rise_pu +
                      age({}, blast_cycle(AgeingLaw::nmc111_kokam, at), cycles).resistance_rise_pu;
    CHECK(rise == Approx(2.208117).epsilon(1e-3));
}

TEST_CASE("graphite has its potential") {
    CHECK(graphite_v(0.1) == Approx(0.233248).margin(1e-6));
    CHECK(graphite_v(0.5) == Approx(0.123304).margin(1e-6));
    CHECK(graphite_v(0.9) == Approx(0.088185).margin(1e-6));
}

TEST_CASE("every law of ageing is the same however a span is cut") {
    for (const auto& info : ageing_laws()) {
        if (info.law <= AgeingLaw::nmc) continue;
        CAPTURE(info.name);
        const auto time = blast_calendar(info.law, 303.15, 0.7);
        const auto use = blast_cycle(
            info.law, {.temperature_k = 303.15, .depth_pu = 0.6, .mean_soc_pu = 0.6, .c_rate = 0.3});
        AgeingState by_time, by_use;
        for (int i = 0; i < 400; ++i) {
            by_time = age(by_time, time, 5);
            by_use = age(by_use, use, 2.5);
        }
        CHECK(by_time.capacity_loss_pu == Approx(age({}, time, 2000).capacity_loss_pu).epsilon(1e-9));
        CHECK(by_use.capacity_loss_pu == Approx(age({}, use, 1000).capacity_loss_pu).epsilon(1e-9));
        CHECK(by_time.capacity_loss_pu > 0);
        CHECK(by_use.capacity_loss_pu > 0);
    }
}

TEST_CASE("a bent loss ends at its limit, and stays where conditions allow no more") {
    CHECK(bent_loss(0, 0.3, 1e-4, 0.5, 1e9) == Approx(0.3));
    CHECK(bent_loss(0.2, 0.1, 1e-4, 0.5, 100) == 0.2);
    CHECK(bent_loss(0.1, 0.3, 0, 0.5, 100) == 0.1);
    const double half = bent_loss(0, 0.3, 1e-4, 0.5, 500);
    CHECK(bent_loss(half, 0.3, 1e-4, 0.5, 500) == Approx(bent_loss(0, 0.3, 1e-4, 0.5, 1000)).epsilon(1e-12));
}

// One cycle of depth 0.8 a day at 25 °C for ten years.
double left_after_ten_years(AgeingLaw law, const SocTable& ocv_v, int cycles_a_day = 1) {
    Ageing ageing(law, ocv_v);
    for (int day = 0; day < 3650; ++day) {
        for (int cycle = 0; cycle < cycles_a_day; ++cycle)
            for (const double soc : {0.9, 0.1}) {
                ageing.rest(43'200.0 / cycles_a_day, 298.15, 0.5);
                ageing.move(soc, 0.1 * cycles_a_day);
            }
    }
    return 1 - ageing.state().capacity_loss_pu;
}

TEST_CASE("NMC after ten years is a choice between published cells, and the spread says so") {
    const SocTable nmc(std::vector<std::pair<double, double>>{{0, 3.3}, {0.5, 3.68}, {1, 4.14}});
    const double kokam = left_after_ten_years(AgeingLaw::nmc111_kokam, nmc),
                 sanyo = left_after_ten_years(AgeingLaw::nmc, nmc);
    CHECK(kokam > 0.85);
    CHECK(kokam < 0.92);
    CHECK(sanyo < 0.6);
    for (const auto& info : ageing_laws())
        CHECK((info.law == AgeingLaw::none) == (info.spread_pu == 0));
}

TEST_CASE("a cell that is cycled without end comes to its knee") {
    const double twice = left_after_ten_years(AgeingLaw::nmc111_kokam, rest, 2),
                 much = left_after_ten_years(AgeingLaw::nmc111_kokam, rest, 4);
    CHECK(twice < 0.6);
    CHECK(much < 0.1);
}

// The standard's way over the whole history at once, for comparison.
std::vector<Cycle> batch(const std::vector<double>& turns) {
    std::vector<Cycle> out;
    std::vector<double> kept;
    for (const double turn : turns) {
        kept.push_back(turn);
        while (kept.size() >= 3) {
            const auto n = kept.size();
            const double x = std::abs(kept[n - 1] - kept[n - 2]), y = std::abs(kept[n - 2] - kept[n - 3]);
            if (x < y) break;
            const double mean = (kept[n - 2] + kept[n - 3]) / 2;
            if (n == 3) {
                out.push_back({y, mean, 0.5});
                kept.erase(kept.begin());
            } else {
                out.push_back({y, mean, 1});
                kept[n - 3] = kept[n - 1];
                kept.resize(n - 2);
            }
        }
    }
    for (std::size_t i = 1; i < kept.size(); ++i)
        out.push_back({std::abs(kept[i] - kept[i - 1]), (kept[i] + kept[i - 1]) / 2, 0.5});
    return out;
}

TEST_CASE("rainflow counting as it comes is that of the whole history, on a million turns") {
    std::mt19937 random(99);  // NOLINT(cert-msc51-cpp): the same history in every run
    std::vector<double> turns;
    turns.reserve(1'000'000);
    double at = 500;
    for (int i = 0; i < 1'000'000; ++i) {
        at += (i % 2 == 0 ? 1 : -1) * static_cast<double>(1 + random() % 300);
        turns.push_back(at);
    }
    const auto whole = batch(turns);
    std::size_t next = 0, different = 0;
    const auto compare = [&](const Cycle& cycle) {
        const bool same = next < whole.size() && whole[next].range == cycle.range &&
                          whole[next].mean == cycle.mean && whole[next].count == cycle.count;
        different += same ? 0 : 1;
        ++next;
    };
    Rainflow counting(compare);
    for (const double turn : turns)
        counting.add(turn);
    for (const auto& cycle : counting.open())
        compare(cycle);
    CHECK(different == 0);
    CHECK(next == whole.size());
}

}  // namespace
}  // namespace hil::battery
