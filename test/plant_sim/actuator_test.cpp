#include "plant_sim/actuator.hpp"

#include "plant_sim/ideal_model.hpp"

#include "support/catch.hpp"

#include <vector>

namespace hil::plant_sim {
namespace {

using namespace std::chrono_literals;

Actuator actuator(Duration delay, std::optional<double> ramp) {
    config::PlantModel model;
    model.capacity_kwh = 500;
    return {std::make_unique<IdealModel>(model, 0.5), delay, ramp};
}

Command run(double p_kw) {
    return {.p_kw = p_kw, .q_kvar = 0, .running = true};
}

TEST_CASE("a setpoint takes effect after the delay") {
    auto model = actuator(3s, std::nullopt);
    CHECK(model.advance(run(100), 2s).p_battery_kw == 0);
    CHECK(model.advance(run(100), 2s).p_battery_kw == Approx(50));
    CHECK(model.advance(run(100), 2s).p_battery_kw == Approx(100));
}

TEST_CASE("power follows a setpoint along the ramp, both ways") {
    auto model = actuator(0s, 10);
    CHECK(model.advance(run(100), 2s).p_battery_kw == Approx(10));
    CHECK(model.advance(run(100), 2s).p_battery_kw == Approx(30));
    CHECK(model.advance(run(100), 8s).p_battery_kw == Approx((70 * 6 + 100 * 2) / 8.0));
    CHECK(model.advance(run(-100), 1s).p_battery_kw == Approx(95));
}

TEST_CASE("a ramp gives the same energy however its span is cut") {
    auto one = actuator(500ms, 7), many = actuator(500ms, 7);
    const auto whole = one.advance(run(90), 20s);
    double energy = 0;
    for (int i = 0; i < 200; ++i)
        energy += many.advance(run(90), 100ms).p_battery_kw * 0.1;
    CHECK(energy == Approx(whole.p_battery_kw * 20).epsilon(1e-6));
    CHECK(one.energy_kwh() == Approx(many.energy_kwh()).epsilon(1e-9));
}

TEST_CASE("setpoints that change within the delay take effect one after the other") {
    auto model = actuator(2s, std::nullopt);
    std::vector<double> power;
    for (const double p : {10.0, 20.0, 30.0, 30.0, 30.0, 30.0})
        power.push_back(model.advance(run(p), 1s).p_battery_kw);
    CHECK(power == std::vector<double>{0, 0, 10, 20, 30, 30});
}

TEST_CASE("a plant that is stopped drops its power at once and forgets what was coming") {
    auto model = actuator(2s, 5);
    model.advance(run(50), 10s);
    CHECK(model.advance({.p_kw = 50, .q_kvar = 0, .running = false}, 1s).p_battery_kw == 0);
    CHECK(model.advance(run(50), 1s).p_battery_kw == 0);
}

}  // namespace
}  // namespace hil::plant_sim
