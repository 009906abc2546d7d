// Devices that refuse, limit, round or show setpoints late, under the dispatch and at a start: what reaches
// their registers, and what is told.
#include "control/rig.hpp"
#include "plant/errors.hpp"

#include <cmath>

using namespace hil;
using namespace hil::control;
using schedule::Signal;

namespace {

bool writes_to(const modbus::Request& request, std::uint16_t address) {
    return request.function == modbus::Function::write_single_register && request.address == address;
}

// Refuses what is beyond; the register keeps what it has.
void refuse_beyond(Rig& rig, std::uint16_t address, int most, std::uint8_t code) {
    rig.on_request = [address, most, code](const modbus::Request& r) -> std::optional<modbus::Response> {
        if (writes_to(r, address) && std::abs(static_cast<std::int16_t>(r.words[0])) > most)
            return Rig::refuse(r, code);
        return std::nullopt;
    };
}

std::string last(const Rig& rig, NoticeKind kind) {
    for (auto notice = rig.notices.rbegin(); notice != rig.notices.rend(); ++notice)
        if (notice->kind == kind) return notice->text;
    return {};
}

config::ModbusEndpoint edited(const std::function<void(config::ModbusEndpoint&)>& edit) {
    auto endpoint = lib_endpoint();
    edit(endpoint);
    return endpoint;
}

constexpr auto manual = config::ScheduleSource::manual;

config::Point& point(config::ModbusEndpoint& endpoint, std::string_view name) {
    return *std::find_if(endpoint.points.begin(), endpoint.points.end(),
                         [&](const config::Point& p) { return p.name == name; });
}

}  // namespace

TEST_CASE("a device that refuses the plan's direction does not go on in the other one") {
    for (const auto address : {Rig::p_setpoint, Rig::q_setpoint}) {
        for (const int sign : {1, -1}) {
            for (const std::uint8_t code : {std::uint8_t{3}, std::uint8_t{4}}) {
                Rig rig;
                const bool p = address == Rig::p_setpoint;
                rig.start_with(p ? sign * -50 : 0, p ? 0 : sign * -50);
                refuse_beyond(rig, address, 600, code);
                rig.plan(p ? Signal::p : Signal::q, sign * 100);
                rig.clock.run_for(50ms);
                CHECK(rig.reg(address) == 0);
                rig.clock.run_for(20s);
                CHECK(rig.reg(address) == sign * 562);
                CHECK(rig.count(NoticeKind::device_limited) == 2);
                CHECK(last(rig, NoticeKind::device_limited).find("56.2 of ") != std::string::npos);
                CHECK(rig.count(NoticeKind::unconfirmed) == 0);
                CHECK(rig.control->state() == PlantState::running);
                const auto& limited = rig.control->statistics().limited[p ? 0 : 1];
                CHECK(limited.text.find("it refuses more") != std::string::npos);
                CHECK(limited.total > 10s);
            }
        }
    }
}

TEST_CASE("a device that refuses even 0 is stopped, and both values are told") {
    Rig rig;
    rig.start_with(-50, 0);
    rig.on_request = [&](const modbus::Request& r) -> std::optional<modbus::Response> {
        if (writes_to(r, Rig::p_setpoint)) return Rig::refuse(r, 4);
        return std::nullopt;
    };
    rig.plan(Signal::p, 100);
    rig.clock.run_for(5s);
    CHECK(rig.count(NoticeKind::zero_refused) == 1);
    CHECK(last(rig, NoticeKind::zero_refused).find("100.0 kW and 0, too") != std::string::npos);
    CHECK(rig.control->state() == PlantState::stopped);
    CHECK_FALSE(rig.control->dispatch_enabled());
    CHECK(rig.reg(Rig::enable) == 0);
}

TEST_CASE("a rounding device is started, followed and not written again and again") {
    Rig rig;
    rig.on_request = [&](const modbus::Request& r) -> std::optional<modbus::Response> {
        if (!writes_to(r, Rig::p_setpoint)) return std::nullopt;
        auto rounded = r;
        rounded.words[0] = static_cast<std::uint16_t>(r.words[0] / 10 * 10);
        rig.writes.push_back({r.address, static_cast<std::int16_t>(r.words[0]), rig.clock.wall_now()});
        return modbus::execute(rig.bank, rounded);
    };
    rig.plan(Signal::p, 100.5);
    rig.begin();
    rig.control->set_dispatch_enabled(true);
    REQUIRE(!rig.start().error);
    rig.clock.run_for(50s);
    CHECK(std::count_if(rig.writes.begin(), rig.writes.end(),
                        [](const Write& w) { return w.address == Rig::p_setpoint; }) <= 3);
    CHECK(rig.count(NoticeKind::unconfirmed) == 0);
    CHECK(last(rig, NoticeKind::device_limited) == "p_setpoint: device holds 100.0 of 100.5");
    CHECK(rig.control->status().setpoint->p.held_text == "device holds 100.0 of 100.5");
    CHECK_FALSE(rig.control->status().p.confirmed);
}

TEST_CASE("a device that clamps is started with what it makes of the value, over a slow link, too") {
    Rig rig;
    rig.on_request = [&](const modbus::Request& r) -> std::optional<modbus::Response> {
        if (!writes_to(r, Rig::p_setpoint)) return std::nullopt;
        auto clamped = r;
        clamped.words[0] = std::min<std::uint16_t>(r.words[0], 400);
        return modbus::execute(rig.bank, clamped);
    };
    rig.network.on_connected = [](const Endpoint&, auto, auto to_client) { to_client->latency = 20ms; };
    rig.plan(Signal::p, 100);
    rig.begin();
    rig.control->set_dispatch_enabled(true);
    const auto started = rig.start();
    INFO(started.detail);
    REQUIRE(!started.error);
    CHECK(rig.reg(Rig::p_setpoint) == 400);
    CHECK(last(rig, NoticeKind::device_limited) == "p_setpoint: device holds 40.0 of 100.0");
}

TEST_CASE("a step of the point makes a rounding the value itself") {
    Rig rig({}, manual, edited([](config::ModbusEndpoint& e) { point(e, "p_setpoint").step = 1; }));
    rig.on_request = [&](const modbus::Request& r) -> std::optional<modbus::Response> {
        if (!writes_to(r, Rig::p_setpoint)) return std::nullopt;
        auto rounded = r;
        rounded.words[0] = static_cast<std::uint16_t>((r.words[0] + 9) / 10 * 10);
        rig.writes.push_back({r.address, static_cast<std::int16_t>(r.words[0]), rig.clock.wall_now()});
        return modbus::execute(rig.bank, rounded);
    };
    rig.plan(Signal::p, 100.5);
    rig.begin();
    rig.control->set_dispatch_enabled(true);
    REQUIRE(!rig.start().error);
    rig.clock.run_for(60s);
    CHECK(std::count_if(rig.writes.begin(), rig.writes.end(),
                        [](const Write& w) { return w.address == Rig::p_setpoint; }) == 1);
    CHECK(rig.count(NoticeKind::device_limited) == 0);
    CHECK(rig.control->status().p.confirmed);
    CHECK(rig.control->statistics().unconfirmed < 100ms);
}

TEST_CASE("values that are shown late are waited for, at a start and after it") {
    for (const Duration late : {Duration(300ms), Duration(1700ms), Duration(2900ms)}) {
        Rig rig;
        TaskGroup device(rig.clock);
        rig.on_request = [&](const modbus::Request& r) -> std::optional<modbus::Response> {
            if (r.function != modbus::Function::write_single_register) return std::nullopt;
            rig.writes.push_back({r.address, static_cast<std::int16_t>(r.words[0]), rig.clock.wall_now()});
            device.spawn("late", [&rig, r, late]() -> awaitable<void> {
                co_await rig.clock.sleep_for(late);
                rig.set(r.address, static_cast<std::int16_t>(r.words[0]));
            });
            modbus::Response echo;
            echo.unit = r.unit;
            echo.function = r.function;
            echo.address = r.address;
            echo.words = r.words;
            return echo;
        };
        rig.plan(Signal::p, -30);
        rig.begin();
        rig.control->set_dispatch_enabled(true);
        const auto started = rig.start();
        INFO(started.detail);
        REQUIRE(!started.error);
        rig.clock.run_for(5s);
        rig.writes.clear();
        rig.plan(Signal::p, 120);
        rig.clock.run_for(20s);
        CHECK(rig.writes == std::vector<Write>{{Rig::p_setpoint, 1200, {}}});
        CHECK(rig.control->status().p.confirmed);
        CHECK(rig.count(NoticeKind::device_limited) == 0);
        CHECK(!rig.stop().error);
        device.cancel();
        rig.clock.settle();
    }
}

TEST_CASE("a start names the value that was wanted and the one that is held") {
    Rig rig;
    rig.set(Rig::p_setpoint, -500);
    rig.on_request = [&](const modbus::Request& r) -> std::optional<modbus::Response> {
        if (!writes_to(r, Rig::p_setpoint)) return std::nullopt;
        auto kept = r;
        kept.words[0] = static_cast<std::uint16_t>(-500);
        return modbus::execute(rig.bank, kept);
    };
    rig.plan(Signal::p, 100);
    rig.begin();
    rig.control->set_dispatch_enabled(true);
    const auto started = rig.start();
    CHECK(started.error == errc::setpoint_write_failed);
    CHECK(started.detail == "p_setpoint: the device holds -50.0 kW though 100.0 kW are wanted");
    CHECK(rig.reg(Rig::enable) == 0);
}

TEST_CASE("a register that opposes the plan is an alarm with both values within two periods") {
    Rig rig;
    rig.start_with(-50, 0);
    bool deaf = true;
    rig.on_request = [&](const modbus::Request& r) -> std::optional<modbus::Response> {
        if (!deaf || !writes_to(r, Rig::p_setpoint)) return std::nullopt;
        auto kept = r;
        kept.words[0] = static_cast<std::uint16_t>(-500);
        return modbus::execute(rig.bank, kept);
    };
    rig.clock.run_for(300ms);
    rig.plan(Signal::p, 100);
    rig.clock.run_for(2100ms);
    REQUIRE(rig.count(NoticeKind::opposed) == 1);
    CHECK(last(rig, NoticeKind::opposed) == "p_setpoint: the plant holds -50.0 kW while 100.0 kW are wanted");
    CHECK(rig.notices.back().point == "p_setpoint");
    deaf = false;
    rig.clock.run_for(10s);
    CHECK(rig.reg(Rig::p_setpoint) == 1000);
    CHECK(rig.count(NoticeKind::not_opposed) == 1);
}

TEST_CASE("a device that knows function 16 alone is started and followed, whichever exception says so") {
    for (const std::uint8_t code : {std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{3}}) {
        Rig rig;
        rig.on_request = [&](const modbus::Request& r) -> std::optional<modbus::Response> {
            if (r.function == modbus::Function::write_single_register) return Rig::refuse(r, code);
            return std::nullopt;
        };
        rig.plan(Signal::p, 100);
        rig.begin();
        rig.control->set_dispatch_enabled(true);
        const auto started = rig.start();
        INFO(started.detail);
        REQUIRE(!started.error);
        rig.clock.run_for(10s);
        CHECK(rig.reg(Rig::p_setpoint) == 1000);
        CHECK(rig.control->status().p.confirmed);
    }
}

TEST_CASE("a setpoint is refreshed while dispatch is on, and not when it is off") {
    Rig rig({}, manual, edited([](config::ModbusEndpoint& e) { point(e, "p_setpoint").refresh = 5s; }));
    rig.start_with(100, 0);
    rig.clock.run_for(20s);
    CHECK(rig.writes.size() >= 4);
    for (const auto& write : rig.writes)
        CHECK(write == Write{Rig::p_setpoint, 1000, {}});
    CHECK(rig.control->statistics().unconfirmed < 100ms);
    CHECK(rig.control->refreshed_every() == Duration(5s));
    rig.control->set_dispatch_enabled(false);
    rig.clock.run_for(1s);
    rig.writes.clear();
    rig.clock.run_for(60s);
    CHECK(rig.writes.empty());
}

TEST_CASE("a register that wears is written as often as it may, and stops always go out") {
    Rig rig({}, manual,
            edited([](config::ModbusEndpoint& e) { point(e, "p_setpoint").max_writes_per_day = 5; }));
    rig.control->restore_writes(
        rig.link->map().standard().p_setpoint,
        {.day = std::chrono::floor<std::chrono::days>(wall(10)).time_since_epoch().count(), .writes = 3});
    rig.start_with(10, 0);
    CHECK(rig.count(NoticeKind::writes_low) == 1);
    for (const double value : {20, 30, 40}) {
        rig.plan(Signal::p, value);
        rig.clock.run_for(2s);
    }
    CHECK(rig.count(NoticeKind::writes_spent) == 1);
    CHECK(rig.reg(Rig::p_setpoint) == 200);
    CHECK(rig.control->status().setpoint->p.held_why == HeldWhy::write_budget);
    rig.plan(Signal::p, -10);
    rig.clock.run_for(2s);
    CHECK(rig.reg(Rig::p_setpoint) == 0);
    rig.set(Rig::p_setpoint, 77);
    CHECK(!rig.stop().error);
    CHECK(rig.reg(Rig::p_setpoint) == 0);
}

TEST_CASE("where setpoints come after enable, the first one is 0, and only then the plan") {
    Rig rig({}, manual,
            edited([](config::ModbusEndpoint& e) { e.setpoints = config::SetpointOrder::after_enable; }));
    rig.plan(Signal::p, 100);
    rig.begin();
    rig.control->set_dispatch_enabled(true);
    SECTION("of registers that are 0") {
        REQUIRE(!rig.start().error);
        rig.clock.run_for(3s);
        CHECK(rig.writes == std::vector<Write>{{Rig::stop_command, 0, {}},
                                               {Rig::enable, 1, {}},
                                               {Rig::p_setpoint, 0, {}},
                                               {Rig::q_setpoint, 0, {}},
                                               {Rig::p_setpoint, 1000, {}}});
    }
    SECTION("and not where somebody left a value") {
        rig.set(Rig::p_setpoint, 333);
        const auto started = rig.start();
        CHECK(started.error == errc::stale_setpoint);
        CHECK(started.detail.find("p_setpoint holds 33.3") == 0);
        CHECK(rig.writes.empty());
        CHECK(rig.control->state() == PlantState::stopped);
    }
    SECTION("a zero that is not taken within a second disables the plant again") {
        rig.on_request = [&](const modbus::Request& r) -> std::optional<modbus::Response> {
            if (writes_to(r, Rig::enable) && r.words[0] == 1) rig.set(Rig::p_setpoint, 500);
            if (!writes_to(r, Rig::p_setpoint)) return std::nullopt;
            auto kept = r;
            kept.words[0] = 500;
            return modbus::execute(rig.bank, kept);
        };
        const auto began = rig.clock.now();
        const auto started = rig.start();
        CHECK(started.error == errc::setpoint_write_failed);
        CHECK(started.detail.find("50.0 kW") != std::string::npos);
        CHECK(rig.reg(Rig::enable) == 0);
        CHECK(rig.clock.now() - began < 1500ms);
    }
}

TEST_CASE("a stale setpoint is enabled where the endpoint says that it may be, and zeroed first") {
    Rig rig({}, manual, edited([](config::ModbusEndpoint& e) {
                e.setpoints = config::SetpointOrder::after_enable;
                e.stale_setpoint_ok = true;
            }));
    rig.set(Rig::p_setpoint, 333);
    rig.begin();
    REQUIRE(!rig.start().error);
    CHECK(rig.reg(Rig::p_setpoint) == 0);
    CHECK(rig.writes == std::vector<Write>{{Rig::stop_command, 0, {}},
                                           {Rig::enable, 1, {}},
                                           {Rig::p_setpoint, 0, {}},
                                           {Rig::q_setpoint, 0, {}}});
}

TEST_CASE("a limit that the device says is read once it refuses, and used") {
    constexpr std::uint16_t limit = 400;
    Rig rig({}, manual, edited([](config::ModbusEndpoint& e) {
                config::Point p;
                p.name = "discharge_limit";
                p.address = limit;
                p.eng_per_count = 0.1;
                e.points.push_back(p);
                point(e, "p_setpoint").limit_points = {"discharge_limit"};
            }));
    rig.set(limit, 600);
    std::size_t asked = 0;
    rig.start_with(-50, 0);
    rig.on_request = [&](const modbus::Request& r) -> std::optional<modbus::Response> {
        if (r.function == modbus::Function::read_holding_registers && r.address == limit) ++asked;
        if (writes_to(r, Rig::p_setpoint) && static_cast<std::int16_t>(r.words[0]) > rig.reg(limit))
            return Rig::refuse(r, 4);
        return std::nullopt;
    };
    rig.clock.run_for(5s);
    CHECK(asked == 0);
    rig.plan(Signal::p, 100);
    rig.clock.run_for(5s);
    CHECK(rig.reg(Rig::p_setpoint) == 600);
    CHECK(asked > 0);
    rig.set(limit, 2000);
    rig.clock.run_for(5s);
    CHECK(rig.reg(Rig::p_setpoint) == 1000);
}

TEST_CASE("a plant that does as it is told is asked as often as before") {
    Rig rig;
    rig.start_with(42, 5);
    std::size_t requests = 0;
    rig.on_request = [&](const modbus::Request&) -> std::optional<modbus::Response> {
        ++requests;
        return std::nullopt;
    };
    rig.clock.run_for(100s);
    CHECK(requests == 200);  // setpoints and enable lie apart: two reads a period
    rig.plan(Signal::p, 50);
    rig.clock.run_for(500ms);
    CHECK(requests == 205);  // two reads, the write, and two reads
}
