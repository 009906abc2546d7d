// A plant in memory with all of safety around it: monitor, trips, deratings, emergency stop.
#include "control/safety_monitor.hpp"
#include "control/derated_setpoints.hpp"

#include "control/rig.hpp"

#include <algorithm>

namespace hil::control {
namespace {

using schedule::Signal;

constexpr std::uint16_t soc = 281, v_poi = 296;

struct SafeRig : Rig {
    explicit SafeRig(const config::PlantSafety& limits = {}) {
        set(soc, 5000);
        set(v_poi, 20'000);
        plant.id = "lib";
        plant.model.power_limits = this->limits;
        plant.model.poi_voltage_kv = 20;
        plant.safety = limits;
        Safety::Hooks hooks;
        hooks.emergency_stop = [this](std::size_t) { return control->emergency_stop(); };
        hooks.safe_stop = [this](std::size_t) { return control->stop(); };
        hooks.disable_dispatch = [this](std::size_t) { control->set_dispatch_enabled(false); };
        hooks.derated = [this](std::size_t) { control->wake(); };
        safety.emplace(clock, std::vector<Safety::PlantLimits>{{"lib", limits}}, nullptr, std::move(hooks));
        derated.emplace(*setpoints, safety->derating(0), this->limits);
        PlantControl::Options options;
        options.anchor = clock.now();
        PlantControl::Hooks own;
        own.interlock = [this] { return safety->interlock(0); };
        own.on_write = [this](const PlantControl::WriteEvent& write) {
            if (write.reason) reasons.push_back(*write.reason);
        };
        control = std::make_unique<PlantControl>(clock, *link, endpoint, *derated, options, std::move(own));
        monitor.emplace(clock, *link, *control, plant, 0, *safety);
        subscription = safety->subscribe([this](const SafetyEvent& event) { events.push_back(event); });
    }
    ~SafeRig() {
        tasks.cancel();
        clock.settle();
        tasks.spawn("close", [this] { return safety->close(); });
        clock.run_for(1s);
        server.reset();
        clock.settle();
    }
    SafeRig(const SafeRig&) = delete;
    SafeRig& operator=(const SafeRig&) = delete;

    // The battery follows its setpoints from here on, as far as it is enabled.
    void follow() {
        on_request = [this](const modbus::Request& request) -> std::optional<modbus::Response> {
            if (silent) return Rig::refuse(request, 6);
            if (request.address == Rig::p_setpoint && !request.words.empty() && request.words.front() > most)
                return Rig::refuse(request, 3);
            const bool on = reg(Rig::enable) == 1 && !disobedient;
            set(Rig::p_battery, on ? reg(Rig::p_setpoint) : 0);
            set(Rig::q_battery, on ? reg(Rig::q_setpoint) : 0);
            return std::nullopt;
        };
    }
    void run_up(double p_kw) {
        follow();
        plan(Signal::p, p_kw);
        begin();
        tasks.spawn("monitor", [this] { return monitor->run(clock.now()); });
        control->set_dispatch_enabled(true);
        REQUIRE(!start().error);
        clock.run_for(5s);
        REQUIRE(reg(Rig::p_setpoint) == static_cast<std::int16_t>(p_kw * 10));
        REQUIRE(events.empty());
    }
    error_code reset_trips() {
        return finish<error_code>([this]() -> awaitable<error_code> {
            co_return (co_await safety->reset_trips(0, "anna")).error();
        });
    }

    config::Plant plant;
    std::optional<Safety> safety;
    std::optional<DeratedSetpoints> derated;
    std::optional<SafetyMonitor> monitor;
    bool silent = false, disobedient = false;
    std::uint16_t most = 0xFFFF;  // raw, that the device takes for a setpoint
    std::vector<SafetyEvent> events;
    std::vector<SignalSetpoint> reasons;
    Subscription subscription;
};

config::PlantSafety tight() {
    config::PlantSafety limits;
    limits.poll_period = 1s;
    limits.soc.stop_min = 0.1;
    limits.soc.derate_min = 0.2;
    limits.soc.delay = 0s;
    limits.voltage.delay = 0s;
    return limits;
}

}  // namespace

TEST_CASE("power is taken back between the limits of derating, and the reason kept with what is written") {
    SafeRig rig(tight());
    rig.run_up(800);
    rig.reasons.clear();
    rig.set(soc, 1500);  // half way: half of the 1000 kW the plant may discharge
    rig.clock.run_for(2s);
    CHECK(rig.reg(Rig::p_setpoint) == 5000);
    REQUIRE_FALSE(rig.reasons.empty());
    const auto& why = rig.reasons.back();
    CHECK(why.value == Approx(500.0));
    CHECK(why.derated == Stage::derate);
    CHECK(why.condition == Condition::soc_low);
    CHECK(why.before_derating == 800.0);
    CHECK(why.asked == 800.0);
    CHECK(rig.control->status().setpoint->text() ==
          "the plan's p 800 kW is held to 500 (power taken back: state of charge too low)");
    rig.plan(Signal::p, -900);  // charging is not derated
    rig.clock.run_for(2s);
    CHECK(rig.reg(Rig::p_setpoint) == -9000);
    CHECK(rig.control->status().setpoint->p.derated == Stage::normal);
    rig.plan(Signal::p, 800);
    rig.set(soc, 3000);
    rig.clock.run_for(2s);
    CHECK(rig.reg(Rig::p_setpoint) == 8000);
    CHECK(rig.safety->trips(0).empty());
}

TEST_CASE("a trip ends in the safe stop; start and dispatch are refused until it is reset") {
    SafeRig rig(tight());
    rig.run_up(800);
    rig.set(soc, 900);
    rig.clock.run_for(2s);
    CHECK(rig.reg(Rig::p_setpoint) == 0);
    CHECK(rig.reg(Rig::enable) == 0);
    CHECK(rig.control->state() == PlantState::stopped);
    CHECK_FALSE(rig.control->dispatch_enabled());
    REQUIRE(rig.safety->trips(0).size() == 1);
    CHECK(rig.safety->trips(0)[0].reason == "state of charge 9 % is below the stop limit of 10 %");
    CHECK(rig.start().error == errc::plant_tripped);
    CHECK_FALSE(rig.control->set_dispatch_enabled(true));
    CHECK(rig.reset_trips() == errc::condition_lasts);
    rig.set(soc, 5000);
    rig.clock.run_for(2s);
    CHECK_FALSE(rig.reset_trips());
    CHECK(rig.control->set_dispatch_enabled(true));
    CHECK_FALSE(rig.start().error);
    rig.clock.run_for(2s);
    CHECK(rig.reg(Rig::p_setpoint) == 8000);
}

TEST_CASE("the monitor judges a value when it comes and does not wait for the next poll") {
    SafeRig rig(tight());
    rig.run_up(800);
    rig.set(v_poi, 14'000);
    const auto before = rig.clock.now();
    while (rig.safety->trips(0).empty() && rig.clock.now() < before + 5s)
        rig.clock.run_for(1ms);
    CHECK(rig.clock.now() - before <= 1s);
    CHECK(rig.safety->trips(0)[0].condition == Condition::voltage_low);
    CHECK(rig.safety->trips(0)[0].reason == "voltage 70 % of nominal is below the stop limit of 80 %");
}

TEST_CASE("values that do not come while the plant runs: alert, setpoint 0, safe stop") {
    auto limits = tight();
    limits.stale_data = {3s, 6s, 12s};
    SafeRig rig(limits);
    rig.run_up(800);
    // The plant answers everything but its measurements.
    rig.on_request = [&](const modbus::Request& request) -> std::optional<modbus::Response> {
        if (request.function == modbus::Function::read_holding_registers && request.address >= 270)
            return Rig::refuse(request, 6);
        return std::nullopt;
    };
    rig.clock.run_for(6s);
    CHECK(rig.safety->machine(0).stage(Condition::stale_data) == Stage::warn);
    CHECK(rig.reg(Rig::p_setpoint) == 8000);
    rig.clock.run_for(4s);
    CHECK(rig.safety->machine(0).stage(Condition::stale_data) == Stage::derate);
    CHECK(rig.reg(Rig::p_setpoint) == 0);
    CHECK(rig.reg(Rig::enable) == 1);
    CHECK(rig.control->status().setpoint->p.condition == Condition::stale_data);
    rig.clock.run_for(40s);
    CHECK(rig.reg(Rig::enable) == 0);
    CHECK(rig.safety->trips(0).size() == 1);
    CHECK(rig.monitor->statistics().failed > 10);
}

TEST_CASE("a setpoint that is not followed for so long trips, an empty battery that gives nothing does not") {
    auto limits = tight();
    limits.soc = {};
    limits.setpoint_not_followed = {2s, std::nullopt, 10s};
    SafeRig rig(limits);
    rig.run_up(800);
    SECTION("disobedient") {
        rig.disobedient = true;
        rig.clock.run_for(5s);
        CHECK(rig.safety->machine(0).stage(Condition::setpoint_not_followed) == Stage::warn);
        rig.clock.run_for(10s);
        REQUIRE(rig.safety->trips(0).size() == 1);
        CHECK(rig.safety->trips(0)[0].condition == Condition::setpoint_not_followed);
        CHECK(rig.reg(Rig::enable) == 0);
    }
    SECTION("empty") {
        rig.set(soc, 0);
        rig.disobedient = true;
        rig.clock.run_for(1min);
        CHECK(rig.events.empty());
        CHECK(rig.reg(Rig::p_setpoint) == 8000);
    }
    SECTION("paused") {
        rig.control->set_dispatch_enabled(false);
        rig.disobedient = true;
        rig.clock.run_for(1min);
        CHECK(rig.events.empty());
    }
}

TEST_CASE("a plant that gives nothing is told of though it takes only a part of what is asked for") {
    SafeRig rig(tight());
    std::optional<std::string> idle;
    rig.monitor->on_idle = [&idle](const std::optional<std::string>& text) { idle = text; };
    rig.run_up(200);
    CHECK_FALSE(idle);
    rig.disobedient = true;
    rig.most = 6000;
    rig.plan(Signal::p, 800);
    rig.clock.run_for(30s);
    CHECK(rig.reg(Rig::p_setpoint) < 6000);
    REQUIRE(idle);
    CHECK(idle->starts_with("gives 0.0 kW though 5"));
    rig.disobedient = false;
    rig.clock.run_for(3s);
    CHECK_FALSE(idle);
}

TEST_CASE("a lost link trips where the configuration says so; the stop is owed until the plant is back") {
    auto limits = tight();
    limits.link_lost = {2s, std::nullopt, 8s};
    SafeRig rig(limits);
    rig.run_up(800);
    rig.server.reset();
    rig.clock.run_for(5s);
    CHECK(rig.safety->machine(0).stage(Condition::link_lost) == Stage::warn);
    rig.clock.run_for(20s);
    REQUIRE(rig.safety->trips(0).size() == 1);
    CHECK(rig.control->state() == PlantState::unknown);
    CHECK(rig.reset_trips() == errc::condition_lasts);
    rig.serve();
    rig.clock.run_for(60s);
    CHECK(rig.reg(Rig::enable) == 0);
    CHECK(rig.reg(Rig::p_setpoint) == 0);
    CHECK(rig.control->state() == PlantState::stopped);
    CHECK_FALSE(rig.reset_trips());
}

TEST_CASE("with the shipped limits a link that comes back finds its plant taken up again") {
    SafeRig rig;
    rig.run_up(800);
    rig.server.reset();
    rig.clock.run_for(2min);
    CHECK(rig.safety->trips(0).empty());
    rig.serve();
    rig.clock.run_for(1min);
    CHECK(rig.control->state() == PlantState::running);
    CHECK(rig.reg(Rig::p_setpoint) == 8000);
}

TEST_CASE("after the latch nothing runs: not what is started, adopted, nor found running") {
    SafeRig rig(tight());
    rig.run_up(800);
    const auto result =
        rig.finish<Safety::EmergencyResult>([&] { return rig.safety->emergency_stop("smoke", "anna"); });
    CHECK(result.all_disabled());
    CHECK(result.saved);
    CHECK(rig.reg(Rig::enable) == 0);
    CHECK(rig.reg(Rig::p_setpoint) == 0);
    CHECK(rig.start().error == errc::estop_latched);
    CHECK_FALSE(rig.control->set_dispatch_enabled(true));
    rig.control->forget();  // another endpoint, whose plant runs
    rig.set(Rig::enable, 1);
    rig.set(Rig::p_setpoint, 700);
    rig.clock.run_for(5s);
    CHECK(rig.reg(Rig::enable) == 0);
    CHECK(rig.reg(Rig::p_setpoint) == 0);
}

TEST_CASE("a monitor whose link never answers keeps its period and ends when it is cancelled") {
    auto limits = tight();
    SafeRig rig(limits);
    rig.network.on_dial = [](const Endpoint&) {
        MemoryNetwork::Dial dial;
        dial.hang = true;
        return dial;
    };
    rig.begin();
    TaskGroup own(rig.clock);
    own.spawn("monitor", [&] { return rig.monitor->run(rig.clock.now()); });
    rig.clock.run_for(60s);
    CHECK(rig.monitor->statistics().polls >= 59);
    CHECK(rig.monitor->statistics().failed >= 58);
    CHECK(rig.monitor->statistics().worst_lateness == 0s);
    own.cancel();
    rig.clock.settle();
    CHECK(own.size() == 0);
}

TEST_CASE("a monitor that failed twice reads on, and can still be cancelled") {
    SafeRig rig;
    rig.follow();
    rig.plan(Signal::p, 50);
    rig.begin();
    rig.control->set_dispatch_enabled(true);
    REQUIRE(!rig.start().error);
    int failures = 0;
    const auto failing = rig.safety->subscribe([&](const SafetyEvent&) {
        if (++failures <= 2) throw std::runtime_error("a listener failed");
    });
    TaskGroup watching(rig.clock);
    watching.spawn("monitor", [&] { return rig.monitor->run(rig.clock.now()); }, OnEscape::restart);
    rig.clock.run_for(5s);
    REQUIRE(failures == 0);
    // The first time in its own loop, which finds no answer; the second where the answers come in again.
    rig.silent = true;
    for (int i = 0; i < 60 && failures < 1; ++i)
        rig.clock.run_for(1s);
    REQUIRE(failures == 1);
    rig.silent = false;
    for (int i = 0; i < 60 && failures < 2; ++i)
        rig.clock.run_for(1s);
    REQUIRE(failures == 2);
    rig.clock.run_for(5s);
    const auto before = rig.monitor->statistics();
    rig.clock.run_for(60s);
    CHECK(rig.monitor->statistics().polls > before.polls + 20);
    CHECK(rig.monitor->statistics().failed == before.failed);
    watching.cancel();
    rig.clock.run_for(1s);
    CHECK(watching.size() == 0);
}

TEST_CASE("a state of charge that cannot be trips nothing, and is stale data while it lasts") {
    config::PlantSafety limits;  // as shipped: soc 0 to 1
    limits.stale_data = {10s, 20s, 60s};
    SafeRig rig(limits);
    rig.run_up(100);
    rig.set(soc, -1);  // 0xFFFF: not ready
    rig.clock.run_for(8s);
    CHECK(rig.events.empty());
    rig.clock.run_for(6s);
    REQUIRE(rig.events.size() == 1);
    CHECK(rig.events[0].change.condition == Condition::stale_data);
    CHECK(rig.events[0].change.to == Stage::warn);
    CHECK(rig.events[0].change.reason.starts_with("soc cannot be known for"));
    CHECK(rig.reg(Rig::p_setpoint) == 1000);
    rig.set(soc, 5000);
    rig.clock.run_for(4s);
    CHECK(rig.events.size() == 2);
    CHECK(rig.safety->trips(0).empty());
    // For longer it is as if no values came at all.
    rig.set(v_poi, -1);
    rig.clock.run_for(25s);
    CHECK(rig.reg(Rig::p_setpoint) == 0);
    CHECK(rig.safety->trips(0).empty());
}

TEST_CASE("of a plant that is not watched for something, that may be unknown") {
    config::PlantSafety limits;
    limits.soc = {};
    limits.stale_data = {10s, 20s, 60s};
    SafeRig rig(limits);
    rig.run_up(100);
    rig.set(soc, -1);
    rig.clock.run_for(70s);
    CHECK(rig.events.empty());
}

}  // namespace hil::control
