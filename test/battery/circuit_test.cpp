#include "battery/circuit.hpp"

#include "support/catch.hpp"

#include <cmath>
#include <random>
#include <vector>

namespace hil::battery {
namespace {

using Points = std::vector<std::pair<double, double>>;

CellParameters parameters() {
    CellParameters out{.capacity_ah = 3,
                       .ocv_v = SocTable(Points{{0, 2.5}, {0.1, 3.2}, {0.9, 3.35}, {1, 3.6}}),
                       .charge_ohm = SocTable(Points{{0, 0.03}, {1, 0.02}}),
                       .discharge_ohm = SocTable(Points{{0, 0.04}, {1, 0.02}})};
    out.resistance_activation_k = 1500;
    out.pairs = {RcPair{0.01, 20}, RcPair{0.008, 400}};
    out.coulombic_efficiency = 0.995;
    out.v_min = 2;
    out.v_max = 3.7;
    out.self_discharge_per_s = 1e-8;
    return out;
}

TEST_CASE("a table is linear between its points and its integral is exact") {
    const SocTable table(Points{{0, 2}, {0.5, 4}, {1, 3}});
    CHECK(table.at(0.25) == Approx(3));
    CHECK(table.at(-1) == 2);
    CHECK(table.at(2) == 3);
    CHECK(table.integral(0.5) == Approx(1.5));
    CHECK(table.integral(1) == Approx(3.25));
    CHECK(table.integral(0.253) == Approx(2 * 0.253 + 4 * 0.253 * 0.253 / 2));
    CHECK_THROWS_AS(SocTable(Points{{0, 1}, {0.9, 1}}), std::invalid_argument);
}

TEST_CASE("a cell conserves energy at every step, whatever is asked of it") {
    std::mt19937 random(11);  // NOLINT(cert-msc51-cpp): the same course in every run
    std::uniform_real_distribution<double> power(-25, 25), step(0.1, 120), ambient(268, 318);
    Cell cell(parameters(), {.soc_pu = 0.5});
    for (int i = 0; i < 20'000; ++i) {
        const double before = cell.stored_j();
        const double asked = power(random);
        const auto out = cell.advance(asked, step(random), ambient(random));
        const double residue = before - cell.stored_j() - out.energy_j - out.loss_j;
        REQUIRE(std::abs(residue) <= 1e-9 * cell.nominal_j());
        REQUIRE(out.loss_j >= -1e-9);
        REQUIRE(cell.state().soc_pu >= 0);
        REQUIRE(cell.state().soc_pu <= 1);
        REQUIRE(std::abs(out.current_a * out.voltage_v) <= std::abs(asked) * (1 + 1e-9));
        REQUIRE(out.current_a * asked >= 0);
    }
}

TEST_CASE("a cell gives the power it is asked for until its charge or voltage ends it") {
    Cell cell(parameters(), {.soc_pu = 0.5});
    const auto out = cell.advance(5, 10, 298.15);
    CHECK_FALSE(out.limited);
    CHECK(out.energy_j == Approx(50).epsilon(1e-10));
    double given = out.energy_j;
    for (int i = 0; i < 10'000; ++i)
        given += cell.advance(5, 10, 298.15).energy_j;
    // At this power the circuit stops at its lowest voltage with little charge left.
    CHECK(cell.state().soc_pu < 0.02);
    CHECK(given < cell.nominal_j() * 0.5);
    CHECK(cell.advance(5, 10, 298.15).limited);
}

TEST_CASE("what a cell loses warms it, and it cools down again") {
    Cell cell(parameters(), {.soc_pu = 0.5});
    for (int i = 0; i < 100; ++i)
        cell.advance(i % 2 == 0 ? 20 : -20, 10, 298.15);
    const double warm = cell.state().temperature_k;
    CHECK(warm > 300);
    cell.advance(0, 3600, 298.15);
    CHECK(cell.state().temperature_k == Approx(298.15).margin(0.01));
}

TEST_CASE("a step of any length ends where many short ones do at constant power") {
    Cell one(parameters(), {.soc_pu = 0.6}), many(parameters(), {.soc_pu = 0.6});
    const auto whole = one.advance(6, 60, 298.15);
    double energy = 0;
    for (int i = 0; i < 60; ++i)
        energy += many.advance(6, 1, 298.15).energy_j;
    CHECK(whole.energy_j == Approx(energy).epsilon(1e-9));
    CHECK(one.state().soc_pu == Approx(many.state().soc_pu).epsilon(1e-4));
}

}  // namespace
}  // namespace hil::battery
