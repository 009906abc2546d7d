#include "control/battery_end.hpp"

#include "support/catch.hpp"

using namespace hil;
using namespace hil::control;

namespace {

config::PlantModel model() {
    config::PlantModel out;
    out.power_limits.p_max_kw = 1000;
    out.power_limits.p_min_kw = -1000;
    return out;
}

BatteryEnd end(double asked, std::optional<double> p, std::optional<double> soc,
               const config::SafetyWindow& window = {}) {
    return battery_end(model(), ChargeEnds(window), asked, {p, soc});
}

}  // namespace

TEST_CASE("an empty battery under a discharge, and a full one under a charge, say so") {
    CHECK(end(400, 0, 0.0) == BatteryEnd::empty);
    CHECK(end(400, 120, 0.004) == BatteryEnd::empty);
    CHECK(end(-400, 0, 1.0) == BatteryEnd::full);
    CHECK(end(-400, -200, 0.997) == BatteryEnd::full);
}

TEST_CASE(
    "a battery at its end that is asked the other way, or for nothing, or does what it is asked to, is "
    "neither") {
    CHECK(end(-400, 0, 0.0) == BatteryEnd::none);
    CHECK(end(400, 0, 1.0) == BatteryEnd::none);
    CHECK(end(0, 0, 0.0) == BatteryEnd::none);
    CHECK(end(400, 391, 0.0) == BatteryEnd::none);
    CHECK(end(-400, -391, 1.0) == BatteryEnd::none);
    CHECK(end(5, 0, 0.0) == BatteryEnd::none);  // within the dead band
}

TEST_CASE("what is not known is nobody's end") {
    CHECK(end(400, std::nullopt, 0.0) == BatteryEnd::none);
    CHECK(end(400, 0, std::nullopt) == BatteryEnd::none);
    CHECK(end(400, 0, 0.5) == BatteryEnd::none);
}

TEST_CASE("the end is where safety stops or takes power back") {
    config::SafetyWindow window;
    window.stop_min = 0.1;
    window.derate_max = 0.9;
    CHECK(end(400, 0, 0.1, window) == BatteryEnd::empty);
    CHECK(end(400, 0, 0.11, window) == BatteryEnd::none);
    CHECK(end(-400, 0, 0.9, window) == BatteryEnd::full);
    CHECK(end(-400, 0, 0.89, window) == BatteryEnd::none);
}

TEST_CASE("a shortfall is told with what is given, of what, and the charge") {
    CHECK(shortfall_text(BatteryEnd::empty, 400, {-3.0, 0.0}) ==
          "empty at a state of charge of 0.0 %: 0.0 of 400.0 kW discharge");
    CHECK(shortfall_text(BatteryEnd::full, -400, {-20.04, 1.0}) ==
          "full at a state of charge of 100.0 %: 20.0 of 400.0 kW charge");
    CHECK(shortfall_text(BatteryEnd::none, 400, {100.0, 0.5}) ==
          "the plan is not followed: 100.0 of 400.0 kW discharge at a state of charge of 50.0 %");
    CHECK(shortfall_text(BatteryEnd::none, -400, {std::nullopt, std::nullopt}) ==
          "the plan is not followed: 0.0 of 400.0 kW charge");
}
