#include "control/rig.hpp"

using namespace hil;
using namespace hil::control;
using schedule::Signal;

namespace {

const Endpoint plant_endpoint{"plant", 502};

}  // namespace

TEST_CASE(
    "after a reconnect the registers are read before anything is written and the setpoint is asserted "
    "again") {
    Rig rig;
    rig.start_with(42, 5);
    std::vector<bool> is_write;
    rig.on_request = [&](const modbus::Request& r) -> std::optional<modbus::Response> {
        is_write.push_back(r.function == modbus::Function::write_single_register);
        return std::nullopt;
    };
    rig.network.reset_connections(plant_endpoint);
    rig.set(Rig::p_setpoint, 0);  // the plant lost its setpoint meanwhile, and still runs
    rig.clock.run_for(1500ms);
    CHECK(rig.reg(Rig::p_setpoint) == 420);
    REQUIRE_FALSE(is_write.empty());
    CHECK_FALSE(is_write.front());
    CHECK(rig.control->state() == PlantState::running);
}

TEST_CASE("a plant that comes back no longer running is stopped, with dispatch disabled and a notice") {
    Rig rig;
    rig.start_with(42, 5);
    rig.network.reset_connections(plant_endpoint);
    rig.set(Rig::enable, 0);
    rig.set(Rig::p_setpoint, 0);
    rig.clock.run_for(10s);
    CHECK(rig.control->state() == PlantState::stopped);
    CHECK_FALSE(rig.control->dispatch_enabled());
    CHECK(rig.count(NoticeKind::lost_running) == 1);
    CHECK(rig.writes.empty());
    CHECK(rig.reg(Rig::enable) == 0);
}

TEST_CASE("a plant that comes back no longer running is started again where the configuration says so") {
    PlantControl::Options options;
    options.on_plant_restart = config::OnPlantRestart::restart;
    Rig rig(options);
    rig.start_with(42, 5);
    rig.network.reset_connections(plant_endpoint);
    rig.set(Rig::enable, 0);
    rig.set(Rig::p_setpoint, 0);
    rig.clock.run_for(10s);
    CHECK(rig.control->state() == PlantState::running);
    CHECK(rig.control->dispatch_enabled());
    CHECK(rig.reg(Rig::enable) == 1);
    CHECK(rig.reg(Rig::p_setpoint) == 420);
}

namespace {

// A plant that comes back no longer running, and refuses to be enabled until it is told otherwise.
struct Refusing : Rig {
    static PlantControl::Options options() {
        PlantControl::Options options;
        options.on_plant_restart = config::OnPlantRestart::restart;
        return options;
    }
    Refusing() : Rig(options()) {
        start_with(42, 5);
        on_request = [this](const modbus::Request& r) -> std::optional<modbus::Response> {
            if (r.function != modbus::Function::write_single_register || r.address != enable ||
                r.words[0] != 1)
                return std::nullopt;
            ++asked;
            return refusing ? std::optional(refuse(r, 4)) : std::nullopt;
        };
        network.reset_connections(plant_endpoint);
        set(enable, 0);
        clock.run_for(10s);
    }
    using Options = PlantControl::Options;
    bool refusing = true;
    int asked = 0;
};

}  // namespace

TEST_CASE("a restart that fails is told, and tried again with growing pauses until the plant runs") {
    Refusing rig;
    CHECK(rig.control->state() == PlantState::stopped);
    CHECK_FALSE(rig.control->dispatch_enabled());
    CHECK(rig.count(NoticeKind::restart_failed) == 1);
    const int at_first = rig.asked;
    rig.clock.run_for(30min);
    CHECK(rig.asked > at_first + 5);
    CHECK(rig.asked < at_first + 20);
    CHECK(rig.count(NoticeKind::restart_failed) == 1);  // the same again is nothing new
    rig.refusing = false;
    rig.clock.run_for(6min);
    CHECK(rig.control->state() == PlantState::running);
    CHECK(rig.control->dispatch_enabled());
    CHECK(rig.reg(Rig::p_setpoint) == 420);
    const int in_all = rig.asked;
    rig.clock.run_for(30min);
    CHECK(rig.asked == in_all);
}

TEST_CASE("a restart is given up as soon as somebody decides on the plant") {
    using Decision = std::function<void(Refusing&)>;
    const Decision decisions[] = {
        [](Refusing& rig) { CHECK(rig.stop().disable_ok); },
        [](Refusing& rig) {
            CHECK(rig.finish<StopResult>([&] { return rig.control->emergency_stop(); }).disable_ok);
        },
        [](Refusing& rig) { CHECK(rig.start().error == errc::enable_failed); },
        [](Refusing& rig) { rig.control->forget(); },
    };
    for (const auto& decide : decisions) {
        Refusing rig;
        decide(rig);
        rig.refusing = false;
        const int before = rig.asked;
        rig.clock.run_for(30min);
        CHECK(rig.asked == before);
        CHECK(rig.reg(Rig::enable) == 0);
    }
}

TEST_CASE("a stop that could not reach the plant is asserted when the plant is reached again") {
    Rig rig;
    rig.start_with(42, 5);
    rig.server.reset();
    rig.clock.run_for(1s);
    CHECK_FALSE(rig.stop().disable_ok);
    CHECK(rig.control->state() == PlantState::unknown);
    CHECK(rig.reg(Rig::enable) == 1);
    rig.serve();
    rig.clock.run_for(60s);
    CHECK(rig.reg(Rig::enable) == 0);
    CHECK(rig.reg(Rig::p_setpoint) == 0);
    CHECK(rig.control->state() == PlantState::stopped);
    CHECK(rig.count(NoticeKind::stop_asserted) == 1);
}

TEST_CASE("a plant found running at first contact is handled as the configuration says") {
    struct Case {
        config::OnStartRunning policy;
        PlantState state;
        std::int16_t enable;
    };
    for (const auto& c : {Case{config::OnStartRunning::safe_stop, PlantState::stopped, 0},
                          Case{config::OnStartRunning::adopt, PlantState::running, 1},
                          Case{config::OnStartRunning::leave, PlantState::running, 1}}) {
        PlantControl::Options options;
        options.on_start_running = c.policy;
        Rig rig(options);
        rig.set(Rig::enable, 1);
        rig.set(Rig::p_setpoint, 420);
        rig.begin();
        rig.clock.run_for(10s);
        CHECK(rig.count(NoticeKind::found_running) == 1);
        CHECK(rig.control->state() == c.state);
        CHECK(rig.reg(Rig::enable) == c.enable);
        CHECK(rig.reg(Rig::p_setpoint) == (c.enable ? 420 : 0));
    }
}

TEST_CASE("a plant switched off by somebody else is shown as stopped and dispatch ends") {
    Rig rig;
    rig.start_with(42, 5);
    rig.set(Rig::enable, 0);
    rig.clock.run_for(2s);
    CHECK(rig.control->state() == PlantState::stopped);
    CHECK_FALSE(rig.control->dispatch_enabled());
    CHECK(rig.count(NoticeKind::lost_running) == 1);
}

TEST_CASE("a value decided before a stop is never written after its zero, in 1000 random interleavings") {
    Random random(20251001);
    for (int i = 0; i < 1000; ++i) {
        PlantControl::Options options;
        options.period = 100ms;
        options.decay_poll = 50ms;
        Rig rig(options);
        const auto forth = std::chrono::microseconds(random.below(30'000));
        const auto back = std::chrono::microseconds(random.below(30'000));
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
        const auto result = rig.stop();
        rig.clock.run_for(1s);
        CHECK(result.disable_ok);
        std::size_t first_zero = 0;
        while (first_zero < rig.writes.size() && !(rig.writes[first_zero] == Write{Rig::p_setpoint, 0, {}}))
            ++first_zero;
        REQUIRE(first_zero < rig.writes.size());
        for (std::size_t k = first_zero; k < rig.writes.size(); ++k) {
            const auto& w = rig.writes[k];
            if (w.address == Rig::p_setpoint || w.address == Rig::q_setpoint) CHECK(w.value == 0);
        }
        if (i % 100 == 0) INFO("interleaving " << i);
    }
}

TEST_CASE("who waits for a plant to be ready waits for the stop of one that was found running") {
    Rig rig;
    rig.set(Rig::enable, 1);
    rig.set(Rig::p_setpoint, 420);
    rig.set(Rig::p_battery, 420);
    bool ready = false;
    rig.tasks.spawn("waiter", [&]() -> awaitable<void> {
        ready = co_await rig.control->ready(rig.clock.io_now() + 1min);
    });
    rig.begin();
    rig.clock.run_for(5s);
    CHECK_FALSE(ready);
    rig.set(Rig::p_battery, 0);
    rig.clock.run_for(1s);
    CHECK(ready);
    CHECK(rig.control->state() == PlantState::stopped);
    CHECK(rig.reg(Rig::enable) == 0);
}

TEST_CASE(
    "a plant enabled by somebody else is shown as running and given no power, dispatch enabled or not") {
    Rig rig;
    rig.plan(Signal::p, 42);
    rig.begin();
    rig.clock.run_for(2s);
    rig.set(Rig::enable, 1);
    rig.control->set_dispatch_enabled(true);
    rig.clock.run_for(10s);
    CHECK(rig.control->state() == PlantState::running);
    CHECK(rig.writes.empty());
}
