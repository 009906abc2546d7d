#include "plant_sim/shipped_plants.hpp"

#include "base/random.hpp"
#include "battery/ideal_model.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <cmath>

using namespace hil;
using namespace hil::test;
using namespace std::chrono_literals;
using battery::Command;
using battery::IdealModel;

namespace {

double hours(Duration d) {
    return static_cast<double>(d.count()) / 3.6e12;
}

// Beyond the limits now and then, exactly zero now and then.
Command draw_command(Random& random, const config::PowerLimits& limits) {
    Command command;
    command.running = random.chance(0.9);
    command.p_kw = random.chance(0.1) ? 0.0 : random.uniform(1.5 * limits.p_min_kw, 1.5 * limits.p_max_kw);
    command.q_kvar = random.uniform(1.5 * limits.q_min_kvar, 1.5 * limits.q_max_kvar);
    return command;
}

config::PlantModel draw_model(Random& random) {
    config::PlantModel model;
    model.capacity_kwh = random.uniform(0.01, 1000);
    model.power_limits = {.p_max_kw = random.uniform(0, 2000),
                          .p_min_kw = -random.uniform(0, 2000),
                          .q_max_kvar = random.uniform(0, 600),
                          .q_min_kvar = -random.uniform(0, 600)};
    return model;
}

}  // namespace

TEST_CASE("whatever is asked of it, a battery keeps its energy, its bounds and its limits") {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        Random random(seed);
        const auto parameters = draw_model(random);
        const auto& limits = parameters.power_limits;
        IdealModel model(parameters, random.uniform());
        const double begin = model.energy_kwh();
        double delivered = 0;
        for (int i = 0; i < 500; ++i) {
            const auto command = draw_command(random, limits);
            const Duration dt{static_cast<std::int64_t>(random.below(600'000'000'000))};
            const auto out = model.advance(command, dt);
            delivered += out.p_battery_kw * hours(dt);
            const bool sound = out.p_battery_kw <= limits.p_max_kw && out.p_battery_kw >= limits.p_min_kw &&
                               out.q_battery_kvar <= limits.q_max_kvar &&
                               out.q_battery_kvar >= limits.q_min_kvar && out.soc_pu >= 0 &&
                               out.soc_pu <= 1 && out.p_poi_kw == out.p_battery_kw &&
                               out.q_poi_kvar == out.q_battery_kvar &&
                               (command.running || (out.p_battery_kw == 0 && out.q_battery_kvar == 0)) &&
                               // never more than asked for, never the other way
                               out.p_battery_kw * command.p_kw >= 0 &&
                               std::abs(out.p_battery_kw) <= std::abs(command.p_kw) &&
                               model.energy_kwh() >= 0 && model.energy_kwh() <= parameters.capacity_kwh;
            if (!sound) FAIL("seed " << seed << " step " << i);
        }
        if (std::abs(begin - delivered - model.energy_kwh()) >
            1e-9 * std::max(1.0, parameters.capacity_kwh)) {
            FAIL("seed " << seed << ": " << begin - delivered << " kWh expected, " << model.energy_kwh());
        }
    }
    SUCCEED();
}

TEST_CASE("how a span is cut into steps does not change the energy") {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        Random random(seed);
        const auto parameters = draw_model(random);
        const double soc = random.uniform();
        IdealModel whole(parameters, soc), cut(parameters, soc);
        for (int i = 0; i < 50; ++i) {
            const auto command = draw_command(random, parameters.power_limits);
            const Duration span{static_cast<std::int64_t>(random.below(600'000'000'000))};
            const double mean = whole.advance(command, span).p_battery_kw;
            double parts = 0;
            for (Duration done{}; done < span;) {
                const Duration part = std::min(
                    span - done, Duration{1 + static_cast<std::int64_t>(random.below(60'000'000'000))});
                parts += cut.advance(command, part).p_battery_kw * hours(part);
                done += part;
            }
            const double tolerance = 1e-9 * std::max(1.0, parameters.capacity_kwh);
            if (std::abs(parts - mean * hours(span)) > tolerance ||
                std::abs(whole.energy_kwh() - cut.energy_kwh()) > tolerance) {
                FAIL("seed " << seed << " span " << i);
            }
        }
    }
    SUCCEED();
}

TEST_CASE("the energy an emulator counts is the integral of the power it publishes") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Random random(seed);
        EmulatedPlant lib(lib_plant(), random.uniform());
        const double begin = lib.emulator.energy_kwh();
        lib.start();
        double published = 0, seconds_run = 0;
        for (int i = 0; i < 2000; ++i) {
            if (random.chance(0.1)) {
                lib.set("p_setpoint", std::trunc(random.uniform(-12000, 12000)) / 10);
            }
            if (random.chance(0.02)) lib.set("enable", static_cast<double>(random.below(3)));
            const Duration dt{static_cast<std::int64_t>(random.below(4'000'000'000))};
            lib.step(dt);
            published += lib.value("p_battery") * hours(dt);
            seconds_run += to_seconds(dt);
        }
        const auto& totals = lib.emulator.totals();
        CHECK(std::abs(begin - totals.delivered_kwh() - lib.emulator.energy_kwh()) < 1e-9 * 500);
        // Only a step that ends full or empty has a power finer than the register's tenth of a kW.
        CHECK(std::abs(published - totals.delivered_kwh()) < 0.1 * seconds_run / 3600);
        CHECK(totals.discharged_kwh >= 0);
        CHECK(totals.charged_kwh >= 0);
    }
}

TEST_CASE("a full battery shows no charging power before any time has passed") {
    IdealModel full(lib_plant().model, 1), empty(lib_plant().model, 0);
    CHECK(full.advance({.p_kw = -100, .q_kvar = 0, .running = true}, 0s).p_battery_kw == 0);
    CHECK(full.advance({.p_kw = 100, .q_kvar = 0, .running = true}, 0s).p_battery_kw == 100);
    CHECK(empty.advance({.p_kw = 100, .q_kvar = 0, .running = true}, 0s).p_battery_kw == 0);
    CHECK(empty.advance({.p_kw = -100, .q_kvar = 0, .running = true}, 0s).p_battery_kw == -100);
}

TEST_CASE("a battery without capacity serves reactive power only") {
    auto parameters = lib_plant().model;
    parameters.capacity_kwh = 0;
    IdealModel model(parameters, 0.5);
    for (const double p : {-100.0, 100.0}) {
        const auto out = model.advance({.p_kw = p, .q_kvar = 30, .running = true}, 2s);
        CHECK(out.p_battery_kw == 0);
        CHECK(out.q_battery_kvar == 30);
        CHECK(out.soc_pu == 0);
    }
}

TEST_CASE("a battery filled to the brim by a step ends exactly full") {
    IdealModel model(lib_plant().model, 0.9999);
    for (int i = 0; i < 3; ++i) {
        model.advance({.p_kw = -77.7, .q_kvar = 0, .running = true}, 2s);
    }
    CHECK(model.energy_kwh() == 500.0);
}
