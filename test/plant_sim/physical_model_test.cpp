#include "plant_sim/physical_model.hpp"

#include "plant_sim/batteries.hpp"

#include "support/catch.hpp"

#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace hil::plant_sim {
namespace {

using namespace std::chrono_literals;

config::PlantModel lib() {
    config::PlantModel out;
    out.capacity_kwh = 500;
    out.power_limits = {1000, -1000, 600, -600};
    out.poi_voltage_kv = 20;
    return out;
}

config::PlantModel vrfb() {
    config::PlantModel out;
    out.capacity_kwh = 400;
    out.power_limits = {160, -160, 64, -64};
    out.poi_voltage_kv = 0.22;
    return out;
}

struct Kind {
    std::string name;
    config::PlantModel model;
    Physics physics;
};

std::vector<Kind> kinds() {
    return {{"lfp", lib(), lithium_iron_phosphate()},
            {"nmc", lib(), lithium_nickel_manganese_cobalt()},
            {"vanadium", vrfb(), vanadium_redox_flow()}};
}

// Energy out over energy in, around half charge, with the power of the plant itself on both ways; what the
// way back lacks is made up for until the charge is where it was.
double round_trip(const Kind& kind, double share) {
    PhysicalModel model(kind.model, kind.physics, 0.7);
    const double power = kind.model.power_limits.p_max_kw * share;
    double out = 0, in = 0;
    const auto drive = [&](double p_kw, const auto& more) {
        while (more()) {
            const auto step = model.advance({.p_kw = p_kw, .q_kvar = 0, .running = true}, 10s);
            (p_kw > 0 ? out : in) += std::abs(step.p_poi_kw) * 10 / 3600;
        }
    };
    drive(power, [&] { return model.energy_kwh() > 0.4 * model.capacity_kwh(); });
    const double begin = model.energy_kwh();
    drive(-power, [&] { return model.energy_kwh() < 0.6 * model.capacity_kwh(); });
    out = 0;
    drive(power, [&] { return model.energy_kwh() > begin; });
    return out / in;
}

TEST_CASE("a plant with losses accounts for every kilowatt-hour") {
    for (auto& kind : kinds()) {
        INFO(kind.name);
        kind.physics.auxiliary_kw = 3;
        kind.physics.line_resistance_pu = 0.01;
        kind.physics.line_reactance_pu = 0.05;
        PhysicalModel model(kind.model, kind.physics, 0.5);
        std::mt19937 random(5);  // NOLINT(cert-msc51-cpp): the same course in every run
        std::uniform_real_distribution<double> power(-1.3, 1.3);
        std::uniform_int_distribution<int> seconds(1, 20), hold(1, 200);
        const double before = model.stored_kwh();
        for (int i = 0; i < 300; ++i) {
            const Command command{.p_kw = power(random) * kind.model.power_limits.p_max_kw,
                                  .q_kvar = power(random) * kind.model.power_limits.q_max_kvar,
                                  .running = i % 7 != 0};
            for (int k = hold(random); k > 0; --k) {
                const auto out = model.advance(command, std::chrono::seconds(seconds(random)));
                REQUIRE(out.soc_pu >= 0);
                REQUIRE(out.soc_pu <= 1);
                REQUIRE(out.p_battery_kw <= kind.model.power_limits.p_max_kw + 1e-9);
                REQUIRE(out.p_battery_kw >= kind.model.power_limits.p_min_kw - 1e-9);
                if (!command.running) REQUIRE(out.p_battery_kw == 0);
            }
            const double residue =
                before - model.stored_kwh() - model.delivered_kwh() - model.losses().total();
            REQUIRE(std::abs(residue) <= 1e-9 * kind.model.capacity_kwh * (i + 1));
        }
        CHECK(model.losses().cells_kwh > 0);
        CHECK(model.losses().converter_kwh > 0);
        CHECK(model.losses().line_kwh > 0);
    }
}

TEST_CASE("a vanadium plant lies in the published band of efficiency and falls steeply at small power") {
    const auto kind = kinds()[2];
    for (const double share : {0.3, 0.5, 0.75, 1.0}) {
        INFO(share);
        CHECK(round_trip(kind, share) >= 0.60);
        CHECK(round_trip(kind, share) <= 0.72);
    }
    CHECK(round_trip(kind, 0.1) < 0.45);
    CHECK(round_trip(kind, 0.05) < round_trip(kind, 0.1));
}

TEST_CASE("a lithium plant returns most of what it took, less at high power") {
    const auto all = kinds();
    for (const auto& kind : {all[0], all[1]}) {
        INFO(kind.name);
        const double half = round_trip(kind, 0.25), full = round_trip(kind, 1);
        CHECK(half > 0.88);
        CHECK(half < 0.97);
        CHECK(full < half);
        CHECK(full > 0.78);
    }
}

TEST_CASE("the voltage of a vanadium cell follows Nernst") {
    CHECK(vanadium_nernst_v(0.1) == Approx(1.210014).margin(1e-6));
    CHECK(vanadium_nernst_v(0.5) == Approx(1.326183).margin(1e-6));
    CHECK(vanadium_nernst_v(0.9) == Approx(1.442156).margin(1e-6));
}

TEST_CASE("a plant with losses does the same in every run, and nothing at all in no time") {
    const auto kind = kinds()[0];
    PhysicalModel a(kind.model, kind.physics, 0.5), b(kind.model, kind.physics, 0.5);
    for (int i = 0; i < 1000; ++i) {
        const Command command{.p_kw = i % 3 * 400.0 - 400, .q_kvar = 10, .running = true};
        const auto x = a.advance(command, 2s), y = b.advance(command, 2s);
        REQUIRE(x.p_poi_kw == y.p_poi_kw);
        REQUIRE(x.soc_pu == y.soc_pu);
    }
    const double before = a.stored_kwh();
    CHECK(a.advance({.p_kw = 500, .q_kvar = 0, .running = true}, 0s).p_battery_kw == 500);
    CHECK(a.stored_kwh() == before);
}

TEST_CASE("power that leaves lifts the voltage at the connection, reactive power too") {
    auto kind = kinds()[0];
    kind.physics.line_resistance_pu = 0.01;
    kind.physics.line_reactance_pu = 0.05;
    PhysicalModel model(kind.model, kind.physics, 0.5);
    CHECK(model.advance({.p_kw = 1000, .q_kvar = 0, .running = true}, 1s).v_poi_kv == Approx(20.2));
    CHECK(model.advance({.p_kw = -1000, .q_kvar = 0, .running = true}, 1s).v_poi_kv < 20);
    CHECK(model.advance({.p_kw = 0, .q_kvar = 600, .running = true}, 1s).v_poi_kv > 20.5);
}

}  // namespace
}  // namespace hil::plant_sim
