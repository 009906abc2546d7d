#include "battery/physical_model.hpp"

#include "battery/batteries.hpp"
#include "battery/vanadium.hpp"

#include "support/catch.hpp"

#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace hil::battery {
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
            {"lmo", lib(), lithium_manganese_oxide()},
            {"lg_m50", lib(), lithium_lg_m50()},
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

// Whatever is asked of a plant, in the frost and in the heat, new and ageing fast.
TEST_CASE("a plant with losses accounts for every kilowatt-hour and keeps its limits") {
    unsigned seed = 0;
    for (auto& kind : kinds()) {
        for (const double ambient_c : {-15.0, 25.0, 48.0}) {
            INFO(kind.name << " at " << ambient_c);
            kind.model.emulation.auxiliary_kw = 3;
            kind.model.emulation.line_resistance_pu = 0.01;
            kind.model.emulation.line_reactance_pu = 0.05;
            kind.physics.ambient_k = 273.15 + ambient_c;
            kind.physics.ageing_factor = 3650;
            kind.physics.aged = {0.1, 0.3};
            PhysicalModel model(kind.model, kind.physics, 0.5);
            std::mt19937 random(++seed);  // NOLINT(cert-msc51-cpp): the same course in every run
            std::uniform_real_distribution<double> power(-1.3, 1.3);
            std::uniform_int_distribution<int> seconds(1, 20), hold(1, 200);
            const double before = model.stored_kwh();
            const auto& cell = kind.physics.cell;
            double lost = 0, low_soc = 1, high_soc = 0;
            for (int i = 0; i < 150; ++i) {
                const Command command{.p_kw = power(random) * kind.model.power_limits.p_max_kw,
                                      .q_kvar = power(random) * kind.model.power_limits.q_max_kvar,
                                      .running = i % 7 != 0};
                for (int k = hold(random); k > 0; --k) {
                    const auto out = model.advance(command, std::chrono::seconds(seconds(random)));
                    REQUIRE(out.soc_pu >= 0);
                    REQUIRE(out.soc_pu <= 1);
                    REQUIRE(out.p_battery_kw <= kind.model.power_limits.p_max_kw + 1e-9);
                    REQUIRE(out.p_battery_kw >= kind.model.power_limits.p_min_kw - 1e-9);
                    REQUIRE(std::abs(out.p_battery_kw) <= std::abs(command.p_kw) + 1e-9);
                    REQUIRE(std::abs(out.q_battery_kvar) <= kind.model.power_limits.q_max_kvar);
                    if (!command.running) REQUIRE(out.p_battery_kw == 0);
                    // No current leads a cell beyond its voltages; one that is there already gives nothing.
                    const double volt = model.inside()->dc_voltage_v / model.inside()->cells_in_series;
                    if (model.inside()->dc_current_a > 0) REQUIRE(volt >= cell.v_min - 1e-6);
                    if (model.inside()->dc_current_a < 0) REQUIRE(volt <= cell.v_max + 1e-6);
                    REQUIRE(model.losses().total() >= lost - 1e-9);
                    lost = model.losses().total();
                    low_soc = std::min(low_soc, out.soc_pu);
                    high_soc = std::max(high_soc, out.soc_pu);
                }
                const double residue =
                    before - model.stored_kwh() - model.delivered_kwh() - model.losses().total();
                REQUIRE(std::abs(residue) <= 1e-9 * kind.model.capacity_kwh);
            }
            CHECK(model.losses().cells_kwh > 0);
            CHECK(model.losses().auxiliary_kwh > 0);
            CHECK(model.losses().line_kwh > 0);
            if (ambient_c == 25) CHECK(model.losses().converter_kwh > 0);
            if (ambient_c == 25) CHECK(high_soc - low_soc > 0.5);
            if (kind.physics.ageing != AgeingLaw::none) CHECK(model.losses().ageing_kwh > 0);
        }
    }
}

TEST_CASE("a battery far too small for its power gives what its cells can, one without capacity nothing") {
    for (auto& kind : kinds()) {
        INFO(kind.name);
        kind.model.capacity_kwh = 2;
        PhysicalModel small(kind.model, kind.physics, 0.5);
        const double before = small.stored_kwh();
        for (int i = 0; i < 400; ++i) {
            const double wanted = (i / 20 % 2 == 0 ? 1.0 : -1.0) * kind.model.power_limits.p_max_kw;
            const auto out = small.advance({.p_kw = wanted, .q_kvar = 0, .running = true}, 1s);
            REQUIRE(std::abs(out.p_battery_kw) <= std::abs(wanted) + 1e-9);
            REQUIRE(out.soc_pu >= 0);
            REQUIRE(out.soc_pu <= 1);
        }
        const double residue = before - small.stored_kwh() - small.delivered_kwh() - small.losses().total();
        CHECK(std::abs(residue) <= 1e-9 * 2);
        CHECK(small.losses().cells_kwh > 0);

        kind.model.capacity_kwh = 0;
        PhysicalModel none(kind.model, kind.physics, 0.5);
        const auto out = none.advance({.p_kw = 100, .q_kvar = 5, .running = true}, 1s);
        CHECK(out.p_battery_kw == 0);
        CHECK(out.q_battery_kvar == 5);
        CHECK(none.losses().converter_kwh == 0);
    }
}

TEST_CASE("a vanadium plant lies in the published band of efficiency and falls steeply at small power") {
    const auto kind = kinds().back();
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
    for (const auto& kind : {all[0], all[1], all[2], all[3]}) {
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
    kind.model.emulation.grid_resistance_pu = 0.01;
    kind.model.emulation.grid_reactance_pu = 0.05;
    PhysicalModel model(kind.model, kind.physics, 0.5);
    CHECK(model.advance({.p_kw = 1000, .q_kvar = 0, .running = true}, 1s).v_poi_kv == Approx(20.2));
    CHECK(model.advance({.p_kw = -1000, .q_kvar = 0, .running = true}, 1s).v_poi_kv < 20);
    CHECK(model.advance({.p_kw = 0, .q_kvar = 600, .running = true}, 1s).v_poi_kv == Approx(20.6));
}

TEST_CASE("a line costs power that the battery gives and the connection does not get") {
    auto kind = kinds()[0];
    kind.model.emulation.line_resistance_pu = 0.02;
    kind.model.emulation.line_reactance_pu = 0.1;
    kind.model.emulation.auxiliary_kw = 5;
    PhysicalModel model(kind.model, kind.physics, 0.5);
    const auto out = model.advance({.p_kw = 505, .q_kvar = 0, .running = true}, 1s);
    CHECK(out.p_poi_kw == Approx(500 - 0.02 * 250));
    CHECK(out.q_poi_kvar == Approx(-0.1 * 250));
    CHECK(out.v_poi_kv == 20);
    // The same connection in front of a battery without losses of its own.
    kind.model.emulation.kind = config::BatteryKind::ideal;
    const auto ideal = make_model(kind.model, 0.5)->advance({.p_kw = 505, .q_kvar = 0, .running = true}, 1s);
    CHECK(ideal.p_battery_kw == 505);
    CHECK(ideal.p_poi_kw == out.p_poi_kw);
    CHECK(ideal.q_poi_kvar == out.q_poi_kvar);
}

TEST_CASE("the cells in series make the DC voltage, all of them the energy") {
    auto kind = kinds()[0];
    kind.model.emulation.dc_voltage_kv = 0.7;
    PhysicalModel model(kind.model, kind.physics, 0.5);
    const auto inside = model.inside().value();
    CHECK(inside.cells_in_series == 212);  // 3.2995 V each
    CHECK(inside.dc_voltage_v == Approx(212 * 3.2995));
    const double cell_wh = kind.physics.cell.ocv_v.integral(1) * 3;
    CHECK(inside.cells_in_series * inside.strings * cell_wh == Approx(500'000));
    model.advance({.p_kw = 500, .q_kvar = 0, .running = true}, 1s);
    const auto loaded = model.inside().value();
    CHECK(loaded.dc_voltage_v < 212 * 3.2995);
    CHECK(loaded.dc_voltage_v * loaded.dc_current_a / 1000 == Approx(500 / 0.979999).epsilon(0.005));
    // At 20 kV there is a transformer; at 220 V the converter needs more than the peak of the line voltage.
    CHECK(PhysicalModel(kinds()[0].model, kind.physics, 0.5).inside()->dc_voltage_v ==
          Approx(800).epsilon(0.01));
    CHECK(PhysicalModel(vrfb(), vanadium_redox_flow(), 0.5).inside()->dc_voltage_v ==
          Approx(1.15 * std::sqrt(2.0) * 220).epsilon(0.01));
}

TEST_CASE("a battery in the frost is not charged, a hot one gives less, the hottest nothing") {
    auto kind = kinds()[0];
    const auto power_at = [&kind](double celsius, double p_kw) {
        kind.physics.ambient_k = 273.15 + celsius;
        PhysicalModel model(kind.model, kind.physics, 0.5);
        return model.advance({.p_kw = p_kw, .q_kvar = 0, .running = true}, 1s).p_battery_kw;
    };
    CHECK(power_at(-5, -200) == 0);
    CHECK(power_at(-5, 200) == 200);
    CHECK(power_at(2.5, -1000) == Approx(-500));
    CHECK(power_at(45, 1000) == Approx(1000));
    CHECK(power_at(52.5, 1000) == Approx(500));
    CHECK(power_at(60, 1000) == 0);
    CHECK(power_at(60, -1000) == 0);
}

TEST_CASE("a vanadium battery loses charge by crossover while it runs, hardly any at rest, more when warm") {
    auto kind = kinds().back();
    const auto left = [&kind](bool running, double celsius) {
        kind.physics.ambient_k = 273.15 + celsius;
        PhysicalModel model(kind.model, kind.physics, 0.8);
        for (int i = 0; i < 24 * 60; ++i)
            model.advance({.p_kw = 0, .q_kvar = 0, .running = running}, 1min);
        return model.energy_kwh() / model.capacity_kwh();
    };
    CHECK(left(false, 25) == Approx(0.8 * std::exp(-0.14 * 0.03)));
    const double running = left(true, 25);
    CHECK(running < 0.8 * std::exp(-0.14));  // the pumps warm the electrolyte
    CHECK(running > 0.8 * std::exp(-0.17));
    CHECK(left(true, 35) < running - 0.02);
}

TEST_CASE("the pumps of a vanadium battery take more for more current, and more near the end of its charge") {
    const auto kind = kinds().back();
    const auto pumps = [&kind](double soc, double p_kw) {
        PhysicalModel model(kind.model, kind.physics, soc);
        const auto out = model.advance({.p_kw = p_kw, .q_kvar = 0, .running = true}, 1s);
        return out.p_battery_kw - out.p_poi_kw;
    };
    CHECK(pumps(0.5, 0) == Approx(160 * 0.042));
    CHECK(pumps(0.5, 80) > pumps(0.5, 0));
    // More than the rated current, since the voltage of the cells falls under it.
    CHECK(pumps(0.5, 160) == Approx(160 * (0.042 + 0.02 * 1.147 * 1.147)).epsilon(0.01));
    CHECK(pumps(0.2, 160) > 1.7 * pumps(0.5, 160));
    CHECK(pumps(0.2, -80) < pumps(0.8, -80));
}

TEST_CASE("a vanadium battery gives less power near both ends of its charge") {
    const auto kind = kinds().back();
    const auto power_at = [&kind](double soc, double p_kw) {
        PhysicalModel model(kind.model, kind.physics, soc);
        return model.advance({.p_kw = p_kw, .q_kvar = 0, .running = true}, 1s).p_battery_kw;
    };
    CHECK(power_at(0.5, 160) == 160);
    CHECK(power_at(0.025, 160) == Approx(80));
    CHECK(power_at(0.975, 160) == 160);
    CHECK(power_at(0.975, -160) == Approx(-80));
    CHECK(power_at(0, 160) == 0);
    CHECK(power_at(1, -160) == 0);
}

TEST_CASE("a battery that ages loses capacity and gains resistance, the faster it is told to") {
    auto kind = kinds()[0];
    const auto aged = [&kind](double factor, AgeingState begin) {
        kind.physics.ageing_factor = factor;
        kind.physics.aged = begin;
        auto model = std::make_unique<PhysicalModel>(kind.model, kind.physics, 0.5);
        // Ten cycles of depth 0.4, some rest.
        for (int i = 0; i < 20; ++i) {
            for (int k = 0; k < 60; ++k)
                model->advance({.p_kw = i % 2 == 0 ? 200.0 : -200.0, .q_kvar = 0, .running = true}, 1min);
            for (int k = 0; k < 12; ++k)
                model->advance({.p_kw = 0, .q_kvar = 0, .running = false}, 1h);
        }
        return model;
    };
    const auto still = aged(0, {0.2, 0.5});
    CHECK(still->capacity_kwh() == Approx(400));
    CHECK(still->inside()->resistance_rise_pu == 0.5);

    const auto once = aged(1, {}), fast = aged(100, {}), old = aged(100, {0.2, 0.5});
    CHECK(once->inside()->equivalent_cycles > 3);
    CHECK(once->inside()->equivalent_cycles < 6);
    CHECK(once->inside()->capacity_loss_pu > 0);
    // Time and cycles both act by their square root.
    CHECK(fast->inside()->capacity_loss_pu == Approx(10 * once->inside()->capacity_loss_pu).epsilon(0.1));
    CHECK(fast->capacity_kwh() < 490);
    CHECK(fast->inside()->resistance_rise_pu > 50 * once->inside()->resistance_rise_pu);
    // What is old already loses less by the same.
    CHECK(old->inside()->capacity_loss_pu > 0.2);
    CHECK(old->inside()->capacity_loss_pu - 0.2 < fast->inside()->capacity_loss_pu);
    // The same again, to the last bit.
    CHECK(aged(100, {})->stored_kwh() == fast->stored_kwh());
    CHECK(aged(100, {})->inside()->capacity_loss_pu == fast->inside()->capacity_loss_pu);
}

TEST_CASE("a battery does not age by being seeded") {
    for (auto kind : kinds()) {
        if (kind.physics.ageing == AgeingLaw::none) continue;
        kind.physics.ageing_factor = 100;
        const auto cycle = [](PhysicalModel& model) {
            for (int k = 0; k < 40; ++k)
                model.advance({.p_kw = k < 20 ? 50.0 : -50.0, .q_kvar = 0, .running = true}, 1min);
        };
        const auto rest = [](PhysicalModel& model) {
            for (int k = 0; k < 10; ++k)
                model.advance({.p_kw = 0, .q_kvar = 0, .running = false}, 1min);
        };
        PhysicalModel seeded(kind.model, kind.physics, 0.5), unmoved(kind.model, kind.physics, 0.5);
        for (auto* model : {&seeded, &unmoved}) {
            cycle(*model);
            rest(*model);
        }
        const auto before = seeded.inside();
        for (const double soc : {0.9, 0.1, 0.9, 0.1, 0.5}) {
            seeded.set_soc(soc);
            CHECK(seeded.inside()->capacity_loss_pu == before->capacity_loss_pu);
        }
        seeded.set_soc(unmoved.cell().state().soc_pu);
        for (auto* model : {&seeded, &unmoved}) {
            rest(*model);
            cycle(*model);
            rest(*model);
        }
        const auto after = seeded.inside(), expected = unmoved.inside();
        CHECK(after->equivalent_cycles == Approx(expected->equivalent_cycles).epsilon(1e-9));
        CHECK(after->capacity_loss_pu == Approx(expected->capacity_loss_pu).epsilon(1e-9));
        CHECK(after->resistance_rise_pu == Approx(expected->resistance_rise_pu).epsilon(1e-9));
    }
}

TEST_CASE("a range that is open when a battery is seeded is closed by what it does next, not by the jump") {
    std::vector<Cycle> cycles;
    Rainflow counting([&cycles](const Cycle& cycle) { cycles.push_back(cycle); });
    for (const double soc : {0.5, 0.4, 0.45})
        counting.add(soc);
    CHECK(cycles.empty());
    counting.shift(0.4);
    counting.add(0.85);
    CHECK(cycles.empty());
    counting.add(0.75);
    REQUIRE(cycles.size() == 1);
    CHECK(cycles[0].range == Approx(0.05));
}

}  // namespace
}  // namespace hil::battery
