// Stops that are owed: found by simulated sites, kept here as the shortest story of each.
#include "control/rig.hpp"

#include <boost/asio/error.hpp>

namespace hil::control {

TEST_CASE("a stop whose disabling is not answered is tried again until the plant is seen disabled") {
    Rig rig;
    rig.start_with(100, 0);
    bool deaf = true;
    rig.on_request = [&](const modbus::Request& request) -> std::optional<modbus::Response> {
        if (deaf && request.address == Rig::enable &&
            request.function == modbus::Function::write_single_register)
            return Rig::refuse(request, 6);
        return std::nullopt;
    };
    CHECK_FALSE(rig.stop().disable_ok);
    CHECK(rig.control->state() == PlantState::unknown);
    rig.clock.run_for(10s);
    CHECK(rig.reg(Rig::enable) == 1);
    deaf = false;
    rig.clock.run_for(4s);
    CHECK(rig.reg(Rig::enable) == 0);
    CHECK(rig.control->state() == PlantState::stopped);
    CHECK(rig.count(NoticeKind::stop_owed) == 1);
    CHECK(rig.count(NoticeKind::stop_confirmed) == 1);
    rig.writes.clear();
    rig.clock.run_for(20s);
    CHECK(rig.writes.empty());
}

TEST_CASE("a stopped plant that somebody else enabled is shown as running and given no power") {
    Rig rig;
    rig.start_with(100, 20);
    REQUIRE(rig.stop().disable_ok);
    rig.set(Rig::enable, 1);
    rig.clock.run_for(4s);
    CHECK(rig.control->state() == PlantState::running);
    rig.writes.clear();
    rig.control->set_dispatch_enabled(true);
    rig.clock.run_for(10s);
    CHECK(rig.writes.empty());
    CHECK(rig.reg(Rig::p_setpoint) == 0);
}

TEST_CASE("a stop that a start took over from is owed again when that start comes to nothing") {
    Rig rig;
    rig.start_with(100, 20);
    rig.set(Rig::p_battery, 1000);  // power does not decay: the stop waits before it disables
    rig.tasks.spawn("stop", [&]() -> awaitable<void> { (void)co_await rig.control->stop(); });
    rig.clock.run_for(1s);
    REQUIRE(rig.control->state() == PlantState::stopping);
    bool deaf = true;
    rig.on_request = [&](const modbus::Request& request) -> std::optional<modbus::Response> {
        if (deaf && request.address == Rig::p_setpoint) return Rig::refuse(request, 6);
        return std::nullopt;
    };
    rig.control->set_dispatch_enabled(true);
    CHECK(rig.start().error == errc::setpoint_write_failed);
    deaf = false;
    rig.set(Rig::p_battery, 0);
    rig.clock.run_for(40s);
    CHECK(rig.reg(Rig::enable) == 0);
    CHECK(rig.reg(Rig::p_setpoint) == 0);
    CHECK(rig.control->state() == PlantState::stopped);
}

TEST_CASE("a setpoint that another master writes during a safe stop is zeroed again at once") {
    Rig rig;
    rig.start_with(100, 20);
    rig.set(Rig::p_battery, 1000);
    rig.tasks.spawn("stop", [&]() -> awaitable<void> { (void)co_await rig.control->stop(); });
    rig.clock.run_for(1s);
    REQUIRE(rig.reg(Rig::p_setpoint) == 0);
    rig.set(Rig::p_setpoint, -2500);
    rig.clock.run_for(1s);
    CHECK(rig.reg(Rig::p_setpoint) == 0);
    CHECK(rig.control->state() == PlantState::stopping);
}

TEST_CASE("a setpoint that waits for an unreadable enable register after a reconnect gets its alarm") {
    Rig rig;
    rig.start_with(100, 20);
    rig.on_request = [&](const modbus::Request& request) -> std::optional<modbus::Response> {
        if (request.address == Rig::enable && request.function == modbus::Function::read_holding_registers)
            return Rig::refuse(request, 2);
        return std::nullopt;
    };
    rig.server->close_connections();
    rig.clock.run_for(40s);
    CHECK(rig.count(NoticeKind::unconfirmed) == 1);
}

TEST_CASE("a start without a link leaves the stop under way alone") {
    Rig rig;
    rig.start_with(100, 20);
    rig.set(Rig::p_battery, 1000);
    StopResult stopped;
    rig.tasks.spawn("stop", [&]() -> awaitable<void> { stopped = co_await rig.control->stop(); });
    rig.clock.run_for(1s);
    rig.network.on_dial = [](const Endpoint&) {
        return MemoryNetwork::Dial{
            .refuse = asio::error::connection_refused, .to_server = {}, .to_client = {}};
    };
    rig.server->close_connections();
    rig.clock.run_for(1s);
    REQUIRE(rig.link->status().state != plant::LinkState::connected);
    CHECK(rig.start().error == errc::not_connected);
    rig.network.on_dial = {};
    rig.clock.run_for(60s);
    CHECK(stopped.error != errc::superseded);
    CHECK(rig.reg(Rig::enable) == 0);
}

}  // namespace hil::control
