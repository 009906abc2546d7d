// Plants whose map has no reactive power: nothing of it is asked for, read or waited for.
#include "control/rig.hpp"

#include <algorithm>

namespace hil::control {
namespace {

using schedule::Signal;

config::ModbusEndpoint without(std::initializer_list<std::string_view> names) {
    auto endpoint = lib_endpoint();
    std::erase_if(endpoint.points, [&](const config::Point& point) {
        return std::ranges::find(names, point.name) != names.end();
    });
    return endpoint;
}

bool touched_q(const Rig& rig) {
    return std::ranges::any_of(rig.writes, [](const Write& w) { return w.address == Rig::q_setpoint; });
}

}  // namespace

TEST_CASE("a plant without reactive power starts, follows its plan, confirms it and stops") {
    Rig rig({}, config::ScheduleSource::manual, without({"q_setpoint", "q_battery", "q_poi"}));
    rig.plan(Signal::p, 100);
    rig.plan(Signal::q, 40);  // of another transport, where the plant has it
    rig.begin();
    rig.control->set_dispatch_enabled(true);
    const auto started = rig.start();
    REQUIRE_FALSE(started.error);
    CHECK(started.initial_q_kvar == 0);
    rig.clock.run_for(5s);
    CHECK(rig.reg(Rig::p_setpoint) == 1000);
    CHECK(rig.control->status().p.confirmed);
    CHECK(rig.control->status().q.confirmed);
    CHECK(rig.control->statistics().unconfirmed < 2s);
    CHECK_FALSE(rig.control->status().setpoint->q.changed());
    const auto stopped = rig.stop();
    CHECK(stopped.threshold_reached);
    CHECK(stopped.disable_ok);
    CHECK(rig.reg(Rig::p_setpoint) == 0);
    CHECK(rig.control->status().last_status == WriteStatus::ok);
    CHECK_FALSE(touched_q(rig));
}

TEST_CASE("an emergency stop of a plant without reactive power writes what it has") {
    Rig rig({}, config::ScheduleSource::manual, without({"q_setpoint", "q_battery", "q_poi"}));
    rig.plan(Signal::p, 100);
    rig.begin();
    rig.control->set_dispatch_enabled(true);
    REQUIRE_FALSE(rig.start().error);
    rig.clock.run_for(3s);
    const auto stopped = rig.finish<StopResult>([&rig] { return rig.control->emergency_stop(); });
    CHECK(stopped.disable_ok);
    CHECK(rig.reg(Rig::p_setpoint) == 0);
    CHECK(rig.reg(Rig::enable) == 0);
    CHECK(rig.control->status().last_status == WriteStatus::ok);
    CHECK_FALSE(touched_q(rig));
}

TEST_CASE("reactive power that is dispatched and not measured is not waited for") {
    Rig rig({}, config::ScheduleSource::manual, without({"q_battery"}));
    rig.plan(Signal::p, 100);
    rig.plan(Signal::q, 40);
    rig.begin();
    rig.control->set_dispatch_enabled(true);
    REQUIRE_FALSE(rig.start().error);
    rig.clock.run_for(3s);
    CHECK(rig.reg(Rig::q_setpoint) == 400);
    const auto stopped = rig.stop();
    CHECK(stopped.threshold_reached);
    CHECK(rig.reg(Rig::q_setpoint) == 0);
}

TEST_CASE("a setpoint register that holds what cannot be is put right") {
    Rig rig;
    rig.plan(Signal::p, 100);
    rig.begin();
    rig.control->set_dispatch_enabled(true);
    REQUIRE_FALSE(rig.start().error);
    rig.clock.run_for(3s);
    rig.set(Rig::p_setpoint, -32768);  // by somebody else
    rig.clock.run_for(3s);
    CHECK(rig.reg(Rig::p_setpoint) == 1000);
}

}  // namespace hil::control
