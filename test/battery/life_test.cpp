#include "battery/study/life.hpp"

#include "battery/batteries.hpp"
#include "support/catch.hpp"

#include <cmath>

namespace hil::battery {
namespace {

Physics kokam() {
    auto out = lithium_nickel_manganese_cobalt();
    out.ageing = AgeingLaw::nmc111_kokam;
    return out;
}

LifeSettings small() {
    LifeSettings out;
    out.packs = 4;
    out.years = 0.3;
    out.step_s = 600;
    return out;
}

TEST_CASE("a study of one seed is the same to the last bit") {
    const auto physics = kokam();
    const auto a = run_life(physics, small(), PackRule::health_aware, 3),
               b = run_life(physics, small(), PackRule::health_aware, 3);
    CHECK(a.health_pu == b.health_pu);
    CHECK(a.delivered_kwh == b.delivered_kwh);
    CHECK(a.health_pu != run_life(physics, small(), PackRule::health_aware, 4).health_pu);
}

TEST_CASE("packs alike age alike whatever the rule, packs that differ are spared by the rule of health") {
    const auto physics = kokam();
    auto settings = small();
    settings.condition = {.name = "alike",
                          .health_spread = 0,
                          .resistance_spread = 0,
                          .temperature_spread_k = 0,
                          .speed_spread = 0};
    const auto equal = run_life(physics, settings, PackRule::equal, 1);
    for (const auto rule : all_pack_rules()) {
        const auto run = run_life(physics, settings, rule, 1);
        CHECK(run.first_pack.years == Approx(equal.first_pack.years).epsilon(0.02));
        CHECK(run.delivered_kwh == Approx(equal.delivered_kwh).epsilon(1e-3));
    }
    settings.condition = {};
    settings.years = 1;
    const auto worn = run_life(physics, settings, PackRule::equal, 2),
               spared = run_life(physics, settings, PackRule::health_aware, 2);
    CHECK(spared.weakest_health_pu.front() > worn.weakest_health_pu.front());
    CHECK(spared.first_pack.years > worn.first_pack.years);
    CHECK(worn.first_pack.extrapolated);
    CHECK(worn.health_pu.size() == 4);
}

TEST_CASE("a life that ends within the years is not extrapolated") {
    auto settings = small();
    settings.end_of_life_pu = 0.995;
    const auto run = run_life(kokam(), settings, PackRule::equal, 1);
    CHECK_FALSE(run.first_pack.extrapolated);
    CHECK(run.first_pack.years < 0.3);
    CHECK(run.group.years >= run.first_pack.years);
}

TEST_CASE("a study compares seed by seed, and says when it was stopped") {
    auto settings = small();
    settings.years = 0.1;
    std::size_t told = 0;
    const auto study = study_life(kokam(), settings, 2, 2, [&](std::size_t done, std::size_t all) {
        CHECK(done == told++);
        CHECK(all == 4 * 2 + 6 * 2 * 2);
        return true;
    });
    CHECK(told == 32);
    REQUIRE(study.parts.size() == 7);
    CHECK(study.parts[0].gains.size() == 4);
    CHECK(study.parts[0].gains[0].first_pack_gain == 0);
    CHECK(study.parts[1].condition.name == "all alike");
    CHECK(study.parts[1].gains.size() == 2);
    const auto stopped =
        study_life(kokam(), settings, 2, 0, [](std::size_t done, std::size_t) { return done < 1; });
    CHECK(stopped.parts.front().gains.empty());
}

TEST_CASE("a mean has Student's interval") {
    const auto mean = mean_of({1, 2, 3, 4});
    CHECK(mean.value == 2.5);
    CHECK(mean.half == Approx(3.182 * std::sqrt(5.0 / 3 / 4)));
    CHECK(mean_of({}).value == 0);
    CHECK(mean_of({7}).half == 0);
}

}  // namespace
}  // namespace hil::battery
