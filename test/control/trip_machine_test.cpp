#include "control/trip_machine.hpp"

#include "support/catch.hpp"

namespace hil::control {
namespace {

using namespace std::chrono_literals;

config::PlantSafety nothing() {
    config::PlantSafety limits;
    limits.soc = {};
    limits.voltage = {};
    limits.temperature = {};
    limits.stale_data = limits.setpoint_not_followed = limits.link_lost = {};
    return limits;
}

Observation running() {
    Observation seen;
    seen.active = seen.connected = seen.fresh = true;
    seen.soc_pu = 0.5;
    seen.voltage_pu = 1.0;
    seen.temperature_c = 25.0;
    seen.deviation_pu = 0.0;
    return seen;
}

Observation at_soc(double soc) {
    auto seen = running();
    seen.soc_pu = soc;
    return seen;
}

struct Walk {
    explicit Walk(const config::PlantSafety& limits) : machine(limits) {}

    std::vector<StageChange> see(const Observation& seen, Duration later = 1s) {
        now += later;
        return machine.observe(seen, now);
    }

    TripMachine machine;
    Instant now{100s};
};

config::PlantSafety soc_limits() {
    auto limits = nothing();
    limits.soc.stop_min = 0.05;
    limits.soc.derate_min = 0.15;
    limits.soc.warn_min = 0.2;
    limits.soc.warn_max = 0.8;
    limits.soc.derate_max = 0.85;
    limits.soc.stop_max = 0.95;
    limits.soc.hysteresis = 0.02;
    return limits;
}

}  // namespace

TEST_CASE("a value walks through warn, derate and stop, and back with hysteresis") {
    Walk walk(soc_limits());
    CHECK(walk.see(at_soc(0.5)).empty());
    CHECK(walk.see(at_soc(0.2)).empty());  // on the limit is within it
    auto changes = walk.see(at_soc(0.1999));
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].condition == Condition::soc_low);
    CHECK(changes[0].from == Stage::normal);
    CHECK(changes[0].to == Stage::warn);
    CHECK(changes[0].reason == "state of charge 19.99 % is below the warning limit of 20 %");
    CHECK(walk.machine.derating() == Derating{});

    CHECK(walk.see(at_soc(0.1)).front().to == Stage::derate);
    CHECK(walk.machine.derating().stage == Stage::derate);
    CHECK(walk.machine.derating().condition == Condition::soc_low);
    CHECK(walk.machine.derating().discharge == Approx(0.5));
    CHECK(walk.machine.derating().charge == 1.0);
    CHECK(walk.machine.derating().reactive == 1.0);
    walk.see(at_soc(0.05));
    CHECK(walk.machine.derating().discharge == Approx(0.0));
    CHECK_FALSE(walk.machine.tripped());

    // Back: each stage ends only beyond its limit by the hysteresis.
    CHECK(walk.see(at_soc(0.16)).empty());
    CHECK(walk.machine.stage(Condition::soc_low) == Stage::derate);
    CHECK(walk.machine.derating().discharge == 1.0);
    CHECK(walk.see(at_soc(0.1701)).front().to == Stage::warn);
    CHECK(walk.see(at_soc(0.21)).empty());
    CHECK(walk.see(at_soc(0.2201)).front().to == Stage::normal);
    CHECK(walk.machine.reason(Condition::soc_low).empty());
}

TEST_CASE("the upper end of a window takes back charging") {
    Walk walk(soc_limits());
    CHECK(walk.see(at_soc(0.9)).front().condition == Condition::soc_high);
    CHECK(walk.machine.derating().charge == Approx(0.5));
    CHECK(walk.machine.derating().discharge == 1.0);
    const auto changes = walk.see(at_soc(0.951));
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].to == Stage::stop);
    CHECK(changes[0].reason == "state of charge 95.1 % is above the stop limit of 95 %");
}

TEST_CASE("a trip is kept until it is reset, and cannot be reset while its condition lasts") {
    Walk walk(soc_limits());
    REQUIRE(walk.see(at_soc(0.04)).front().to == Stage::stop);
    CHECK(walk.machine.tripped());
    CHECK(walk.machine.derating().stage == Stage::stop);
    CHECK(walk.machine.derating().discharge == 0.0);
    CHECK(walk.machine.derating().charge == 0.0);
    CHECK(walk.machine.derating().reactive == 0.0);
    CHECK_FALSE(walk.machine.reset());
    CHECK(walk.machine.lasting() == std::vector{Condition::soc_low});

    auto stopped = at_soc(0.06);  // back, but not by the hysteresis
    stopped.active = false;
    CHECK(walk.see(stopped).empty());  // it stays at stop for everybody
    CHECK_FALSE(walk.machine.reset());
    stopped.soc_pu = 0.071;
    CHECK(walk.see(stopped).empty());
    CHECK(walk.machine.reason(Condition::soc_low) == "state of charge 4 % is below the stop limit of 5 %");
    CHECK(walk.machine.reset());
    CHECK_FALSE(walk.machine.tripped());
    CHECK(walk.machine.stage(Condition::soc_low) == Stage::warn);  // what remains of a plant at rest
    CHECK(walk.machine.derating() == Derating{});

    // Running again it is derated at once, not tripped.
    CHECK(walk.see(at_soc(0.071)).front().to == Stage::derate);
    CHECK_FALSE(walk.machine.tripped());
}

TEST_CASE("a plant at rest is warned of and never tripped; started beyond the limit it trips at once") {
    Walk walk(soc_limits());
    auto stopped = at_soc(0.01);
    stopped.active = false;
    const auto changes = walk.see(stopped);
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].to == Stage::warn);
    CHECK(changes[0].reason == "state of charge 1 % is below the stop limit of 5 %");
    walk.see(stopped, 1h);
    CHECK_FALSE(walk.machine.tripped());
    CHECK(walk.see(at_soc(0.01)).front().to == Stage::stop);
}

TEST_CASE("a value must be beyond its limit for the delay without a break; what is not seen is no break") {
    auto limits = nothing();
    limits.voltage.stop_max = 1.2;
    limits.voltage.delay = 3s;
    Walk walk(limits);
    auto high = running();
    high.voltage_pu = 1.3;
    CHECK(walk.see(high).empty());
    CHECK(walk.see(high, 2s).empty());
    CHECK(walk.see(running()).empty());
    CHECK(walk.see(high).empty());
    CHECK(walk.see(high, 2s).empty());
    auto unseen = high;
    unseen.voltage_pu.reset();
    CHECK(walk.see(unseen, 500ms).empty());
    unseen.fresh = false;
    CHECK(walk.see(unseen, 100ms).empty());
    const auto changes = walk.see(high, 400ms);
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].condition == Condition::voltage_high);
    CHECK(changes[0].to == Stage::stop);
}

TEST_CASE("without limits nothing is ever said") {
    Walk walk(nothing());
    auto odd = running();
    odd.soc_pu = -4;
    odd.voltage_pu = 99;
    odd.temperature_c = 500;
    odd.deviation_pu = 10;
    CHECK(walk.see(odd).empty());
    odd.fresh = odd.connected = false;
    CHECK(walk.see(odd, 100h).empty());
    CHECK(walk.machine.derating() == Derating{});
}

TEST_CASE("the shipped limits leave an ordinary day alone, an empty and a full battery included") {
    Walk walk(config::PlantSafety{});
    for (const double soc : {0.0, 0.0001, 0.5, 1.0})
        CHECK(walk.see(at_soc(soc), 1min).empty());
    auto none = running();
    none.temperature_c.reset();
    none.deviation_pu.reset();
    CHECK(walk.see(none, 1h).empty());
}

TEST_CASE("temperature is watched where there is one, and takes all power back") {
    auto limits = nothing();
    limits.temperature.warn_max = 40;
    limits.temperature.derate_max = 45;
    limits.temperature.stop_max = 55;
    limits.temperature.stop_min = -10;
    Walk walk(limits);
    auto seen = running();
    seen.temperature_c = 50;
    CHECK(walk.see(seen).front().to == Stage::derate);
    CHECK(walk.machine.derating().discharge == Approx(0.5));
    CHECK(walk.machine.derating().charge == Approx(0.5));
    CHECK(walk.machine.derating().reactive == Approx(0.5));
    seen.temperature_c = -11;
    const auto changes = walk.see(seen);
    REQUIRE(changes.size() == 2);
    CHECK(changes[0].condition == Condition::temperature_low);
    CHECK(changes[0].to == Stage::stop);
    CHECK(changes[0].reason == "temperature -11 °C is below the stop limit of -10 °C");
    CHECK(changes[1].condition == Condition::temperature_high);
    CHECK(changes[1].to == Stage::normal);
}

TEST_CASE("a voltage out of bounds takes active power back and leaves reactive power to support it") {
    auto limits = nothing();
    limits.voltage.derate_min = 0.9;
    limits.voltage.stop_min = 0.8;
    Walk walk(limits);
    auto seen = running();
    seen.voltage_pu = 0.85;
    walk.see(seen);
    CHECK(walk.machine.derating().discharge == Approx(0.5));
    CHECK(walk.machine.derating().charge == Approx(0.5));
    CHECK(walk.machine.derating().reactive == 1.0);
}

TEST_CASE("stale data are warned of, then the setpoint is nothing, then the plant trips") {
    auto limits = nothing();
    limits.stale_data = {2s, 4s, 6s};
    Walk walk(limits);
    CHECK(walk.see(running()).empty());
    auto stale = running();
    stale.fresh = false;
    CHECK(walk.see(stale).empty());
    CHECK(walk.see(stale, 1999ms).empty());
    CHECK(walk.see(stale, 1ms).front().to == Stage::warn);
    CHECK(walk.machine.derating() == Derating{});
    CHECK(walk.see(stale, 2s).front().to == Stage::derate);
    CHECK(walk.machine.derating().discharge == 0.0);
    CHECK(walk.machine.derating().charge == 0.0);
    CHECK(walk.machine.derating().reactive == 0.0);
    CHECK(walk.machine.derating().condition == Condition::stale_data);
    CHECK_FALSE(walk.machine.tripped());
    const auto changes = walk.see(stale, 2s);
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].to == Stage::stop);
    CHECK(changes[0].reason == "values do not come for 6.0 s (stopped after 6 s)");
    CHECK(walk.machine.lasting() == std::vector{Condition::stale_data});
    stale.active = false;  // stopped, still silent
    walk.see(stale);
    CHECK_FALSE(walk.machine.reset());
    auto back = running();
    back.active = false;
    walk.see(back);
    CHECK(walk.machine.reset());
}

TEST_CASE("data that come in time start the count anew, and a plant at rest may be silent") {
    auto limits = nothing();
    limits.stale_data.stop = 3s;
    Walk walk(limits);
    auto stale = running();
    stale.fresh = false;
    for (int i = 0; i < 20; ++i) {
        CHECK(walk.see(stale, 2s).empty());
        CHECK(walk.see(running(), 2s).empty());
    }
    stale.active = false;
    CHECK(walk.see(stale, 1h).empty());
}

TEST_CASE("a lost link is no stale data, and counts for a plant that runs or might") {
    auto limits = nothing();
    limits.stale_data.stop = 1s;
    limits.link_lost = {2s, std::nullopt, 10s};
    Walk walk(limits);
    auto lost = running();
    lost.connected = lost.fresh = false;
    CHECK(walk.see(lost).empty());
    CHECK(walk.see(lost, 2s).front().condition == Condition::link_lost);
    CHECK(walk.machine.stage(Condition::link_lost) == Stage::warn);
    CHECK(walk.see(lost, 8s).front().to == Stage::stop);
    CHECK_FALSE(walk.machine.reset());
    walk.see(running());
    CHECK(walk.machine.reset());

    lost.active = false;
    CHECK(walk.see(lost, 1h).empty());
}

TEST_CASE("a setpoint that is not followed: unseen power follows no better than before") {
    auto limits = nothing();
    limits.setpoint_not_followed = {2s, 4s, 6s};
    limits.follow_tolerance_pu = 0.1;
    Walk walk(limits);
    auto astray = running();
    astray.deviation_pu = 0.2;
    auto at_limit = running();
    at_limit.deviation_pu = 0.1;
    CHECK(walk.see(astray).empty());
    CHECK(walk.see(at_limit, 10s).empty());
    CHECK(walk.see(astray).empty());
    auto unseen = astray;
    unseen.fresh = false;
    CHECK(walk.see(unseen, 3s).empty());
    CHECK(walk.see(astray, 100ms).front().to == Stage::warn);
    CHECK(walk.see(astray, 2s).front().to == Stage::derate);
    CHECK(walk.see(astray, 2s).front().to == Stage::stop);
    auto nothing_asked = running();
    nothing_asked.deviation_pu.reset();
    nothing_asked.active = false;
    walk.see(nothing_asked);
    CHECK(walk.machine.reset());
}

TEST_CASE("of several conditions the least power is left and a stop is named before all others") {
    auto limits = soc_limits();
    limits.temperature.derate_max = 40;
    limits.temperature.stop_max = 60;
    limits.stale_data.stop = 1s;
    Walk walk(limits);
    auto seen = at_soc(0.1);  // half of discharge is left
    seen.temperature_c = 55;  // a quarter of everything
    CHECK(walk.see(seen).size() == 2);
    CHECK(walk.machine.derating().discharge == Approx(0.25));
    CHECK(walk.machine.derating().charge == Approx(0.25));
    CHECK(walk.machine.derating().condition == Condition::temperature_high);
    seen.temperature_c = 42;
    walk.see(seen);
    CHECK(walk.machine.derating().discharge == Approx(0.5));
    CHECK(walk.machine.derating().charge == Approx(0.9));
    CHECK(walk.machine.derating().condition == Condition::soc_low);
    seen.fresh = false;
    walk.see(seen);
    walk.see(seen);
    CHECK(walk.machine.derating().stage == Stage::stop);
    CHECK(walk.machine.derating().condition == Condition::stale_data);
}

TEST_CASE("two trips are reset together or not at all") {
    auto limits = soc_limits();
    limits.voltage.stop_min = 0.8;
    Walk walk(limits);
    auto bad = at_soc(0.01);
    bad.voltage_pu = 0.5;
    CHECK(walk.see(bad).size() == 2);
    bad.voltage_pu = 1.0;
    walk.see(bad);
    CHECK_FALSE(walk.machine.reset());
    CHECK(walk.machine.stage(Condition::voltage_low) == Stage::stop);
    CHECK(walk.machine.lasting() == std::vector{Condition::soc_low});
    walk.see(running());
    CHECK(walk.machine.reset());
}

TEST_CASE("a trip of before a restart holds and is reset only once the plant has been seen well") {
    Walk walk(soc_limits());
    walk.machine.restore(Condition::soc_low, "state of charge 4 % is below the stop limit of 5 %");
    CHECK(walk.machine.tripped());
    CHECK(walk.machine.derating().stage == Stage::stop);
    CHECK_FALSE(walk.machine.reset());
    auto seen = running();
    seen.active = false;
    CHECK(walk.see(seen).empty());
    CHECK(walk.machine.reason(Condition::soc_low) == "state of charge 4 % is below the stop limit of 5 %");
    CHECK(walk.machine.reset());
}

TEST_CASE("another endpoint is judged anew, its trips remain") {
    Walk walk(soc_limits());
    walk.see(at_soc(0.01));
    walk.machine.forget();
    CHECK(walk.machine.tripped());
    CHECK(walk.machine.lasting() == std::vector{Condition::soc_low});
    auto seen = running();
    seen.active = false;
    walk.see(seen);
    CHECK(walk.machine.reset());

    walk.see(at_soc(0.1));
    REQUIRE(walk.machine.stage(Condition::soc_low) == Stage::derate);
    walk.machine.forget();
    CHECK(walk.machine.stage(Condition::soc_low) == Stage::normal);
}

TEST_CASE("conditions and stages have names that can be read back") {
    for (std::size_t i = 0; i < condition_count; ++i) {
        const auto condition = static_cast<Condition>(i);
        CHECK(parse_condition(to_string(condition)) == condition);
    }
    CHECK_FALSE(parse_condition("sos"));
    CHECK(to_string(Stage::derate) == "derate");
}

TEST_CASE("a value that cannot be known is stale data, whatever the others say") {
    auto limits = nothing();
    limits.stale_data = {2s, 4s, 6s};
    limits.voltage.stop_max = 1.2;
    Walk walk(limits);
    auto blind = running();
    blind.soc_pu.reset();
    blind.unknown = "soc";
    CHECK(walk.see(blind).empty());
    const auto warned = walk.see(blind, 2s);
    REQUIRE(warned.size() == 1);
    CHECK(warned[0].reason == "soc cannot be known for 2.0 s (warned of after 2 s)");
    CHECK(walk.see(blind, 4s).front().to == Stage::stop);
    CHECK_FALSE(walk.machine.reset());  // it lasts
    CHECK(walk.see(running()).empty());
    CHECK(walk.machine.reset());
    // What is known is held against its limits meanwhile.
    blind.voltage_pu = 1.3;
    CHECK(walk.see(blind).front().condition == Condition::voltage_high);
}

TEST_CASE("power that nobody sees follows no better than before") {
    auto limits = nothing();
    limits.setpoint_not_followed = {10s, std::nullopt, std::nullopt};
    Walk walk(limits);
    auto astray = running();
    astray.deviation_pu = 0.5;
    CHECK(walk.see(astray).empty());
    auto blind = running();
    blind.power_seen = false;
    CHECK(walk.see(blind, 5s).empty());
    CHECK(walk.see(astray, 5s).front().to == Stage::warn);
    CHECK(walk.see(blind, 5s).empty());
    CHECK(walk.machine.stage(Condition::setpoint_not_followed) == Stage::warn);
}

}  // namespace hil::control
