#include "control/rig.hpp"
#include "plant/errors.hpp"

using namespace hil;
using namespace hil::control;
using schedule::Signal;

TEST_CASE("a start with dispatch disabled runs the start sequence and writes no setpoint [AC-34]",
          "[AC-34]") {
    Rig rig;
    rig.plan(Signal::p, 12.5);
    rig.begin();
    const auto result = rig.start();
    CHECK(!result.error);
    CHECK(result.setpoint_write_skipped);
    CHECK(rig.writes == std::vector<Write>{{Rig::stop_command, 0, {}}, {Rig::enable, 1, {}}});
    CHECK(rig.control->state() == PlantState::running);
    CHECK_FALSE(rig.control->dispatch_enabled());
    CHECK(rig.control->status().last_status == WriteStatus::skipped);
    CHECK(rig.control->status().last_error == "dispatch_paused");
}

TEST_CASE("a start with dispatch disabled zeroes setpoints that are not zero before it enables [AC-34]",
          "[AC-34]") {
    Rig rig;
    rig.set(Rig::p_setpoint, 333);
    rig.begin();
    CHECK(!rig.start().error);
    CHECK(rig.writes ==
          std::vector<Write>{{Rig::p_setpoint, 0, {}}, {Rig::stop_command, 0, {}}, {Rig::enable, 1, {}}});
}

TEST_CASE("a start with dispatch enabled writes the plan's setpoint before it enables [AC-35]", "[AC-35]") {
    Rig rig;
    rig.plan(Signal::p, 12.5);
    rig.plan(Signal::q, -3);
    rig.begin();
    rig.control->set_dispatch_enabled(true);
    const auto result = rig.start();
    CHECK(!result.error);
    CHECK(result.enable_ok);
    CHECK(result.setpoint_write_ok);
    CHECK(result.initial_p_kw == 12.5);
    CHECK(result.initial_q_kvar == -3.0);
    CHECK(rig.writes == std::vector<Write>{{Rig::p_setpoint, 125, {}},
                                           {Rig::q_setpoint, -30, {}},
                                           {Rig::stop_command, 0, {}},
                                           {Rig::enable, 1, {}}});
}

TEST_CASE("an enable the plant refuses fails the start and leaves the plant stopped [AC-36]", "[AC-36]") {
    Rig rig;
    rig.begin();
    rig.on_request = [](const modbus::Request& r) -> std::optional<modbus::Response> {
        if (r.function == modbus::Function::write_single_register && r.address == Rig::enable &&
            r.words[0] == 1) {
            return Rig::refuse(r, 4);
        }
        return std::nullopt;
    };
    const auto result = rig.start();
    CHECK(result.error == errc::enable_failed);
    CHECK(result.error.message() == "enable_failed");
    CHECK(rig.control->state() == PlantState::stopped);
    CHECK(rig.reg(Rig::stop_command) == 1);  // what the sequence began is taken back
}

TEST_CASE("what a step of a sequence wrote is verified by its registers, not by the number they stand for") {
    auto endpoint = lib_endpoint();
    const auto point = [](const char* name, std::uint16_t address, config::Format format, double scale) {
        config::Point p;
        p.name = name;
        p.address = address;
        p.format = format;
        p.access = config::Access::read_write;
        p.eng_per_count = scale;
        return p;
    };
    endpoint.points.push_back(point("droop", 400, config::Format::float32, 1));
    endpoint.points.push_back(point("ramp", 402, config::Format::int16, 0.1));
    // Neither 0.1 in float32 nor 1.25 in counts of 0.1 is read back as the number that was written.
    endpoint.start_sequence = {{"droop", 0.1, true}, {"ramp", 1.25, true}, {"enable", 1, true}};
    Rig rig({}, config::ScheduleSource::manual, endpoint);
    rig.begin();
    const auto result = rig.start();
    INFO(result.error.message());
    CHECK(!result.error);
    CHECK(rig.control->state() == PlantState::running);

    CHECK(rig.stop().disable_ok);
    rig.on_request = [&](const modbus::Request& r) -> std::optional<modbus::Response> {
        if (r.function == modbus::Function::write_single_register && r.address == 402) {
            modbus::Request other = r;
            other.words[0] = 11;
            return modbus::execute(rig.bank, other);
        }
        return std::nullopt;
    };
    CHECK(rig.start().error == errc::enable_failed);
}

TEST_CASE("an enable that is never answered leaves the plant unknown and the stop sequence is tried [AC-36]",
          "[AC-36]") {
    Rig rig;
    rig.begin();
    bool cut = false;
    rig.on_request = [&](const modbus::Request& r) -> std::optional<modbus::Response> {
        if (!cut && r.function == modbus::Function::write_single_register && r.address == Rig::enable) {
            cut = true;
            rig.network.reset_connections({"plant", 502});
        }
        return std::nullopt;
    };
    const auto result = rig.start();
    CHECK(result.error == errc::enable_failed);
    CHECK(rig.control->state() == PlantState::unknown);
    // The plant may have been enabled by the lost write: after the reconnect the wanted stop is asserted.
    rig.clock.run_for(10s);
    CHECK(rig.reg(Rig::enable) == 0);
    CHECK(rig.control->state() == PlantState::stopped);
}

TEST_CASE("a safe stop zeroes, waits and disables in this order, and says so when neither worked [AC-37]",
          "[AC-37]") {
    Rig rig;
    rig.start_with(42, 5);
    rig.set(Rig::p_battery, 420);  // never decays
    rig.on_request = [&](const modbus::Request& r) -> std::optional<modbus::Response> {
        if (r.function == modbus::Function::write_single_register && r.address == Rig::enable) {
            rig.writes.push_back({r.address, static_cast<std::int16_t>(r.words[0]), rig.clock.wall_now()});
            return Rig::refuse(r, 4);
        }
        return std::nullopt;
    };
    const auto before = rig.clock.wall_now();
    const auto result = rig.stop();
    CHECK_FALSE(result.threshold_reached);
    CHECK_FALSE(result.disable_ok);
    CHECK(rig.control->state() == PlantState::unknown);
    CHECK_FALSE(rig.control->dispatch_enabled());
    REQUIRE(rig.writes.size() >= 3);
    CHECK(rig.writes[0] == Write{Rig::p_setpoint, 0, {}});
    CHECK(rig.writes[1] == Write{Rig::q_setpoint, 0, {}});
    CHECK(rig.writes[2] == Write{Rig::enable, 0, {}});
    CHECK(rig.writes[1].at - before < 1s);
    CHECK(rig.writes[2].at - before >= 29s);
    CHECK(rig.writes[2].at - before <= 31s);
}

TEST_CASE("a safe stop disables as soon as the power has decayed") {
    Rig rig;
    rig.start_with(42, 5);
    rig.set(Rig::p_battery, 9);  // 0.9 kW is below the threshold
    const auto result = rig.stop();
    CHECK(result.threshold_reached);
    CHECK(result.disable_ok);
    CHECK(rig.control->state() == PlantState::stopped);
    CHECK(rig.reg(Rig::enable) == 0);
    CHECK(rig.reg(Rig::stop_command) == 1);
}

TEST_CASE("how much is little enough to switch off is the model's") {
    struct Case {
        double threshold;
        int p, q;  // tenths, as the registers hold them
        bool reached;
    };
    for (const Case& c :
         {Case{5, 49, 0, true}, Case{5, -49, 49, true}, Case{5, 50, 0, false}, Case{5, 0, -51, false},
          Case{0.5, 9, 0, false}, Case{0.5, 4, 4, true}, Case{250, 2400, -2400, true}}) {
        INFO(c.threshold << " " << c.p << " " << c.q);
        PlantControl::Options options;
        options.stop_threshold_kw = c.threshold;
        Rig rig(options);
        rig.start_with(42, 5);
        rig.set(Rig::p_battery, c.p);
        rig.set(Rig::q_battery, c.q);
        const auto before = rig.clock.wall_now();
        const auto result = rig.stop();
        CHECK(result.threshold_reached == c.reached);
        CHECK(result.disable_ok);
        CHECK((rig.clock.wall_now() - before < 2s) == c.reached);
    }
}

TEST_CASE("without a link the wait for decay ends after one attempt [AC-38][D-36]", "[AC-38][D-36]") {
    Rig rig;
    rig.begin();
    rig.server.reset();
    rig.clock.run_for(1s);
    const auto before = rig.clock.now();
    const auto result = rig.stop();
    CHECK_FALSE(result.threshold_reached);
    CHECK_FALSE(result.disable_ok);
    CHECK(rig.clock.now() - before <= 20ms);
    CHECK(rig.control->state() == PlantState::unknown);
}

TEST_CASE("a stop during a start wins: nothing non-zero is written after its zero") {
    for (int delay_us = 0; delay_us < 4000; delay_us += 50) {
        Rig rig;
        rig.network.on_dial = [](const Endpoint&) {
            MemoryNetwork::Dial dial;
            dial.to_server.latency = dial.to_client.latency = 150us;
            return dial;
        };
        rig.plan(Signal::p, 42);
        rig.plan(Signal::q, 5);
        rig.begin();
        rig.control->set_dispatch_enabled(true);
        rig.tasks.spawn("start", [&]() -> awaitable<void> { (void)co_await rig.control->start(); });
        rig.clock.run_for(std::chrono::microseconds(delay_us));
        const auto result = rig.stop();
        CHECK(result.disable_ok);
        rig.clock.run_for(5s);
        CHECK(rig.control->state() == PlantState::stopped);
        CHECK(rig.reg(Rig::enable) == 0);
        CHECK(rig.reg(Rig::p_setpoint) == 0);
        CHECK(rig.reg(Rig::q_setpoint) == 0);
    }
}

TEST_CASE("observations age and failures are counted while the last values are kept [AC-42][D-28]",
          "[AC-42][D-28]") {
    ObservedState observed;
    const Instant t0{100s};
    observed.succeeded(t0, true);
    observed.failed(t0 + 1s, ReadStatus::read_error, modbus::errc::timeout);
    CHECK(observed.enabled(t0 + 1s) == true);
    CHECK_FALSE(observed.stale(t0 + 1s));
    CHECK(observed.consecutive_failures() == 1);
    observed.failed(t0 + 5s, ReadStatus::read_error, modbus::errc::timeout);
    CHECK(observed.stale(t0 + 5s));
    CHECK_FALSE(observed.enabled(t0 + 5s).has_value());
    CHECK(observed.consecutive_failures() == 2);
    observed.succeeded(t0 + 6s, true);
    CHECK(observed.consecutive_failures() == 0);
    CHECK_FALSE(observed.last_error());
}

TEST_CASE("a value keeps its own age: others that arrive do not make it fresh [D-18]", "[D-18]") {
    ObservedState observed;
    const Instant t0{100s};
    observed.succeeded(t0, true);
    observed.succeeded(t0 + 2s, std::nullopt);  // the enable register was not in it
    observed.measured(t0 + 4s, 10, 0);
    CHECK(observed.enabled(t0 + 3s) == true);
    CHECK_FALSE(observed.stale(t0 + 5s));
    CHECK_FALSE(observed.enabled(t0 + 5s).has_value());
    observed.succeeded(t0 + 6s, false);
    CHECK(observed.enabled(t0 + 6s) == false);
}

TEST_CASE("registers that are all refused are a failed observation, not a good one without values [D-18]",
          "[D-18]") {
    Rig rig;
    rig.start_with(42, 5);
    bool refusing = true;
    rig.on_request = [&](const modbus::Request& r) -> std::optional<modbus::Response> {
        if (refusing && r.function == modbus::Function::read_holding_registers) return Rig::refuse(r, 2);
        return std::nullopt;
    };
    rig.clock.run_for(10s);
    CHECK(rig.control->observed().read_status() == ReadStatus::read_error);
    CHECK(rig.control->observed().last_error() == plant::errc::refused_point);
    CHECK(rig.control->observed().consecutive_failures() >= 9);
    CHECK(rig.control->observed().stale(rig.clock.now()));
    CHECK_FALSE(rig.control->operating().has_value());
    refusing = false;
    rig.clock.run_for(2min);  // refused points are asked for again after a minute
    CHECK(rig.control->observed().read_status() == ReadStatus::ok);
    CHECK(rig.control->operating() == true);
}

TEST_CASE("a plant is observed all the while that a stop waits for its power to decay [D-18]", "[D-18]") {
    Rig rig;
    rig.start_with(42, 5);
    rig.set(Rig::p_battery, 420);  // never decays
    rig.tasks.spawn("stop", [&]() -> awaitable<void> { (void)co_await rig.control->stop(); });
    for (int i = 0; i < 250; ++i) {
        rig.clock.run_for(100ms);
        REQUIRE(rig.control->state() == PlantState::stopping);
        CHECK(rig.control->observed().age(rig.clock.now()).value() <= 1500ms);
        CHECK(rig.control->operating() == true);
    }
}

TEST_CASE("the life cycle follows the observed enable register by its table") {
    using enum PlantState;
    struct Case {
        PlantState from, on, off;
    };
    for (const auto& c : {Case{starting, running, starting}, Case{stopping, stopping, stopped},
                          Case{running, running, stopped}, Case{stopped, running, stopped},
                          Case{unknown, running, stopped}}) {
        CHECK(reconcile(c.from, true) == c.on);
        CHECK(reconcile(c.from, false) == c.off);
        CHECK(reconcile(c.from, std::nullopt) == c.from);
    }
}
