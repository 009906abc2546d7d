#include "battery/packs/allocation.hpp"

#include "base/random.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cmath>

namespace hil::battery {
namespace {

std::vector<Pack> drawn(Random& random, std::size_t count, bool with_least) {
    std::vector<Pack> out;
    for (std::size_t i = 0; i < count; ++i) {
        const double most = random.uniform(2, 12);
        out.push_back({.capacity_kwh = random.uniform(10, 60),
                       .soc_pu = random.uniform(0.1, 0.9),
                       .health_pu = random.uniform(0.72, 1),
                       .resistance_factor = random.uniform(1, 2),
                       .temperature_k = random.uniform(290, 315),
                       .discharge_kw = most,
                       .charge_kw = most * 0.8,
                       .least_kw = with_least ? most * random.uniform(0.1, 0.5) : 0,
                       .available = random.uniform() > 0.05});
    }
    return out;
}

TEST_CASE("packs share by energy as the reference has it") {
    const std::vector<Pack> packs{
        {.capacity_kwh = 50, .soc_pu = 0.6, .discharge_kw = 5, .charge_kw = 5},
        {.capacity_kwh = 30, .soc_pu = 0.45, .discharge_kw = 3, .charge_kw = 3},
    };
    auto out = allocate_packs(packs, 5, PackRule::proportional);
    CHECK(out.kw[0] == Approx(3.448).margin(5e-4));
    CHECK(out.kw[1] == Approx(1.552).margin(5e-4));
    out = allocate_packs(packs, 9, PackRule::proportional);
    CHECK(out.delivered_kw == Approx(8));
    CHECK(out.missing_kw == Approx(1));
    out = allocate_packs(packs, -4, PackRule::equal);
    CHECK(out.kw == std::vector<double>{-2, -2});
}

TEST_CASE("no pack charges while another discharges, whatever the rule, and none leaves its bounds") {
    Random random(5);
    for (int run = 0; run < 400; ++run) {
        const auto packs = drawn(random, 1 + random.below(15), run % 2 == 0);
        const double demand = random.uniform(-80, 100);
        for (const auto rule : all_pack_rules()) {
            const auto out = allocate_packs(packs, demand, rule);
            double sum = 0;
            for (std::size_t i = 0; i < packs.size(); ++i) {
                REQUIRE(out.kw[i] * demand >= 0);
                REQUIRE(std::abs(out.kw[i]) <=
                        (demand < 0 ? packs[i].charge_kw : packs[i].discharge_kw) + 1e-9);
                if (!packs[i].available) REQUIRE(out.kw[i] == 0);
                sum += out.kw[i];
            }
            REQUIRE(sum == Approx(out.delivered_kw).margin(1e-9));
            REQUIRE(out.delivered_kw + out.missing_kw == Approx(demand).margin(1e-9));
        }
    }
}

TEST_CASE("a pack runs at its least power or not at all, and the rule is near what enumeration finds") {
    Random random(17);
    double worst = 1, sum = 0;
    int count = 0, failed = 0;
    for (int run = 0; run < 60; ++run) {
        const auto packs = drawn(random, 2 + random.below(6), true);
        double most = 0, least = 1e9;
        for (const auto& pack : packs) {
            most += pack.available ? pack.discharge_kw : 0;
            if (pack.available) least = std::min(least, pack.least_kw);
        }
        const double demand = least + (most - least) * random.uniform();
        const auto rule = allocate_packs(packs, demand, PackRule::health_aware);
        const auto exact = allocate_packs_by_enumeration(packs, demand, PackRule::health_aware);
        for (std::size_t i = 0; i < packs.size(); ++i)
            if (rule.kw[i] != 0) REQUIRE(rule.kw[i] >= packs[i].least_kw - 1e-9);
        if (std::abs(rule.missing_kw) > std::abs(exact.missing_kw) + 1e-6) {
            ++failed;
            continue;
        }
        const double gap = rule.cost / exact.cost;
        REQUIRE(gap >= 1 - 1e-9);
        worst = std::max(worst, gap);
        sum += gap;
        ++count;
    }
    CHECK(failed == 0);
    CHECK(sum / count < 1.01);
    CHECK(worst < 1.2);
}

TEST_CASE("a power that no choice of packs can run at goes to the one that can nearly") {
    const std::vector<Pack> packs{{.discharge_kw = 10, .charge_kw = 10, .least_kw = 4},
                                  {.discharge_kw = 10, .charge_kw = 10, .least_kw = 6}};
    CHECK(allocate_packs(packs, 3, PackRule::equal).kw == std::vector<double>{0, 0});
    CHECK(allocate_packs(packs, 5, PackRule::equal).kw == std::vector<double>{5, 0});
    const auto both = allocate_packs(packs, 18, PackRule::equal);
    CHECK(both.kw == std::vector<double>{9, 9});
    CHECK(allocate_packs(packs, 0, PackRule::equal).kw == std::vector<double>{0, 0});
    CHECK(allocate_packs({}, 5, PackRule::equal).missing_kw == 5);
}

TEST_CASE("the healthier, cooler and fuller pack does more") {
    const Pack usual{.capacity_kwh = 20,
                     .soc_pu = 0.5,
                     .health_pu = 0.85,
                     .resistance_factor = 1.3,
                     .discharge_kw = 20,
                     .charge_kw = 20};
    const auto more = [&](Pack other) {
        const auto out = allocate_packs(std::vector<Pack>{other, usual}, 10, PackRule::health_aware);
        return out.kw[0] > out.kw[1] + 0.1;
    };
    auto other = usual;
    other.health_pu = 0.95;
    CHECK(more(other));
    other = usual;
    other.resistance_factor = 1;
    CHECK(more(other));
    other = usual;
    other.soc_pu = 0.6;
    CHECK(more(other));
    auto warm = usual;
    warm.temperature_k = 313;
    CHECK_FALSE(more(warm));
}

TEST_CASE("balancing moves from the fullest to the emptiest only where it is asked for") {
    const std::vector<Pack> packs{{.soc_pu = 0.8, .discharge_kw = 5, .charge_kw = 5},
                                  {.soc_pu = 0.4, .discharge_kw = 5, .charge_kw = 5}};
    CHECK(allocate_packs(packs, 0, PackRule::equal).kw == std::vector<double>{0, 0});
    const auto out = allocate_packs(packs, 0, PackRule::equal, {.balancing_kw = 2});
    CHECK(out.kw == std::vector<double>{2, -2});
    CHECK(allocate_packs(packs, 0, PackRule::equal, {.balancing_kw = 2, .balancing_from_pu = 0.5}).kw[0] ==
          0);
}

TEST_CASE("rules have names") {
    for (const auto rule : all_pack_rules())
        CHECK(pack_rule_named(to_string(rule)) == rule);
    CHECK_FALSE(pack_rule_named("best"));
}

}  // namespace
}  // namespace hil::battery
