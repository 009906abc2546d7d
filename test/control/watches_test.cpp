// Judgements without a plant: the readings before a start, the way back of a state of charge, and idleness.
#include "control/idle_watch.hpp"
#include "control/start_check.hpp"
#include "control/trip_machine.hpp"

#include "support/catch.hpp"

using namespace hil;
using namespace hil::control;
using namespace std::chrono_literals;

namespace {

const Instant t0{100s};

// A plant that runs and shows this state of charge.
Observation showing(double soc_pu) {
    Observation out;
    out.active = out.connected = out.fresh = true;
    out.soc_pu = soc_pu;
    return out;
}

config::PlantSafety limits() {
    config::PlantSafety out;
    out.soc = {.stop_min = 0.1,
               .derate_min = 0.2,
               .warn_min = std::nullopt,
               .warn_max = std::nullopt,
               .derate_max = 0.8,
               .stop_max = 0.9,
               .hysteresis = 0.01,
               .delay = 5s};
    out.temperature.stop_max = 45;
    return out;
}

}  // namespace

TEST_CASE("before a start voltage and temperature are held against the limits that would trip it") {
    const auto check = [](Readings shown, config::PlantSafety own = limits(), double nominal = 20) {
        return check_before_start(own, nominal, shown);
    };
    CHECK_FALSE(check({0.5, 20.0, 25.0}).objection);
    CHECK_FALSE(check({}).objection);  // nobody knows anything
    CHECK_FALSE(check({0.5, 16.1, 44.9}).objection);
    const auto low = check({0.5, 14.0, 25.0}).objection;
    REQUIRE(low);
    CHECK(low->text == "voltage 70 % of nominal is below the stop limit of 80 %");
    CHECK(low->lasts == Duration(2s));
    CHECK(check({0.5, 25.0, 25.0}).objection->text ==
          "voltage 125 % of nominal is above the stop limit of 120 %");
    CHECK(check({0.5, 20.0, 46.0}).objection->text == "temperature 46 °C is above the stop limit of 45 °C");
    CHECK(check({0.5, 0.0, 25.0}).objection);
    auto dark = limits();
    dark.voltage_before_start = false;  // shows no voltage until it is started
    CHECK_FALSE(check({0.5, 0.0, 25.0}, dark).objection);
    CHECK(check({0.5, 0.0, 50.0}, dark).objection);
    CHECK_FALSE(check({0.5, 0.0, 25.0}, limits(), 0).objection);
}

TEST_CASE("a state of charge beyond its limit is no reason not to start, one that is none is") {
    const auto check = [](double soc) { return check_before_start(limits(), 20, {soc, 20.0, std::nullopt}); };
    CHECK_FALSE(check(0.5).heals);
    CHECK_FALSE(check(0.1).heals);
    CHECK(check(0.05).heals == Condition::soc_low);
    CHECK_FALSE(check(0.05).objection);
    CHECK(check(0.95).heals == Condition::soc_high);
    CHECK(check(1.02).heals == Condition::soc_high);
    CHECK_FALSE(check(1.02).objection);
    REQUIRE(check(6.5535).objection);
    CHECK(check(6.5535).objection->text == "state of charge 655.3 % cannot be");
    CHECK(check(-3.2768).objection);
}

TEST_CASE("a plant that is started beyond its limit gets power in the direction that heals, and no other") {
    for (const bool high : {false, true}) {
        const auto condition = high ? Condition::soc_high : Condition::soc_low;
        const auto soc = [high](double from_end) { return high ? 1 - from_end : from_end; };
        TripMachine machine(limits());
        auto seen = showing(soc(0.05));
        machine.heal(condition, soc(0.05));
        CHECK(machine.derating().stage == Stage::derate);
        CHECK((high ? machine.derating().charge : machine.derating().discharge) == 0.0);
        CHECK((high ? machine.derating().discharge : machine.derating().charge) == 1.0);
        CHECK(machine.derating().reactive == 1.0);
        // It gets better for an hour, and does not trip meanwhile.
        for (int i = 0; i < 1000; ++i) {
            seen.soc_pu = soc(0.05 + i * 0.00004);
            (void)machine.observe(seen, t0 + i * 4s);
            REQUIRE_FALSE(machine.tripped());
            REQUIRE((high ? machine.derating().charge : machine.derating().discharge) == 0.0);
        }
        // Within the limit the usual rules hold again.
        seen.soc_pu = soc(0.15);
        (void)machine.observe(seen, t0 + 5000s);
        (void)machine.observe(seen, t0 + 5010s);
        CHECK((high ? machine.derating().charge : machine.derating().discharge) > 0.4);
        seen.soc_pu = soc(0.05);
        (void)machine.observe(seen, t0 + 6000s);
        (void)machine.observe(seen, t0 + 6005s);
        CHECK(machine.tripped());
    }
}

TEST_CASE("a plant that was started to get back and gets worse trips") {
    TripMachine machine(limits());
    auto seen = showing(0.05);
    machine.heal(Condition::soc_low, 0.05);
    (void)machine.observe(seen, t0);
    seen.soc_pu = 0.046;  // a meter's whim
    (void)machine.observe(seen, t0 + 10s);
    CHECK_FALSE(machine.tripped());
    seen.soc_pu = 0.044;
    (void)machine.observe(seen, t0 + 20s);
    CHECK(machine.tripped());
}

TEST_CASE("a plant that is stopped again heals nothing") {
    TripMachine machine(limits());
    auto seen = showing(0.05);
    machine.heal(Condition::soc_low, 0.05);
    (void)machine.observe(seen, t0);
    seen.active = false;
    (void)machine.observe(seen, t0 + 10s);
    CHECK(machine.derating().stage == Stage::normal);
    seen.active = true;
    (void)machine.observe(seen, t0 + 20s);
    CHECK(machine.tripped());
}

namespace {

config::PlantModel model(double response_s = 0, std::optional<double> ramp = std::nullopt) {
    config::PlantModel out;
    out.power_limits = {1000, -1000, 600, -600};
    out.emulation.response_delay = seconds(response_s);
    out.ramp_kw_per_s = ramp;
    return out;
}

// From when a plant counts as idle that gives `given`; none: never within ten minutes.
std::optional<double> idle_after(const config::PlantModel& of, std::optional<double> asked, double given,
                                 std::optional<double> soc = 0.5, config::SafetyWindow window = {}) {
    IdleWatch watch(of, window);
    for (int i = 0; i < 600; ++i) {
        watch.observe(asked, given, soc, t0 + i * 1s);
        if (watch.idle()) return i;
    }
    return std::nullopt;
}

}  // namespace

TEST_CASE(
    "a plant that gives nothing though told to is told of within ten seconds after its response and ramp") {
    CHECK(idle_after(model(), 100, 0) == 5.0);
    CHECK(idle_after(model(), -100, 1) == 5.0);
    CHECK(idle_after(model(3), 100, 0) == 8.0);
    CHECK(idle_after(model(0, 10), 100, 0) == 7.0);  // 2 s to the least that counts
    CHECK(idle_after(model(0, 10), 100, 0).value() <= 100 / 10 + 10);
    // One that has given what was asked for has had its time.
    IdleWatch taken(model(8, 10), {});
    for (int i = 0; i < 60; ++i)
        taken.observe(100, 100, 0.5, t0 + i * 1s);
    for (int i = 60; i < 65; ++i) {
        taken.observe(100, 0, 0.5, t0 + i * 1s);
        CHECK_FALSE(taken.idle());
    }
    taken.observe(100, 0, 0.5, t0 + 65s);
    CHECK(taken.idle());
    CHECK_FALSE(idle_after(model(), 100, 60));  // a part of it is something
    CHECK_FALSE(idle_after(model(), 100, -60));
    CHECK_FALSE(idle_after(model(), 100, 5));
    CHECK(idle_after(model(), 100, 4.9));
}

TEST_CASE("nobody is blamed below two in a hundred of the rating, or at a limit of the state of charge") {
    CHECK_FALSE(idle_after(model(), std::nullopt, 0));
    CHECK_FALSE(idle_after(model(), 0, 0));
    CHECK_FALSE(idle_after(model(), 19.9, 0));
    CHECK(idle_after(model(), 20, 0));
    CHECK_FALSE(idle_after(model(), 100, 0, 0.004));
    CHECK(idle_after(model(), -100, 0, 0.004));
    CHECK_FALSE(idle_after(model(), -100, 0, 0.996));
    CHECK(idle_after(model(), 100, 0, std::nullopt));
    config::SafetyWindow window;
    window.stop_min = 0.1;
    window.derate_max = 0.8;
    CHECK_FALSE(idle_after(model(), 100, 0, 0.1, window));
    CHECK(idle_after(model(), 100, 0, 0.11, window));
    CHECK_FALSE(idle_after(model(), -100, 0, 0.8, window));
    auto nothing = model();
    nothing.power_limits = {0, 0, 0, 0};
    CHECK_FALSE(idle_after(nothing, 100, 0));
}

TEST_CASE(
    "idleness is over as soon as power is given or nothing is asked for, and unseen power tells nothing") {
    IdleWatch watch(model(), {});
    for (int i = 0; i <= 6; ++i)
        watch.observe(100, 0, 0.5, t0 + i * 1s);
    REQUIRE(watch.idle());
    CHECK(*watch.idle() == "gives 0.0 kW though 100.0 kW have been asked for 6 s");
    watch.observe(100, std::nullopt, 0.5, t0 + 7s);
    CHECK(watch.idle());
    watch.observe(100, 100, 0.5, t0 + 8s);
    CHECK_FALSE(watch.idle());
    watch.observe(100, 0, 0.5, t0 + 9s);
    watch.observe(0, 0, 0.5, t0 + 12s);
    watch.observe(100, 0, 0.5, t0 + 13s);
    watch.observe(100, 0, 0.5, t0 + 16s);
    CHECK_FALSE(watch.idle());
}

TEST_CASE("a plant whose setpoint is written again and again has no new time each time") {
    IdleWatch watch(model(), {});
    for (int i = 0; i < 12; ++i) {
        // What it holds is not known for a moment after each write.
        watch.observe(i % 3 == 0 ? std::nullopt : std::optional(60.0), 0, 0.5, t0 + i * 1s);
    }
    CHECK(watch.idle());
    watch.observe(std::nullopt, 0, 0.5, t0 + 12s);
    CHECK(watch.idle());
    watch.observe(60, 60, 0.5, t0 + 13s);
    CHECK_FALSE(watch.idle());
}
