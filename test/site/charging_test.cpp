#include "site/charging.hpp"
#include "site/ramp.hpp"

#include "support/catch.hpp"

#include <limits>

namespace hil::site {

TEST_CASE("a deadline that cannot be met is said, with what will be reached [site-2]") {
    const auto out = charging_request(
        {.capacity_kwh = 60, .soc_pu = 0.25, .target_pu = 0.8, .hours_left = 1, .max_kw = 11}, 0);
    CHECK(out.kw == Approx(11));
    CHECK(out.urgency == 1);
    CHECK(out.unreachable);
    CHECK(out.expected_soc_pu == Approx(0.415));
}

TEST_CASE("between calm and urgent a car takes its share beyond the surplus, and never too little [site-3]") {
    ChargingGoal goal{.capacity_kwh = 60, .soc_pu = 0.4, .target_pu = 0.8, .hours_left = 5, .max_kw = 11};
    auto out = charging_request(goal, 6);
    CHECK(out.urgency == Approx(0.436).margin(0.0005));
    CHECK(out.kw == Approx(7.36).margin(0.01));
    CHECK_FALSE(out.unreachable);
    CHECK(out.expected_soc_pu == Approx(0.8));
    out = charging_request(goal, 0);
    CHECK(out.kw == Approx(24 / 0.9 / 5));  // the linear rule alone gives 3.0
    goal.hours_left = 20;
    CHECK(charging_request(goal, 2).kw == 2);
    CHECK(charging_request(goal, 0).kw == 0);
    goal.hours_left.reset();
    CHECK(charging_request(goal, 20).kw == 11);
    goal.hours_left = 0;
    CHECK(charging_request(goal, 0).unreachable);
    goal.soc_pu = 0.8;
    CHECK(charging_request(goal, 6).kw == 0);
}

TEST_CASE("beyond four fifths a car takes less and less [site-16]") {
    CHECK(taper_kw(11, 0.5) == 11);
    CHECK(taper_kw(11, 0.9) == Approx(6.05));
    CHECK(taper_kw(11, 1) == Approx(1.1));
    CHECK(taper_kw(11, 1.5) == Approx(1.1));
}

TEST_CASE("a ramp takes its time, small changes and emergencies take none [site-10]") {
    Ramp ramp(0.5, 0.1);
    double at_three = 0;
    for (int i = 1; i <= 60; ++i) {
        const double value = ramp.next(3, 0.1);
        if (i == 30) at_three = value;
        if (i == 59) CHECK(value < 3);
    }
    CHECK(at_three == Approx(1.5));
    CHECK(ramp.value() == 3);
    CHECK(ramp.next(3.09, 0.01) == 3.09);
    CHECK(ramp.next(0, 1) == Approx(2.59));
    CHECK(ramp.duration_s(0) == Approx(5.18));
    ramp.set(0);
    CHECK(ramp.value() == 0);
    CHECK(Ramp(std::numeric_limits<double>::infinity(), 0).next(7, 1) == 7);
}

}  // namespace hil::site
