// Every write of a stop is repeated until it is confirmed, whatever it meets.
#include "control/rig.hpp"
#include "plant/errors.hpp"

namespace hil::control {
namespace {

using Codes = std::vector<std::uint8_t>;

constexpr StopTimeouts last_stop{10s, 10s};

bool writes_to(const modbus::Request& r, std::uint16_t address, int value) {
    return (r.function == modbus::Function::write_single_register ||
            r.function == modbus::Function::write_multiple_registers) &&
           r.address == address && static_cast<std::int16_t>(r.words[0]) == value;
}

// One write of a stop meets this, `times` times: an exception, or 0: it is answered into the void.
struct StopRig : Rig {
    StopRig(std::uint16_t address, int value, std::uint8_t code, int times) {
        start_with(100, 20);
        conditions = reconnect();
        clock.run_for(3s);
        REQUIRE(control->dispatch_enabled());
        on_request = [this, address, value, code,
                      left = times](const modbus::Request& r) mutable -> std::optional<modbus::Response> {
            conditions->swallow = false;
            if (left == 0 || !writes_to(r, address, value)) return std::nullopt;
            --left;
            ++met;
            if (code != 0) return refuse(r, code);
            conditions->swallow = true;
            return std::nullopt;
        };
    }
    [[nodiscard]] bool zeroed_and_disabled() const {
        return reg(enable) == 0 && reg(stop_command) == 1 && reg(p_setpoint) == 0 && reg(q_setpoint) == 0;
    }
    StopResult stop_with(StopTimeouts timeouts) {
        return finish<StopResult>([this, timeouts] { return control->stop({}, timeouts); }, 20min);
    }
    std::shared_ptr<StreamConditions> conditions;
    int met = 0;
};

const std::pair<std::uint16_t, int> steps[] = {
    {Rig::p_setpoint, 0}, {Rig::q_setpoint, 0}, {Rig::enable, 0}, {Rig::stop_command, 1}};

}  // namespace

TEST_CASE("the last stop repeats a write that was refused or whose answer was lost") {
    for (const auto& [address, value] : steps) {
        for (const std::uint8_t code : Codes{1, 2, 3, 4, 5, 6, 8, 10, 11, 0}) {
            for (const int times : {1, 3}) {
                if (code == 0 && times > 1) continue;
                if (code == 1 && times == 1) continue;  // the other function carries it
                StopRig rig(address, value, code, times);
                const auto result = rig.stop_with(last_stop);
                INFO(address << "=" << value << " meets " << int(code) << " " << times
                             << " times: " << result.unconfirmed);
                CHECK(rig.met == times);
                CHECK(result.disable_ok);
                CHECK(result.unconfirmed.empty());
                CHECK(rig.zeroed_and_disabled());
                CHECK(rig.control->state() == PlantState::stopped);
                CHECK_FALSE(rig.control->stop_owed());
            }
        }
    }
}

TEST_CASE("a stop that is not confirmed within its timeouts names the write, and the cycles repeat it") {
    StopRig rig(Rig::stop_command, 1, 6, 1'000'000);
    const auto before = rig.clock.now();
    const auto result = rig.stop_with(last_stop);
    CHECK(rig.clock.now() - before >= 10s);
    CHECK(rig.clock.now() - before < 16s);
    CHECK_FALSE(result.disable_ok);
    CHECK(result.error == errc::disable_failed);
    CHECK(result.unconfirmed == "stop_command = 1: the device is busy (exception 6)");
    CHECK(rig.reg(Rig::enable) == 0);  // and yet it is repeated
    CHECK(rig.control->stop_owed());
    CHECK(rig.count(NoticeKind::stop_owed) == 1);
    const int met = rig.met;
    rig.clock.run_for(60s);
    CHECK(rig.met > met + 8);
    rig.on_request = {};
    rig.clock.run_for(6s);
    CHECK(rig.zeroed_and_disabled());
    CHECK_FALSE(rig.control->stop_owed());
    CHECK(rig.count(NoticeKind::stop_confirmed) == 1);
    rig.writes.clear();
    rig.clock.run_for(60s);
    CHECK(rig.writes.empty());
}

TEST_CASE("a plant whose power does not decay is disabled as soon as it lets itself be") {
    StopRig rig(Rig::enable, 0, 6, 1'000'000);
    rig.set(Rig::p_battery, 500);
    CHECK_FALSE(rig.stop_with({}).disable_ok);
    const int met = rig.met;
    rig.clock.run_for(30s);
    CHECK(rig.met > met + 6);  // each of them would wait for the power, were it not waited for already
    rig.on_request = {};
    rig.clock.run_for(5s);
    CHECK(rig.reg(Rig::enable) == 0);
}

TEST_CASE("a plant that somebody enables again while a stop is owed is stopped safely, not in its tracks") {
    StopRig rig(Rig::stop_command, 1, 6, 1'000'000);
    CHECK_FALSE(rig.stop_with({}).disable_ok);
    REQUIRE(rig.reg(Rig::enable) == 0);
    rig.set(Rig::p_battery, 500);
    rig.set(Rig::p_setpoint, 500);
    rig.set(Rig::enable, 1);
    rig.clock.run_for(8s);
    CHECK(rig.count(NoticeKind::stop_asserted) == 1);
    CHECK(rig.reg(Rig::p_setpoint) == 0);
    CHECK(rig.reg(Rig::enable) == 1);  // its power is waited for
    rig.set(Rig::p_battery, 0);
    rig.clock.run_for(3s);
    CHECK(rig.reg(Rig::enable) == 0);
}

TEST_CASE("a plant that keeps enable at 1 is stopped again without end") {
    StopRig rig(Rig::enable, 0, 4, 1'000'000);
    CHECK_FALSE(rig.stop_with({}).disable_ok);
    const int met = rig.met;
    rig.clock.run_for(5min);
    CHECK(rig.met > met + 30);
    rig.on_request = {};
    rig.clock.run_for(10s);
    CHECK(rig.zeroed_and_disabled());
    CHECK_FALSE(rig.control->stop_owed());
}

TEST_CASE("a stop with timeouts waits for a silent plant, and says so meanwhile") {
    Rig rig;
    rig.start_with(100, 20);
    rig.server.reset();
    rig.clock.run_for(1s);
    StopResult stopped;
    bool done = false;
    int waits = 0;
    rig.tasks.spawn("stop", [&]() -> awaitable<void> {
        stopped = co_await rig.control->stop({}, {10s, 10min}, [&] { ++waits; });
        done = true;
    });
    rig.clock.run_for(2min);
    CHECK_FALSE(done);
    CHECK(waits > 3);
    CHECK(rig.control->state() == PlantState::stopping);
    rig.serve();
    rig.clock.run_for(15s);
    CHECK(done);
    CHECK(stopped.disable_ok);
    CHECK(rig.reg(Rig::enable) == 0);
    CHECK(rig.reg(Rig::p_setpoint) == 0);
}

TEST_CASE("a silent plant is given up in the end, and stopped when it is back") {
    Rig rig;
    rig.start_with(100, 20);
    rig.server.reset();
    rig.clock.run_for(1s);
    const auto result = rig.finish<StopResult>([&] { return rig.control->stop({}, {10s, 60s}); });
    CHECK_FALSE(result.disable_ok);
    CHECK(rig.control->state() == PlantState::unknown);
    rig.serve();
    rig.clock.run_for(60s);
    CHECK(rig.reg(Rig::enable) == 0);
    CHECK_FALSE(rig.control->stop_owed());
}

TEST_CASE(
    "an emergency stop repeats what a busy plant refuses, and says within three seconds how it stands") {
    for (const auto& [address, value] : steps) {
        for (const std::uint8_t code : Codes{1, 2, 3, 4, 5, 6, 8, 10, 11}) {
            StopRig rig(address, value, code, 2);
            const auto before = rig.clock.now();
            const auto result = rig.finish<StopResult>([&] { return rig.control->emergency_stop(); });
            CHECK(result.disable_ok);
            CHECK(rig.clock.now() - before < 3s);
            rig.clock.run_for(3s);
            CHECK(rig.zeroed_and_disabled());
            CHECK_FALSE(rig.control->stop_owed());
        }
        StopRig rig(address, value, 6, 20);
        const auto before = rig.clock.now();
        const auto result = rig.finish<StopResult>([&] { return rig.control->emergency_stop(); });
        const bool zero = address == Rig::p_setpoint || address == Rig::q_setpoint;
        CHECK(result.disable_ok == zero);
        CHECK(rig.clock.now() - before < 3s);
        CHECK(rig.control->stop_owed());
        rig.clock.run_for(2min);
        CHECK(rig.zeroed_and_disabled());
        CHECK_FALSE(rig.control->stop_owed());
    }
}

TEST_CASE("an enable that shows late does not make a stop write it again and again") {
    Rig rig;
    rig.start_with(100, 20);
    TaskGroup shows(rig.clock);
    int writes = 0;
    rig.on_request = [&](const modbus::Request& r) -> std::optional<modbus::Response> {
        if (!writes_to(r, Rig::enable, 0)) return std::nullopt;
        ++writes;
        shows.spawn("shows", [&rig]() -> awaitable<void> {
            co_await rig.clock.sleep_for(2500ms);
            rig.set(Rig::enable, 0);
        });
        modbus::Response answer;
        answer.unit = r.unit;
        answer.function = r.function;
        answer.address = r.address;
        answer.words = r.words;
        return answer;
    };
    const auto result = rig.finish<StopResult>([&] { return rig.control->stop({}, last_stop); });
    CHECK(result.disable_ok);
    CHECK(writes == 1);
}

TEST_CASE("a stop that another stop of the plant overtakes has that one's outcome") {
    Rig rig;
    rig.start_with(42, 5);
    rig.set(Rig::p_battery, 420);
    std::optional<StopResult> first, second;
    rig.tasks.spawn("first", [&]() -> awaitable<void> { first = co_await rig.control->stop(); });
    rig.clock.run_for(3s);
    rig.tasks.spawn("second", [&]() -> awaitable<void> { second = co_await rig.control->stop(); });
    rig.clock.run_for(3s);
    CHECK_FALSE(first);  // nobody is told before the plant stands still
    rig.set(Rig::p_battery, 0);
    rig.clock.run_for(3s);
    REQUIRE((first && second));
    for (const auto& result : {*first, *second}) {
        CHECK_FALSE(result.error);
        CHECK(result.disable_ok);
        CHECK(result.threshold_reached);
    }
    CHECK(rig.reg(Rig::enable) == 0);
}

}  // namespace hil::control
