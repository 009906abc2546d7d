// Emergency stop, adoption, refusals and what is said while an operation runs.
#include "control/rig.hpp"

#include <algorithm>

namespace hil::control {

using schedule::Signal;

namespace {

const std::vector<Write> emergency_writes{
    {Rig::p_setpoint, 0, {}}, {Rig::q_setpoint, 0, {}}, {Rig::enable, 0, {}}, {Rig::stop_command, 1, {}}};

StopResult emergency(Rig& rig) {
    return rig.finish<StopResult>([&] { return rig.control->emergency_stop(); });
}

}  // namespace

TEST_CASE("an emergency stop zeroes and disables at once, without waiting for the power to decay") {
    Rig rig;
    rig.start_with(42, 5);
    rig.set(Rig::p_battery, 420);  // never decays
    const auto before = rig.clock.now();
    const auto result = emergency(rig);
    CHECK(result.disable_ok);
    CHECK_FALSE(result.error);
    CHECK(rig.clock.now() - before <= 20ms);
    CHECK(rig.writes == emergency_writes);
    CHECK(rig.control->state() == PlantState::stopped);
    CHECK(rig.control->desired() == Desired::stopped);
    CHECK_FALSE(rig.control->dispatch_enabled());
    rig.clock.run_for(1min);
    CHECK(rig.writes == emergency_writes);
}

TEST_CASE("an emergency stop overtakes a safe stop that waits for decay, which says so [D-29]", "[D-29]") {
    Rig rig;
    rig.start_with(42, 5);
    rig.set(Rig::p_battery, 420);
    StopResult safe;
    rig.tasks.spawn("stop", [&]() -> awaitable<void> { safe = co_await rig.control->stop(); });
    rig.clock.run_for(3s);
    REQUIRE(rig.reg(Rig::enable) == 1);
    const auto before = rig.clock.now();
    CHECK(emergency(rig).disable_ok);
    CHECK(rig.clock.now() - before <= 20ms);
    CHECK(rig.reg(Rig::enable) == 0);
    rig.clock.run_for(1s);
    CHECK(safe.error == errc::superseded);
    CHECK(rig.control->state() == PlantState::stopped);
}

TEST_CASE("an emergency stop at any moment of a start leaves the plant disabled at zero [D-29][D-33]",
          "[D-29][D-33]") {
    for (int delay_us = 0; delay_us < 4000; delay_us += 50) {
        Rig rig;
        rig.network.on_dial = [](const Endpoint&) {
            MemoryNetwork::Dial dial;
            dial.to_server.latency = dial.to_client.latency = 150us;
            return dial;
        };
        rig.plan(Signal::p, 42);
        rig.begin();
        rig.control->set_dispatch_enabled(true);
        rig.tasks.spawn("start", [&]() -> awaitable<void> { (void)co_await rig.control->start(); });
        rig.clock.run_for(std::chrono::microseconds(delay_us));
        CHECK(emergency(rig).disable_ok);
        rig.clock.run_for(5s);
        INFO("after " << delay_us << " us");
        CHECK(rig.control->state() == PlantState::stopped);
        CHECK(rig.reg(Rig::enable) == 0);
        CHECK(rig.reg(Rig::p_setpoint) == 0);
    }
}

TEST_CASE(
    "after the zero of an emergency stop no later write is non-zero, in 300 random interleavings [D-33]",
    "[D-33]") {
    Random random(20251002);
    for (int i = 0; i < 300; ++i) {
        PlantControl::Options options;
        options.period = 100ms;
        Rig rig(options);
        const auto forth = std::chrono::microseconds(random.below(90'000));
        const auto back = std::chrono::microseconds(random.below(90'000));
        rig.network.on_dial = [&](const Endpoint&) {
            MemoryNetwork::Dial dial;
            dial.to_server.latency = forth;
            dial.to_client.latency = back;
            return dial;
        };
        rig.start_with(42, 5);
        rig.tasks.spawn("editor", [&, r = random.fork()]() mutable -> awaitable<void> {
            for (;;) {
                co_await rig.clock.sleep_for(std::chrono::microseconds(1 + r.below(40'000)));
                rig.plan(Signal::p, 1.0 + static_cast<double>(r.below(900)));
            }
        });
        rig.clock.run_for(std::chrono::microseconds(random.below(400'000)));
        const auto result = emergency(rig);
        rig.clock.run_for(2s);
        INFO("interleaving " << i);
        CHECK(result.disable_ok);
        const auto zero = std::find(rig.writes.begin(), rig.writes.end(), Write{Rig::p_setpoint, 0, {}});
        REQUIRE(zero != rig.writes.end());
        for (auto w = zero; w != rig.writes.end(); ++w)
            if (w->address == Rig::p_setpoint || w->address == Rig::q_setpoint) CHECK(w->value == 0);
        CHECK(rig.reg(Rig::enable) == 0);
    }
}

TEST_CASE("a plant that does not answer is asked again on a new connection after 100 ms") {
    Rig rig;
    rig.start_with(42, 5);
    const auto back = rig.reconnect();
    back->swallow = true;  // requests arrive, answers do not
    const auto before = rig.clock.now();
    const auto result = emergency(rig);
    CHECK(rig.clock.now() - before >= 100ms);
    CHECK(rig.clock.now() - before <= 120ms);
    CHECK(result.disable_ok);
    CHECK(rig.control->state() == PlantState::stopped);
    CHECK(rig.reg(Rig::enable) == 0);
}

TEST_CASE("an emergency stop of a plant that cannot be reached is owed, and the state unknown") {
    Rig rig;
    rig.start_with(42, 5);
    rig.server.reset();
    rig.clock.run_for(1s);
    const auto before = rig.clock.now();
    const auto result = emergency(rig);
    CHECK(rig.clock.now() - before <= 2s);
    CHECK_FALSE(result.disable_ok);
    CHECK(result.error == errc::disable_failed);
    CHECK(rig.control->state() == PlantState::unknown);
    rig.serve();
    rig.clock.run_for(60s);
    CHECK(rig.reg(Rig::enable) == 0);
    CHECK(rig.reg(Rig::p_setpoint) == 0);
    CHECK(rig.control->state() == PlantState::stopped);
}

TEST_CASE("a safe stop of a plant that has fallen silent is carried out when it answers again") {
    Rig rig;
    rig.start_with(42, 5);
    const auto back = rig.reconnect();
    back->swallow = true;
    rig.clock.run_for(2s);
    REQUIRE(rig.link->status().state == plant::LinkState::connected);
    REQUIRE_FALSE(rig.link->answers());
    StopResult stopped;
    bool done = false;
    rig.tasks.spawn("stop", [&]() -> awaitable<void> {
        stopped = co_await rig.control->stop();
        done = true;
    });
    rig.clock.run_for(500ms);
    CHECK_FALSE(done);
    back->swallow = false;
    rig.clock.run_for(5s);
    CHECK(done);
    CHECK(stopped.disable_ok);
    CHECK(rig.reg(Rig::enable) == 0);
    CHECK(rig.reg(Rig::p_setpoint) == 0);
}

TEST_CASE("who stops a plant during its emergency stop shares the outcome and takes nothing from it") {
    Rig rig;
    rig.start_with(42, 5);
    const auto back = rig.reconnect();
    back->latency = 30ms;
    rig.writes.clear();
    std::vector<StopResult> results(3);
    rig.tasks.spawn("first",
                    [&]() -> awaitable<void> { results[0] = co_await rig.control->emergency_stop(); });
    rig.clock.run_for(10ms);
    rig.tasks.spawn("second",
                    [&]() -> awaitable<void> { results[1] = co_await rig.control->emergency_stop(); });
    rig.tasks.spawn("safe", [&]() -> awaitable<void> { results[2] = co_await rig.control->stop(); });
    rig.clock.run_for(1s);
    for (const auto& result : results) {
        CHECK(result.disable_ok);
        CHECK_FALSE(result.error);
    }
    CHECK(rig.writes == emergency_writes);
    CHECK(rig.control->state() == PlantState::stopped);
}

TEST_CASE("a safe stop on a link in back-off tries to connect once, and then stops the plant") {
    Rig rig;
    rig.start_with(42, 5);
    rig.server.reset();
    rig.clock.run_for(40s);  // the delays between attempts have grown
    REQUIRE(rig.link->status().state == plant::LinkState::waiting);
    rig.serve();
    const auto before = rig.clock.now();
    const auto result = rig.stop();
    CHECK(rig.clock.now() - before <= 20ms);
    CHECK(result.threshold_reached);
    CHECK(result.disable_ok);
    CHECK(rig.reg(Rig::enable) == 0);
}

TEST_CASE("a safe stop on an endpoint that swallows connections ends after one attempt [AC-38][D-36]",
          "[AC-38][D-36]") {
    Rig rig;
    rig.start_with(42, 5);
    int dials = 0;
    rig.network.on_dial = [&](const Endpoint&) {
        ++dials;
        MemoryNetwork::Dial dial;
        dial.hang = true;
        return dial;
    };
    rig.server->close_connections();
    rig.clock.run_for(20s);
    dials = 0;
    const auto before = rig.clock.now();
    CHECK_FALSE(rig.stop().disable_ok);
    CHECK(rig.clock.now() - before <= 2100ms);
    CHECK(dials <= 2);
    CHECK(rig.control->state() == PlantState::unknown);
}

TEST_CASE("stop is possible whatever the state, unknown and stopped included [D-11][D-37]", "[D-11][D-37]") {
    Rig rig;
    rig.begin();
    CHECK(rig.stop().disable_ok);  // never started
    rig.set(Rig::enable, 1);       // somebody else
    CHECK(rig.stop().disable_ok);
    CHECK(rig.reg(Rig::enable) == 0);
    rig.server.reset();
    rig.clock.run_for(1s);
    CHECK_FALSE(rig.stop().disable_ok);
    REQUIRE(rig.control->state() == PlantState::unknown);
    rig.serve();
    CHECK(rig.stop().disable_ok);
    CHECK(rig.control->state() == PlantState::stopped);
}

TEST_CASE("an operation that ends by an exception leaves a state from which start is accepted [AC-43][D-29]",
          "[AC-43][D-29]") {
    Rig rig;
    rig.begin();
    auto seeds = 0;
    PlantControl::Options options;
    options.anchor = rig.clock.now();
    PlantControl::Hooks hooks;
    hooks.seed_soc = [&]() -> awaitable<result<void>> {
        if (++seeds == 1) throw std::runtime_error("the emulator is gone");
        co_return result<void>{};
    };
    PlantControl control(rig.clock, *rig.link, rig.endpoint, *rig.setpoints, options, std::move(hooks));
    bool thrown = false;
    rig.tasks.spawn("start", [&]() -> awaitable<void> {
        try {
            (void)co_await control.start();
        } catch (const std::runtime_error&) {
            thrown = true;
        }
    });
    rig.clock.run_for(100ms);
    CHECK(thrown);
    CHECK(control.state() == PlantState::unknown);
    CHECK(control.doing().empty());
    const auto again = rig.finish<StartResult>([&] { return control.start(); });
    CHECK_FALSE(again.error);
    CHECK(control.state() == PlantState::running);
}

TEST_CASE("operations say what they are doing") {
    Rig rig;
    rig.plan(Signal::p, 42);
    rig.begin();
    std::vector<std::string> said;
    const auto say = [&](std::string step) { said.push_back(std::move(step)); };
    REQUIRE(!rig.finish<StartResult>([&] { return rig.control->start(say); }).error);
    CHECK(said == std::vector<std::string>{"writing the setpoint", "enabling"});
    CHECK(rig.control->doing().empty());
    said.clear();
    rig.set(Rig::p_battery, 420);
    StopResult stopped;
    rig.tasks.spawn("stop", [&]() -> awaitable<void> { stopped = co_await rig.control->stop(say); });
    rig.clock.run_for(2500ms);
    CHECK(said == std::vector<std::string>{"zeroing", "waiting for decay, 0.0 s", "waiting for decay, 1.0 s",
                                           "waiting for decay, 2.0 s"});
    CHECK(rig.control->doing() == "waiting for decay, 2.0 s");
    rig.set(Rig::p_battery, 0);
    rig.clock.run_for(1s);
    CHECK(said.back() == "disabling");
    CHECK(stopped.disable_ok);
    CHECK(rig.control->doing().empty());
}

TEST_CASE(
    "what safety refuses is neither started, adopted nor given power, and stopped where found running") {
    error_code interlock = errc::estop_latched;
    Rig rig;
    PlantControl::Options options;
    options.anchor = rig.clock.now();
    options.on_start_running = config::OnStartRunning::adopt;
    PlantControl::Hooks hooks;
    hooks.interlock = [&] { return interlock; };
    PlantControl control(rig.clock, *rig.link, rig.endpoint, *rig.setpoints, options, std::move(hooks));
    rig.set(Rig::enable, 1);
    rig.set(Rig::p_setpoint, 420);
    rig.tasks.spawn("link", [&] { return rig.link->run(); });
    rig.tasks.spawn("dispatch", [&] { return control.run(); });
    rig.clock.run_for(5s);
    CHECK(rig.reg(Rig::enable) == 0);
    CHECK(rig.reg(Rig::p_setpoint) == 0);
    CHECK(control.state() == PlantState::stopped);
    CHECK_FALSE(control.set_dispatch_enabled(true));
    CHECK_FALSE(control.dispatch_enabled());
    CHECK(rig.finish<StartResult>([&] { return control.start(); }).error == errc::estop_latched);
    interlock = errc::plant_tripped;
    CHECK(rig.finish<StartResult>([&] { return control.start(); }).error == errc::plant_tripped);
    CHECK(rig.finish<error_code>([&] { return control.adopt(); }) == errc::plant_tripped);
    // Whoever enables it meanwhile.
    rig.set(Rig::enable, 1);
    rig.set(Rig::p_setpoint, 420);
    rig.clock.run_for(5s);
    CHECK(rig.reg(Rig::enable) == 0);
    CHECK(rig.reg(Rig::p_setpoint) == 0);
    interlock = {};
    CHECK(control.set_dispatch_enabled(true));
    CHECK_FALSE(rig.finish<StartResult>([&] { return control.start(); }).error);
    rig.tasks.cancel();
    rig.clock.settle();
}

TEST_CASE("a plant left running at first contact is adopted when asked for: its plan holds from then on") {
    PlantControl::Options options;
    options.on_start_running = config::OnStartRunning::leave;
    Rig rig(options);
    rig.plan(Signal::p, 100);
    rig.set(Rig::enable, 1);
    rig.set(Rig::p_setpoint, 420);
    rig.begin();
    rig.clock.run_for(10s);
    CHECK(rig.reg(Rig::p_setpoint) == 420);
    const auto adopt = [&] { return rig.finish<error_code>([&] { return rig.control->adopt(); }); };
    CHECK_FALSE(adopt());
    CHECK(rig.control->dispatch_enabled());
    CHECK(rig.control->desired() == Desired::running);
    CHECK(rig.control->state() == PlantState::running);
    CHECK(rig.reg(Rig::p_setpoint) == 1000);
    CHECK(rig.reg(Rig::enable) == 1);
    for (const auto& write : rig.writes)
        CHECK((write.address == Rig::p_setpoint || write.address == Rig::q_setpoint));  // no start sequence
    rig.plan(Signal::p, 50);
    rig.clock.run_for(2s);
    CHECK(rig.reg(Rig::p_setpoint) == 500);
    CHECK(adopt() == errc::already_running);
}

TEST_CASE("an adoption that fails does not take back a stop that has not succeeded yet") {
    Rig rig;
    rig.start_with(42, 5);
    const auto refuse_writes = [](const modbus::Request& r) -> std::optional<modbus::Response> {
        if (r.function != modbus::Function::write_single_register) return std::nullopt;
        return Rig::refuse(r, 4);
    };
    rig.on_request = refuse_writes;
    CHECK_FALSE(rig.finish<StopResult>([&] { return rig.control->stop(); }).disable_ok);
    CHECK(rig.finish<error_code>([&] { return rig.control->adopt(); }) == errc::setpoint_write_failed);
    rig.on_request = {};
    rig.clock.run_for(40s);
    CHECK(rig.reg(Rig::enable) == 0);
    CHECK(rig.control->state() == PlantState::stopped);
}

TEST_CASE("adopting what does not run, is not there or refuses its setpoint changes nothing") {
    PlantControl::Options options;
    options.on_start_running = config::OnStartRunning::leave;
    Rig rig(options);
    rig.plan(Signal::p, 100);
    const auto adopt = [&] { return rig.finish<error_code>([&] { return rig.control->adopt(); }); };
    CHECK(adopt() == errc::not_connected);
    rig.begin();
    rig.clock.run_for(2s);
    CHECK(adopt() == errc::not_running);
    rig.set(Rig::enable, 1);
    rig.clock.run_for(2s);
    rig.on_request = [](const modbus::Request& r) -> std::optional<modbus::Response> {
        if (r.function != modbus::Function::write_single_register) return std::nullopt;
        return Rig::refuse(r, 4);
    };
    CHECK(adopt() == errc::setpoint_write_failed);
    CHECK_FALSE(rig.control->dispatch_enabled());
    CHECK(rig.control->desired() == Desired::none);
    CHECK(rig.control->state() == PlantState::running);
    CHECK(rig.reg(Rig::enable) == 1);
}

TEST_CASE("an adoption that fails half way gives the plant back what it had, or stops it") {
    PlantControl::Options options;
    options.on_start_running = config::OnStartRunning::leave;
    Rig rig(options);
    rig.plan(Signal::p, 100);
    rig.plan(Signal::q, 7);
    rig.set(Rig::enable, 1);
    rig.set(Rig::p_setpoint, 420);
    rig.begin();
    rig.clock.run_for(2s);
    bool lost = false;
    rig.on_request = [&](const modbus::Request& r) -> std::optional<modbus::Response> {
        if (r.function != modbus::Function::write_single_register) return std::nullopt;
        if (r.address == Rig::q_setpoint) return Rig::refuse(r, 4);
        if (lost && r.address == Rig::p_setpoint && r.words[0] == 420) return Rig::refuse(r, 4);
        return std::nullopt;
    };
    const auto adopt = [&] { return rig.finish<error_code>([&] { return rig.control->adopt(); }); };
    SECTION("it takes its own setpoint back") {
        CHECK(adopt() == errc::setpoint_write_failed);
        CHECK(rig.writes == std::vector<Write>{{Rig::p_setpoint, 1000, {}}, {Rig::p_setpoint, 420, {}}});
        CHECK(rig.reg(Rig::p_setpoint) == 420);
        rig.clock.run_for(1min);
        CHECK(rig.reg(Rig::enable) == 1);
        CHECK(rig.control->desired() == Desired::none);
    }
    SECTION("it does not") {
        lost = true;
        CHECK(adopt() == errc::setpoint_write_failed);
        rig.clock.run_for(10s);
        CHECK(rig.reg(Rig::p_setpoint) == 0);
        CHECK(rig.reg(Rig::enable) == 0);
        CHECK(rig.control->state() == PlantState::stopped);
    }
}

TEST_CASE("dispatch that failed within the program means no power, not the last setpoint") {
    Rig rig;
    rig.start_with(42, 5);
    rig.control->dispatch_failed("no memory");
    rig.clock.run_for(35s);
    CHECK(rig.reg(Rig::p_setpoint) == 0);
    CHECK(rig.reg(Rig::enable) == 0);
    CHECK_FALSE(rig.control->dispatch_enabled());
    CHECK(rig.notices.back().text == "is stopped, was stopping");
}

TEST_CASE("forgetting a plant disables dispatch and makes the next session a first contact [AC-40]",
          "[AC-40]") {
    PlantControl::Options options;
    options.on_start_running = config::OnStartRunning::leave;
    Rig rig(options);
    rig.start_with(42, 5);
    rig.control->forget();
    CHECK_FALSE(rig.control->dispatch_enabled());
    CHECK(rig.control->state() == PlantState::stopped);
    CHECK(rig.control->desired() == Desired::none);
    CHECK(rig.control->observed().read_status() == ReadStatus::unknown);
    CHECK(rig.control->observed().stale(rig.clock.now()));
    CHECK_FALSE(rig.control->operating().has_value());
    CHECK(rig.control->status().last_status == WriteStatus::none);
    rig.clock.run_for(5s);
    CHECK(rig.count(NoticeKind::found_running) == 1);
    CHECK(rig.writes.empty());
}

}  // namespace hil::control
