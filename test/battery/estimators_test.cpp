#include "battery/batteries.hpp"
#include "battery/estimate/coulomb_count.hpp"
#include "battery/estimate/health.hpp"
#include "battery/estimate/vanadium_soc.hpp"

#include "support/catch.hpp"

#include <cmath>
#include <limits>

namespace hil::battery {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

TEST_CASE("counted charge carries the bounds of what it may be off") {
    CoulombCount count(100, 0.99, {.bias_a = 0.5, .gain_pu = 0.01, .capacity_pu = 0.1});
    count.set(0.8, 0.02);
    count.add(10, 3600);
    CHECK(count.soc_pu() == Approx(0.7));
    CHECK(count.taken_ah() == Approx(10));
    // A bias of 0.5 A, 1 % of 10 Ah, and a capacity between 90 and 110 Ah: the charge lies between these.
    CHECK(count.lowest_pu() <= 0.78 - (10 + 0.5 + 0.1) / 90);
    CHECK(count.highest_pu() >= 0.82 - (10 - 0.5 - 0.1) / 110);
    CHECK(count.highest_pu() - count.lowest_pu() < 0.08);
    count.add(-10, 3600);
    CHECK(count.soc_pu() == Approx(0.7 + 0.099));
    const double before = count.drift_pu();
    count.add(none, 3600, 20);
    CHECK(count.drift_pu() == Approx(before + 0.2));
    count.set(0.5, 0.01);
    CHECK(count.drift_pu() == Approx(0.01));
}

TEST_CASE("resistance is the median of the steps, which one wrong reading does not move") {
    ResistanceWatch watch(1, 10);
    double current = 0;
    for (int i = 0; i < 9; ++i) {
        current = current == 0 ? 20 : 0;
        watch.add(current, 3.7 - 0.002 * current + 1e-4 * (i % 3 - 1), 1);
    }
    CHECK_FALSE(watch.ohm());
    watch.add(0, 2.0, 1);
    watch.add(20, 3.66, 1);
    watch.add(20.4, 3.5, 1);  // no step
    watch.add(0, 3.7, 30);    // too long ago
    watch.add(none, 3.7, 1);
    watch.add(20, 3.66, 1);  // nothing before
    for (int i = 0; i < 10; ++i)
        watch.add(i % 2 == 0 ? 0 : 20, 3.7 - 0.002 * (i % 2 == 0 ? 0 : 20), 1);
    REQUIRE(watch.ohm());
    CHECK(watch.ohm()->value == Approx(0.002).epsilon(0.01));
    CHECK(watch.ohm()->count >= 10);
    CHECK(watch.ohm()->sigma < 0.0003);
}

// From rest to rest at a third of an hour's current.
void drive(Cell& cell, CapacityWatch& watch, double to_soc) {
    const double capacity = cell.parameters().capacity_ah * cell.capacity_pu();
    const double current = (cell.state().soc_pu > to_soc ? 1 : -1) * capacity / 3;
    const double way = std::abs(cell.state().soc_pu - to_soc);
    for (double moved = 0; moved < way - 1e-9; moved += 10.0 / 3600 / 3)
        watch.add(cell.advance_current(current, 10, {}).current_a, cell.rest_voltage_v(), 10);
    for (int i = 0; i < 400; ++i)
        watch.add(cell.advance_current(0, 10, {}).current_a, cell.rest_voltage_v(), 10);
}

TEST_CASE("capacity is told by swings between rests whose voltage tells the charge, and by no others") {
    const auto parameters = lithium_nickel_manganese_cobalt().cell;
    Cell cell(parameters, {.soc_pu = 0.9});
    cell.age(0.83, 1.2);
    CapacityWatch watch(parameters, {});
    drive(cell, watch, 0.9);
    drive(cell, watch, 0.75);
    CHECK(watch.marks() == 2);
    CHECK_FALSE(watch.capacity_ah());  // a swing of 15 points
    drive(cell, watch, 0.2);
    REQUIRE(watch.capacity_ah());
    CHECK(watch.capacity_ah()->value == Approx(0.83 * 94).epsilon(0.02));
    CHECK(watch.capacity_ah()->sigma < 0.05 * 94);
    drive(cell, watch, 0.85);
    CHECK(watch.capacity_ah()->count == 2);
    CHECK(std::abs(watch.capacity_ah()->value - 0.83 * 94) < 2 * watch.capacity_ah()->sigma + 0.5);
}

TEST_CASE("a rest on the flat of iron phosphate is no mark") {
    const auto parameters = lithium_iron_phosphate().cell;
    Cell cell(parameters, {.soc_pu = 0.9});
    CapacityWatch watch(parameters, {});
    drive(cell, watch, 0.5);
    CHECK(watch.marks() == 0);
    drive(cell, watch, 0.05);
    CHECK(watch.marks() == 1);
    watch.add(none, 3, 10);
    CHECK_FALSE(watch.capacity_ah());
}

TEST_CASE("the charge of vanadium follows from a cell's voltage") {
    for (const double soc : {0.03, 0.2, 0.5, 0.97}) {
        const auto found = vanadium_soc_of_ocv(vanadium_nernst_v(soc, 305), 305);
        CHECK(found.soc_pu == Approx(soc).margin(1e-6));
        CHECK(found.sigma_pu < 0.015);
    }
    CHECK(vanadium_soc_of_ocv(1.326183, 298.15).soc_pu == Approx(0.5).margin(1e-4));
    CHECK(vanadium_soc_of_ocv(0.1, 298.15).soc_pu < 1e-4);
}

TEST_CASE("the balance of power keeps the charge of a flow battery between readings of its cell") {
    VanadiumPowerBalance balance({.capacity_kwh = 400,
                                  .charge_efficiency = 0.9,
                                  .discharge_efficiency = 0.8,
                                  .pump_kw = 10,
                                  .crossover_per_day = 0.12},
                                 {0.5, 0.01});
    balance.add(-110, true, 3600);  // 100 kW reach the converter, 90 kWh the electrolyte
    CHECK(balance.soc().soc_pu == Approx(0.5 + 90.0 / 400 - 0.5 * 0.005).margin(1e-9));
    balance.add(70, true, 3600);
    CHECK(balance.soc().soc_pu == Approx(0.7225 - 100.0 / 400 - 0.7225 * 0.005).margin(1e-9));
    const auto counted = balance.soc();
    CHECK(counted.sigma_pu > 0.03);
    balance.correct({0.46, 0.01});
    CHECK(balance.soc().soc_pu == Approx(0.46).margin(0.002));
    CHECK(balance.soc().sigma_pu < 0.01);
    balance.add(none, true, 3600);
    balance.add(0, false, 3600);
    CHECK(balance.soc().soc_pu == Approx(0.46).margin(0.002));
}

}  // namespace
}  // namespace hil::battery
