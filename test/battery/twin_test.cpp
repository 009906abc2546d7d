#include "battery/twin/twin.hpp"

#include "battery/batteries.hpp"
#include "support/catch.hpp"

#include <cmath>
#include <limits>

namespace hil::battery {
namespace {

TwinCase hour() {
    TwinCase out{.model = {}, .physics = lithium_nickel_manganese_cobalt(), .soc_pu = 0.5, .profile = {}};
    out.model.capacity_kwh = 100;
    out.model.power_limits = {50, -50, 30, -30};
    out.profile = {{0, 20}, {1800, -20}};
    out.length_s = 3600;
    out.step_s = 10;
    out.report_s = 600;
    return out;
}

TEST_CASE("the twin's first path is the emulated plant itself") {
    const auto of = hour();
    const auto result = run_twin(of, {}, 1, 1);
    PhysicalModel plant(of.model, of.physics, 0.5);
    for (int i = 0; i < 360; ++i)
        plant.advance({.p_kw = i < 180 ? 20.0 : -20.0, .q_kvar = 0, .running = true}, seconds(10));
    CHECK(result.end_soc_pu.middle == plant.cell().state().soc_pu);
    CHECK(result.losses_kwh.middle == plant.inside()->losses_kwh);
    REQUIRE(result.at_s == std::vector<double>{0, 600, 1200, 1800, 2400, 3000, 3600});
    const auto soc = static_cast<std::size_t>(TwinQuantity::soc_pu),
               amps = static_cast<std::size_t>(TwinQuantity::current_a);
    CHECK(result.course[3][soc].middle < 0.45);
    CHECK(result.course[3][amps].middle > 0);
    CHECK(result.course[4][amps].middle < 0);
    CHECK(result.course[3][soc].low == result.course[3][soc].high);
    for (const auto& one : result.binding)
        CHECK(one.seconds == 0);
}

TEST_CASE("what is not known spreads, and one seed draws the same again") {
    const auto a = run_twin(hour(), {}, 40, 7), b = run_twin(hour(), {}, 40, 7),
               c = run_twin(hour(), {}, 40, 8);
    const auto soc = static_cast<std::size_t>(TwinQuantity::soc_pu);
    CHECK(a.course[6][soc].low == b.course[6][soc].low);
    CHECK(a.course[6][soc].low != c.course[6][soc].low);
    const double width = a.course[6][soc].high - a.course[6][soc].low;
    CHECK(width > 0.04);
    CHECK(width < 0.10);
    const auto none = run_twin(
        hour(), {.soc_pu = 0, .capacity_pu = 0, .resistance_pu = 0, .ambient_k = 0, .ageing_pu = 0.0}, 5, 7);
    CHECK(none.course[6][soc].low == none.course[6][soc].high);
}

TEST_CASE("limits that would bind are named with their time and what they cost") {
    const auto bound = [](TwinCase of) { return run_twin(of, {}, 1, 1).binding; };
    const auto of = [&](Binding which, const TwinCase& one) {
        return bound(one)[static_cast<std::size_t>(which)];
    };
    auto one = hour();
    one.profile = {{0, 80}};
    CHECK(of(Binding::power, one).seconds > 0);
    CHECK(of(Binding::power, one).first_s == 0);
    one.profile = {{0, 45}};
    one.soc_pu = 0.1;
    CHECK(of(Binding::empty, one).seconds + of(Binding::voltage, one).seconds > 1800);
    CHECK(of(Binding::empty, one).missing_kwh + of(Binding::voltage, one).missing_kwh ==
          Approx(45 - 9).margin(3));
    one.profile = {{0, -45}};
    one.soc_pu = 0.95;
    CHECK(of(Binding::full, one).seconds + of(Binding::voltage, one).seconds > 1800);
    one = hour();
    one.physics.ambient_k = 330;
    CHECK(of(Binding::temperature, one).seconds > 600);
    one = hour();
    one.physics.taper_soc = 0.2;
    one.soc_pu = 0.06;
    CHECK(of(Binding::taper, one).seconds > 0);
}

TEST_CASE("a profile begins again where it is to") {
    auto of = hour();
    of.repeat = true;
    of.period_s = 3600;
    of.length_s = 3 * 3600;
    const auto thrice = run_twin(of, {}, 1, 1);
    const auto amps = static_cast<std::size_t>(TwinQuantity::current_a);
    CHECK(thrice.course[7][amps].middle > 0);
    CHECK(thrice.course[10][amps].middle < 0);
    CHECK(thrice.course[13][amps].middle > 0);
}

TEST_CASE("years fade by the law, faster or slower as it may be") {
    auto of = hour();
    of.physics.ageing = AgeingLaw::nmc111_kokam;
    of.physics.ageing_factor = 1;
    of.repeat = true;
    of.period_s = 3600;
    of.length_s = 60 * 86'400.0;
    of.step_s = 600;
    of.report_s = 30 * 86'400.0;
    const auto result = run_twin(of, {}, 12, 3);
    CHECK(result.capacity_loss_pu.low > 0);
    CHECK(result.capacity_loss_pu.high > result.capacity_loss_pu.middle);
    CHECK(result.at_s.size() == 3);
}

TEST_CASE("the alarm of the residual needs a lasting one, and ends when it is gone") {
    ResidualAlarm alarm(0.02, 60, 300);
    for (int i = 0; i < 600; ++i)
        CHECK_FALSE(alarm.add(0.5 + (i % 2 == 0 ? 0.05 : -0.05), 0.5, 1));
    int until = 0;
    while (!alarm.add(0.56, 0.5, 1))
        ++until;
    CHECK(until > 300);
    CHECK(until < 400);
    CHECK(alarm.add(std::numeric_limits<double>::quiet_NaN(), 0.5, 1));
    CHECK(alarm.residual() > 0.05);
    int quiet = 0;
    while (alarm.add(0.5, 0.5, 1))
        ++quiet;
    CHECK(quiet < 200);
}

}  // namespace
}  // namespace hil::battery
