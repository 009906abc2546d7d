#include "battery/actuator.hpp"

#include "battery/ideal_model.hpp"

#include "support/catch.hpp"

#include <cmath>
#include <random>
#include <vector>

namespace hil::battery {
namespace {

using namespace std::chrono_literals;

Actuator actuator(Duration delay, std::optional<double> ramp) {
    config::PlantModel model;
    model.capacity_kwh = 500;
    return {std::make_unique<IdealModel>(model, 0.5), delay, ramp, model.power_limits};
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

TEST_CASE("power never changes faster than the ramp, whatever is asked for and however late the steps are") {
    std::mt19937 random(3);  // NOLINT(cert-msc51-cpp): the same course in every run
    std::uniform_real_distribution<double> power(-1200, 1200);
    std::uniform_int_distribution<int> length(50, 4000), hold(1, 20);
    auto model = actuator(300ms, 25);
    double last = 0;
    Duration before{};
    for (int i = 0; i < 2000; ++i) {
        const auto command = run(power(random));
        for (int k = hold(random); k > 0; --k) {
            const Duration dt = std::chrono::milliseconds(length(random));
            const double now = model.advance(command, dt).p_battery_kw;
            // Means of two neighbouring spans differ by at most the ramp over half of both. The battery
            // itself may end its power at once when it is full or empty.
            const bool full = model.energy_kwh() <= 0 || model.energy_kwh() >= 500;
            if (std::abs(now) > std::abs(last) && !full)
                REQUIRE(std::abs(now - last) <= 25 * to_seconds(dt + before) / 2 + 1e-6);
            REQUIRE(std::abs(now) <= 1000);
            last = now;
            before = dt;
        }
        model.set_soc(0.5);
    }
}

TEST_CASE("a setpoint beyond the limits does not lead the ramp beyond them") {
    auto model = actuator(0s, 100);
    CHECK(model.advance(run(5000), 20s).p_battery_kw < 1000);
    CHECK(model.advance(run(5000), 1s).p_battery_kw == 1000);
    CHECK(model.advance(run(800), 1s).p_battery_kw == Approx(950));
}

}  // namespace
}  // namespace hil::battery
