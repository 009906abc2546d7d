#include "control/rig.hpp"

using namespace hil;
using namespace hil::control;
using schedule::Signal;

TEST_CASE("registers that hold the setpoint already are not written and no attempt is published [AC-27]",
          "[AC-27]") {
    Rig rig;
    rig.start_with(42, 5);
    const auto attempt = rig.control->status().last_attempt_at;
    rig.clock.run_for(30s);
    CHECK(rig.writes.empty());
    CHECK(rig.control->status().last_attempt_at == attempt);
    CHECK(rig.control->status().dispatch_enabled);
    CHECK(rig.control->status().p.source == CompareSource::readback);
    CHECK(rig.control->status().p.mismatch == false);
}

TEST_CASE("registers overwritten by somebody else are put right within one period [AC-28]", "[AC-28]") {
    Rig rig;
    rig.start_with(42, 5);
    rig.clock.run_for(2500ms);
    rig.set(Rig::p_setpoint, 70);
    rig.set(Rig::q_setpoint, -30);
    rig.clock.run_for(1s);
    CHECK(rig.writes == std::vector<Write>{{Rig::p_setpoint, 420, {}}, {Rig::q_setpoint, 50, {}}});
    CHECK(rig.reg(Rig::p_setpoint) == 420);
    CHECK(rig.control->status().last_status == WriteStatus::ok);
}

TEST_CASE(
    "setpoints the plant refuses to read are written once per signal, and again after a reconnect [AC-29]",
    "[AC-29]") {
    Rig rig;
    rig.plan(Signal::p, 42);
    rig.plan(Signal::q, 5);
    rig.on_request = [&](const modbus::Request& r) -> std::optional<modbus::Response> {
        const bool reads_setpoint = r.function == modbus::Function::read_holding_registers &&
                                    r.address <= Rig::q_setpoint && r.address + r.count > Rig::p_setpoint;
        return reads_setpoint ? std::optional(Rig::refuse(r, 2)) : std::nullopt;
    };
    rig.begin();
    rig.control->set_dispatch_enabled(true);
    REQUIRE(!rig.start().error);
    rig.clock.run_for(30s);
    CHECK(std::count(rig.writes.begin(), rig.writes.end(), Write{Rig::p_setpoint, 420, {}}) == 1);
    CHECK(std::count(rig.writes.begin(), rig.writes.end(), Write{Rig::q_setpoint, 50, {}}) == 1);
    CHECK(rig.control->status().p.source == CompareSource::cache_fallback);
    CHECK_FALSE(rig.control->status().p.mismatch.has_value());

    rig.writes.clear();
    rig.network.reset_connections({"plant", 502});
    rig.clock.run_for(30s);
    CHECK(rig.writes == std::vector<Write>{{Rig::p_setpoint, 420, {}}, {Rig::q_setpoint, 50, {}}});
}

TEST_CASE("a failed write leaves the cycle partial and is tried again until it succeeds [AC-30][D-08]",
          "[AC-30][D-08]") {
    Rig rig;
    rig.start_with(42, 5);
    bool refusing = true;
    rig.on_request = [&](const modbus::Request& r) -> std::optional<modbus::Response> {
        if (r.function == modbus::Function::write_single_register && r.address == Rig::p_setpoint &&
            refusing) {
            return Rig::refuse(r, 4);
        }
        return std::nullopt;
    };
    rig.clock.run_for(2500ms);
    rig.set(Rig::p_setpoint, 0);
    rig.set(Rig::q_setpoint, 0);
    rig.clock.run_for(1s);
    CHECK(rig.control->status().last_status == WriteStatus::partial);
    CHECK(rig.control->status().last_error.find("setpoint_write_partial_failure") == 0);
    CHECK(rig.reg(Rig::q_setpoint) == 50);
    CHECK(rig.reg(Rig::p_setpoint) == 0);
    refusing = false;
    rig.clock.run_for(1s);
    CHECK(rig.control->status().last_status == WriteStatus::ok);
    CHECK(rig.reg(Rig::p_setpoint) == 420);
}

TEST_CASE(
    "a setpoint beyond the plant's limit is clamped and said so; one that is no number is 0 and a failure "
    "[AC-33][D-08]",
    "[AC-33][D-08]") {
    Rig rig;
    rig.start_with(0, 0);
    rig.plan(Signal::p, 1500);
    rig.clock.run_for(5ms);
    CHECK(rig.reg(Rig::p_setpoint) == 10000);
    CHECK(rig.control->status().setpoint->p.limit == schedule::Limit::p_max);
    CHECK(rig.count(NoticeKind::limited) == 1);
    rig.plan(Signal::p, std::numeric_limits<double>::quiet_NaN());
    rig.clock.run_for(5ms);
    CHECK(rig.reg(Rig::p_setpoint) == 0);
    CHECK(rig.control->status().last_status == WriteStatus::failed);
    CHECK(rig.control->status().last_error.find("not a number") != std::string::npos);
}

TEST_CASE("a plan edit reaches the register at once, not at the next period") {
    PlantControl::Options options;
    options.period = 10s;
    Rig rig(options);
    rig.start_with(42, 5);
    rig.clock.run_for(3s);
    rig.plan(Signal::p, 77);
    const auto edited = rig.clock.wall_now();
    rig.clock.run_for(50ms);
    REQUIRE(rig.writes.size() == 1);
    CHECK(rig.writes.front().value == 770);
    CHECK(rig.writes.front().at - edited < 50ms);
}

TEST_CASE("a step of the plan between two periods is dispatched at its own instant") {
    PlantControl::Options options;
    options.period = 10s;
    Rig rig(options);
    rig.start_with(42, 5);
    rig.store.set_manual(0, Signal::p, schedule::Series({{wall(9), 42}, {wall(10, 1, 3), 10}}, wall(12)),
                         "test");
    rig.clock.run_for(2min);
    REQUIRE(rig.writes.size() == 1);
    CHECK(rig.writes.front().at == wall(10, 1, 3));
}

TEST_CASE("when the plan ends the plant is sent 0, not the last value") {
    Rig rig;
    rig.start_with(42, 5);
    rig.plan(Signal::p, 42, wall(9), wall(10, 0, 30));
    rig.clock.run_for(29s);
    CHECK(rig.reg(Rig::p_setpoint) == 420);
    rig.clock.run_for(2s);
    CHECK(rig.reg(Rig::p_setpoint) == 0);
    CHECK(rig.control->status().setpoint->p.active.reason == schedule::Reason::plan_ended);
}

TEST_CASE("disabling dispatch freezes the last setpoint in the plant") {
    Rig rig;
    rig.start_with(42, 5);
    rig.control->set_dispatch_enabled(false);
    rig.plan(Signal::p, 99);
    rig.clock.run_for(30s);
    CHECK(rig.writes.empty());
    CHECK(rig.reg(Rig::p_setpoint) == 420);
    CHECK(rig.control->state() == PlantState::running);
}

TEST_CASE("disabling dispatch while a setpoint is on its way ends what was decided with it") {
    Rig rig;
    rig.start_with(42, 5);
    const auto back = rig.reconnect();
    back->latency = 100ms;
    rig.writes.clear();
    rig.plan(Signal::q, 9);
    rig.plan(Signal::p, 77);
    while (rig.writes.empty())
        rig.clock.run_for(10ms);
    int notified = 0;
    rig.on_setpoint = [&](const Setpoint&, bool, bool) { ++notified; };
    rig.control->set_dispatch_enabled(false);  // P has arrived and is not yet acknowledged, Q is to follow
    rig.clock.run_for(10s);
    CHECK(rig.writes.size() == 1);
    CHECK(notified == 0);
    CHECK_FALSE(rig.control->status().setpoint);
}

TEST_CASE("nothing is written to a plant that does not run, dispatch enabled or not") {
    Rig rig;
    rig.plan(Signal::p, 42);
    rig.begin();
    rig.control->set_dispatch_enabled(true);
    rig.clock.run_for(30s);
    CHECK(rig.writes.empty());
}

TEST_CASE("a setpoint that is not confirmed for longer than the bound raises an alarm, and time is counted") {
    PlantControl::Options options;
    options.unconfirmed_alarm = 10s;
    Rig rig(options);
    rig.start_with(42, 5);
    rig.on_request = [&](const modbus::Request& r) -> std::optional<modbus::Response> {
        if (r.function == modbus::Function::write_single_register)
            return modbus::Response{
                .unit = r.unit, .function = r.function, .words = r.words, .bits = {}, .address = r.address};
        return std::nullopt;  // acknowledged, and not done
    };
    rig.plan(Signal::p, 50);
    rig.clock.run_for(9s);
    CHECK(rig.count(NoticeKind::unconfirmed) == 0);
    rig.clock.run_for(3s);
    CHECK(rig.count(NoticeKind::unconfirmed) == 1);
    rig.on_request = {};
    // What stands there is less of the same sign: it is written again after 3, 8 and 15 s.
    rig.clock.run_for(5s);
    CHECK(rig.count(NoticeKind::confirmed_again) == 1);
    CHECK(to_seconds(rig.control->statistics().unconfirmed) == Approx(15).margin(1.5));
}
