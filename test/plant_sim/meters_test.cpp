#include "plant_sim/meters.hpp"

#include "support/catch.hpp"

#include <cmath>

namespace hil::plant_sim {
namespace {

using namespace hil::battery;

config::Plant plant() {
    config::Plant out;
    out.id = "lib";
    out.model.power_limits = {1000, -1000, 600, -600};
    out.model.poi_voltage_kv = 20;
    return out;
}

const Output truth{.p_battery_kw = 123.456,
                   .q_battery_kvar = -7.89,
                   .p_poi_kw = 120.1,
                   .q_poi_kvar = -8.4,
                   .v_poi_kv = 20.0468,
                   .soc_pu = 0.54321};

TEST_CASE("without noise, resolution and faults there is nothing between plant and registers") {
    CHECK_FALSE(make_meter(plant(), nullptr, 1));
}

TEST_CASE("a meter shows multiples of what it can tell apart") {
    auto coarse = plant();
    coarse.model.emulation.power_step_kw = 0.5;
    coarse.model.emulation.voltage_step_kv = 0.02;
    coarse.model.emulation.soc_step_pu = 0.01;
    const auto shown = make_meter(coarse, nullptr, 1)(truth);
    CHECK(shown.p_battery_kw == Approx(123.5));
    CHECK(shown.q_battery_kvar == Approx(-8.0));
    CHECK(shown.p_poi_kw == Approx(120.0));
    CHECK(shown.q_poi_kvar == Approx(-8.5));
    CHECK(shown.v_poi_kv == Approx(20.04));
    CHECK(shown.soc_pu == Approx(0.54));
}

TEST_CASE("noise has the deviation it was given, the same for the same seed, another for another plant") {
    auto noisy = plant();
    noisy.model.emulation.power_noise_pu = 0.002;
    noisy.model.emulation.soc_noise_pu = 0.01;
    auto meter = make_meter(noisy, nullptr, 1), again = make_meter(noisy, nullptr, 1);
    auto named = noisy, seeded = noisy;
    named.id = "vrfb";
    seeded.model.emulation.seed = 1;
    auto other_name = make_meter(named, nullptr, 1), other_seed = make_meter(seeded, nullptr, 1);
    double sum = 0, squares = 0;
    int different = 0;
    constexpr int count = 20'000;
    for (int i = 0; i < count; ++i) {
        const auto shown = meter(truth);
        const double error = shown.p_battery_kw - truth.p_battery_kw;
        sum += error;
        squares += error * error;
        REQUIRE(again(truth).p_battery_kw == shown.p_battery_kw);
        different += other_name(truth).p_battery_kw != shown.p_battery_kw ? 1 : 0;
        different += other_seed(truth).p_battery_kw != shown.p_battery_kw ? 1 : 0;
        REQUIRE(shown.v_poi_kv == truth.v_poi_kv);
    }
    CHECK(sum / count == Approx(0).margin(0.06));
    CHECK(std::sqrt(squares / count) == Approx(2).epsilon(0.03));
    CHECK(different > 2 * count - 10);
    // A state of charge that is shown lies in its range.
    Output full = truth;
    full.soc_pu = 1;
    for (int i = 0; i < 100; ++i)
        REQUIRE(meter(full).soc_pu <= 1);
}

}  // namespace
}  // namespace hil::plant_sim
