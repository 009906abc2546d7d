#include "battery/ageing.hpp"
#include "battery/converter.hpp"
#include "battery/rainflow.hpp"

#include "support/catch.hpp"

#include <cmath>
#include <map>
#include <random>
#include <vector>

namespace hil::battery {
namespace {

const SocTable flat(std::vector<std::pair<double, double>>{{0, 3.3}, {1, 3.3}});

std::map<double, double> counts(const std::vector<double>& history) {
    std::map<double, double> out;
    for (const auto& cycle : rainflow(history))
        out[cycle.range] += cycle.count;
    return out;
}

TEST_CASE("rainflow counts the example of the standard") {
    CHECK(counts({-2, 1, -3, 5, -1, 3, -4, 4, -2}) ==
          std::map<double, double>{{3, 0.5}, {4, 1.5}, {6, 0.5}, {8, 1}, {9, 0.5}});
}

TEST_CASE("rainflow counts half of the total variation, whatever lies between the turns") {
    std::mt19937 random(4711);  // NOLINT(cert-msc51-cpp): the same histories in every run
    std::uniform_int_distribution<int> draw(-20, 20);
    for (int run = 0; run < 200; ++run) {
        std::vector<double> history, dense;
        for (int i = 0; i < 60; ++i)
            history.push_back(draw(random));
        double variation = 0;
        for (std::size_t i = 0; i < history.size(); ++i) {
            if (i > 0) {
                variation += std::abs(history[i] - history[i - 1]);
                dense.push_back((history[i] + history[i - 1]) / 2);
            }
            dense.insert(dense.end(), {history[i], history[i]});
        }
        double counted = 0;
        for (const auto& cycle : rainflow(history))
            counted += cycle.range * cycle.count;
        REQUIRE(counted == Approx(variation / 2));
        REQUIRE(counts(dense) == counts(history));
    }
}

TEST_CASE("a cell on the shelf for a year ages as published") {
    const auto state = age({}, calendar_ageing(298.15, 0.5), 365 * 86'400.0);
    CHECK(state.capacity_loss_pu == Approx(0.042516).margin(1e-6));
    CHECK(state.resistance_rise_pu == Approx(0.016826).margin(1e-6));
}

TEST_CASE("300 cycles age a cell as published") {
    const auto state = age({}, cycle_ageing(0.5, 0.8), 300);
    CHECK(state.capacity_loss_pu == Approx(0.025047).margin(1e-6));
    CHECK(state.resistance_rise_pu == Approx(0.003640).margin(1e-6));
}

TEST_CASE("ageing does not depend on how a span is cut, and grows with the root of time") {
    const auto rates = calendar_ageing(308.15, 0.8);
    AgeingState cut;
    for (int i = 0; i < 1000; ++i)
        cut = age(cut, rates, 86.4);
    const auto whole = age({}, rates, 86'400);
    CHECK(cut.capacity_loss_pu == Approx(whole.capacity_loss_pu).epsilon(1e-9));
    CHECK(cut.resistance_rise_pu == Approx(whole.resistance_rise_pu).epsilon(1e-9));
    CHECK(age({}, rates, 2 * 86'400).capacity_loss_pu == Approx(whole.capacity_loss_pu * std::sqrt(2)));
}

TEST_CASE("a battery that is cycled ages by the cycles that rainflow finds") {
    Ageing ageing(AgeingLaw::iron_phosphate, flat);
    ageing.move(0.9, 0);
    for (int i = 0; i < 301; ++i) {
        ageing.move(0.1, 0.5);
        ageing.move(0.9, 0.5);
    }
    // Each way is a half cycle of depth 0.8.
    CHECK(ageing.equivalent_cycles() == Approx(0.8 * 300.5).margin(0.5));
    CHECK(ageing.state().capacity_loss_pu ==
          Approx(age({}, cycle_ageing(0.5, 0.8), ageing.equivalent_cycles()).capacity_loss_pu));
}

// Values computed once by hand from the published formulas.
TEST_CASE("an NMC cell ages as published") {
    const auto shelf = age({}, calendar_ageing_nmc(308.15, 3.7), 365);
    CHECK(shelf.capacity_loss_pu ==
          Approx((7.543 * 3.7 - 23.75) * 1e6 * std::exp(-6976 / 308.15) * std::pow(365, 0.75)));
    CHECK(shelf.capacity_loss_pu > 0.04);
    CHECK(shelf.capacity_loss_pu < 0.08);
    const auto cycled = age({}, cycle_ageing_nmc(3.667, 0.8), 300);
    CHECK(cycled.capacity_loss_pu == Approx((7.6e-4 + 4.081e-3 * 0.8) * std::sqrt(300 * 4.3)));
    CHECK(age({}, cycle_ageing_nmc(3.9, 0.8), 300).capacity_loss_pu > cycled.capacity_loss_pu);
    AgeingState cut;
    for (int i = 0; i < 500; ++i)
        cut = age(cut, calendar_ageing_nmc(308.15, 3.7), 0.73);
    CHECK(cut.capacity_loss_pu == Approx(shelf.capacity_loss_pu).epsilon(1e-9));
}

TEST_CASE("a battery that begins aged goes on from there, and ageing faster is ageing longer") {
    Ageing old(AgeingLaw::iron_phosphate, flat, 1, {0.1, 0.2}), fresh(AgeingLaw::iron_phosphate, flat),
        fast(AgeingLaw::iron_phosphate, flat, 12);
    CHECK(old.state().capacity_loss_pu == Approx(0.1));
    CHECK(old.state().resistance_rise_pu == Approx(0.2));
    for (int month = 0; month < 12; ++month) {
        fresh.rest(30 * 86'400.0, 298.15, 0.5);
        old.rest(30 * 86'400.0, 298.15, 0.5);
    }
    fast.rest(30 * 86'400.0, 298.15, 0.5);
    CHECK(fast.state().capacity_loss_pu == Approx(fresh.state().capacity_loss_pu));
    CHECK(old.state().capacity_loss_pu - 0.1 < fresh.state().capacity_loss_pu);
    Ageing never(AgeingLaw::none, flat, 1, {0.1, 0.2});
    never.rest(1e9, 320, 1);
    CHECK(never.state().capacity_loss_pu == Approx(0.1));
}

TEST_CASE("the converter loses what was measured") {
    const struct {
        double p, charge, discharge;
    } published[] = {{0.02, 0.721793, 0.783727},
                     {0.1, 0.927001, 0.946080},
                     {0.5, 0.976516, 0.979999},
                     {1, 0.975617, 0.976291}};
    for (const auto& point : published) {
        CHECK(sungrow_charge.efficiency(point.p) == Approx(point.charge).margin(1e-6));
        CHECK(sungrow_discharge.efficiency(point.p) == Approx(point.discharge).margin(1e-6));
    }
}

TEST_CASE("both directions of the converter are inverse to each other") {
    Converter converter;
    converter.rated_kw = 160;
    for (const double ac : {-160.0, -80.0, -3.2, 0.0, 1.0, 12.5, 160.0}) {
        const double dc = converter.dc_kw(ac);
        CHECK(dc >= ac);
        if (dc != 0) CHECK(converter.ac_kw(dc) == Approx(ac));
    }
    // Less than the converter itself needs does not reach the battery.
    CHECK(converter.dc_kw(-0.5) == 0);
}

}  // namespace
}  // namespace hil::battery
