// Starts of plants that are busy, slow, silent, or in the hands of somebody else.
#include "control/rig.hpp"
#include "plant/errors.hpp"

namespace hil::control {
namespace {

using Codes = std::vector<std::uint8_t>;

using schedule::Signal;

bool writes_to(const modbus::Request& r, std::uint16_t address) {
    return (r.function == modbus::Function::write_single_register ||
            r.function == modbus::Function::write_multiple_registers) &&
           r.address == address;
}

// What a device does to one request, `times` times: an exception, or no answer (0).
struct Spoilt {
    std::function<bool(const modbus::Request&)> which;
    std::uint8_t code = 6;
    int times = 1;
};

struct StartRig : Rig {
    explicit StartRig(config::ModbusEndpoint own = lib_endpoint(), PlantControl::Options options = {})
        : Rig(options, config::ScheduleSource::manual, std::move(own)) {
        plan(Signal::p, 100);
        plan(Signal::q, 20);
    }
    void spoil(Spoilt how) {
        on_request = [this, how,
                      left = how.times](const modbus::Request& r) mutable -> std::optional<modbus::Response> {
            if (left == 0 || !how.which(r)) return std::nullopt;
            --left;
            ++spoilt;
            if (how.code != 0) return refuse(r, how.code);
            // No answer: the request is as good as lost.
            server->close_connections();
            return refuse(r, 6);
        };
    }
    StartResult keep_starting(Duration at_most = 30min) {
        control->set_dispatch_enabled(true);
        return finish<StartResult>(
            [this] {
                return control->keep_starting([this](std::string text) { said.push_back(std::move(text)); },
                                              [this] { ++waits; });
            },
            at_most);
    }
    [[nodiscard]] bool runs_as_planned() const {
        return reg(enable) == 1 && reg(stop_command) == 0 && reg(p_setpoint) == 1000 &&
               reg(q_setpoint) == 200;
    }
    [[nodiscard]] bool zeroed_and_disabled() const {
        return reg(enable) == 0 && reg(stop_command) == 1 && reg(p_setpoint) == 0 && reg(q_setpoint) == 0;
    }
    std::vector<std::string> said;
    int waits = 0, spoilt = 0;
};

const auto any_read = [](const modbus::Request& r) {
    return r.function == modbus::Function::read_holding_registers;
};
std::function<bool(const modbus::Request&)> write_of(std::uint16_t address) {
    return [address](const modbus::Request& r) { return writes_to(r, address); };
}

}  // namespace

TEST_CASE("a device that is busy at any step of a start is asked again within the step's time") {
    for (const std::uint8_t code : Codes{5, 6}) {
        for (const auto& step :
             {std::function<bool(const modbus::Request&)>(any_read), write_of(Rig::p_setpoint),
              write_of(Rig::q_setpoint), write_of(Rig::stop_command), write_of(Rig::enable)}) {
            for (const int times : {1, 4}) {
                StartRig rig;
                rig.begin();
                rig.control->set_dispatch_enabled(true);
                rig.spoil({step, code, times});
                const auto result = rig.start();
                INFO(result.step << " " << result.cause.message());
                CHECK(!result.error);
                CHECK(rig.spoilt == times);
                rig.clock.run_for(3s);
                CHECK(rig.runs_as_planned());
                CHECK(rig.control->state() == PlantState::running);
            }
        }
    }
}

TEST_CASE("an exception of the way or of the device's mind ends the step at once, with its name") {
    for (const std::uint8_t code : Codes{1, 2, 3, 4, 8, 10, 11}) {
        StartRig rig;
        rig.begin();
        rig.control->set_dispatch_enabled(true);
        rig.spoil({write_of(Rig::enable), code, code == 1 ? 2 : 1});  // by both functions
        const auto before = rig.clock.now();
        const auto result = rig.start();
        CHECK(result.error == errc::enable_failed);
        CHECK(result.cause == modbus::exception_error(code));
        CHECK(result.step == "enable = 1");
        CHECK(rig.clock.now() - before < 200ms);
        // Whoever fails a start writes zero and disables.
        CHECK(rig.zeroed_and_disabled());
        CHECK(rig.control->state() == PlantState::stopped);
    }
}

TEST_CASE("whoever fails a start at any step writes zero and disables") {
    for (const auto address : {Rig::p_setpoint, Rig::q_setpoint, Rig::stop_command, Rig::enable}) {
        StartRig rig;
        rig.begin();
        rig.control->set_dispatch_enabled(true);
        rig.spoil({[address](const modbus::Request& r) {
                       return writes_to(r, address) && (address != Rig::enable || r.words[0] == 1) &&
                              (address == Rig::enable || address == Rig::stop_command || r.words[0] != 0) &&
                              (address != Rig::stop_command || r.words[0] == 0);
                   },
                   10, 1'000'000});
        CHECK(rig.start().error);
        CHECK(rig.zeroed_and_disabled());
        rig.clock.run_for(10s);
        CHECK(rig.zeroed_and_disabled());
        CHECK_FALSE(rig.control->stop_owed());
    }
}

TEST_CASE("what a failed start leaves is repeated until it is confirmed") {
    StartRig rig;
    rig.begin();
    rig.control->set_dispatch_enabled(true);
    bool deaf = true;
    rig.on_request = [&](const modbus::Request& r) -> std::optional<modbus::Response> {
        if (writes_to(r, Rig::enable) && r.words[0] == 1) return Rig::refuse(r, 4);
        if (deaf && writes_to(r, Rig::stop_command) && r.words[0] == 1) return Rig::refuse(r, 6);
        return std::nullopt;
    };
    CHECK(rig.start().error == errc::enable_failed);
    CHECK(rig.control->stop_owed());
    rig.clock.run_for(10s);
    CHECK(rig.reg(Rig::stop_command) == 0);
    CHECK(rig.count(NoticeKind::stop_owed) == 1);
    deaf = false;
    rig.clock.run_for(6s);
    CHECK(rig.zeroed_and_disabled());
    CHECK_FALSE(rig.control->stop_owed());
    CHECK(rig.count(NoticeKind::stop_confirmed) == 1);
}

TEST_CASE("an enable that shows late is waited for, one that never shows fails the start") {
    for (const Duration late : {Duration(300ms), Duration(2900ms), Duration(8s)}) {
        auto endpoint = lib_endpoint();
        endpoint.start_sequence = {{"stop_command", 0, false}, {"enable", 1, true}};
        const bool slow = late > 3s;
        for (const bool patient : {false, true}) {
            if (patient && !slow) continue;
            if (patient) endpoint.start_sequence.back().verify_timeout = 9s;
            StartRig rig(endpoint);
            rig.begin();
            rig.control->set_dispatch_enabled(true);
            TaskGroup shows(rig.clock);
            rig.on_request = [&](const modbus::Request& r) -> std::optional<modbus::Response> {
                if (!writes_to(r, Rig::enable)) return std::nullopt;
                const auto value = r.words[0];
                shows.spawn("shows",
                            [&rig, value, wait = value == 1 ? late : Duration{}]() -> awaitable<void> {
                                co_await rig.clock.sleep_for(wait);
                                rig.set(Rig::enable, value);
                            });
                modbus::Response answer;
                answer.unit = r.unit;
                answer.function = r.function;
                answer.address = r.address;
                answer.words = r.words;
                return answer;
            };
            const auto result = rig.start();
            CHECK(!result.error == (!slow || patient));
            if (result.error) {
                CHECK(result.error == errc::enable_failed);
                rig.clock.run_for(30s);  // it comes on when nobody wants it any more
                CHECK(rig.reg(Rig::enable) == 0);
            }
            shows.cancel();
            rig.clock.run_for(1s);
        }
    }
}

TEST_CASE(
    "a wanted start is tried again while the plant is busy, silent behind its gateway or out of reach") {
    for (const std::uint8_t code : Codes{5, 6, 10, 11}) {
        for (const auto& step : {std::function<bool(const modbus::Request&)>(any_read),
                                 write_of(Rig::p_setpoint), write_of(Rig::enable)}) {
            StartRig rig;
            rig.begin();
            bool bad = true;
            rig.on_request = [&](const modbus::Request& r) -> std::optional<modbus::Response> {
                if (bad && step(r)) return Rig::refuse(r, code);
                return std::nullopt;
            };
            rig.tasks.spawn("mends", [&]() -> awaitable<void> {
                co_await rig.clock.sleep_for(60s);
                bad = false;
            });
            const auto result = rig.keep_starting();
            INFO(int(code) << " " << result.step);
            CHECK(!result.error);
            CHECK(result.tries > 2);
            CHECK(rig.count(NoticeKind::start_retried) == result.tries - 1);
            CHECK(rig.waits == static_cast<int>(result.tries) - 1);
            rig.clock.run_for(3s);
            CHECK(rig.runs_as_planned());
            CHECK(rig.control->dispatch_enabled());
        }
    }
}

TEST_CASE("the count and the cause of a start that is tried again are told") {
    StartRig rig;
    rig.begin();
    rig.spoil({write_of(Rig::enable), 11, 2});  // the first try, and its taking back
    const auto result = rig.keep_starting();
    CHECK(!result.error);
    REQUIRE(rig.count(NoticeKind::start_retried) == 1);
    const auto told = std::ranges::find(rig.notices, NoticeKind::start_retried, &Notice::kind);
    CHECK(
        told->text ==
        "start 1 failed: enable_failed: enable = 1: the device behind the gateway did not answer (exception "
        "11); again in 1.0 s");
    CHECK(std::ranges::find(rig.said, told->text) != rig.said.end());
}

TEST_CASE("a start without a link is tried again, at once when the link comes back") {
    StartRig rig;
    rig.begin();
    rig.server.reset();
    rig.clock.run_for(2s);
    rig.tasks.spawn("comes back", [&]() -> awaitable<void> {
        co_await rig.clock.sleep_for(3min);
        rig.serve();
    });
    const auto result = rig.keep_starting();
    CHECK(!result.error);
    CHECK(result.tries > 5);
    CHECK(rig.runs_as_planned());
}

TEST_CASE("a start that meets nothing but trouble is given up when its time is over, and that is told") {
    auto endpoint = lib_endpoint();
    endpoint.start_retry = 120s;
    StartRig rig(endpoint);
    rig.begin();
    rig.on_request = [](const modbus::Request& r) -> std::optional<modbus::Response> {
        if (writes_to(r, Rig::enable) && r.words[0] == 1) return Rig::refuse(r, 6);
        return std::nullopt;
    };
    const auto before = rig.clock.now();
    const auto result = rig.keep_starting();
    CHECK(result.error == errc::enable_failed);
    CHECK(result.cause == modbus::errc::server_device_busy);
    CHECK(rig.clock.now() - before >= 120s);
    CHECK(rig.clock.now() - before < 130s);
    CHECK(rig.count(NoticeKind::start_given_up) == 1);
    CHECK(rig.zeroed_and_disabled());
    // The next start settles it.
    rig.on_request = {};
    CHECK(!rig.keep_starting().error);
    CHECK(rig.count(NoticeKind::start_settled) == 1);
}

TEST_CASE("a start that the plant refuses is not tried again") {
    for (const std::uint8_t code : Codes{1, 2, 3, 4, 8}) {
        StartRig rig;
        rig.begin();
        rig.on_request = [code](const modbus::Request& r) -> std::optional<modbus::Response> {
            if (writes_to(r, Rig::enable) && r.words[0] == 1) return Rig::refuse(r, code);
            return std::nullopt;
        };
        const auto result = rig.keep_starting();
        CHECK(result.error == errc::enable_failed);
        CHECK(result.tries == 1);
        CHECK(rig.count(NoticeKind::start_retried) == 0);
        CHECK(rig.count(NoticeKind::start_given_up) == 1);
        CHECK(rig.zeroed_and_disabled());
    }
}

TEST_CASE("a start that waits for its next try ends at once when somebody decides about the plant") {
    using Decision = std::function<awaitable<void>(StartRig&)>;
    const Decision decisions[] = {
        [](StartRig& rig) -> awaitable<void> { (void)co_await rig.control->stop(); },
        [](StartRig& rig) -> awaitable<void> { (void)co_await rig.control->emergency_stop(); },
        [](StartRig& rig) -> awaitable<void> {
            rig.control->cancel_start();
            co_return;
        },
        [](StartRig& rig) -> awaitable<void> {
            rig.control->forget();
            co_return;
        },
    };
    for (const auto& decide : decisions) {
        StartRig rig;
        rig.begin();
        bool bad = true;
        rig.on_request = [&](const modbus::Request& r) -> std::optional<modbus::Response> {
            if (bad && writes_to(r, Rig::enable) && r.words[0] == 1) return Rig::refuse(r, 6);
            return std::nullopt;
        };
        Instant decided;
        rig.tasks.spawn("decision", [&]() -> awaitable<void> {
            co_await rig.clock.sleep_for(20s);
            CHECK(rig.control->start_wanted());
            decided = rig.clock.now();
            co_await decide(rig);
            bad = false;
        });
        const auto result = rig.keep_starting();
        CHECK(result.error == errc::superseded);
        CHECK(rig.clock.now() - decided < 5s);
        CHECK_FALSE(rig.control->start_wanted());
        rig.clock.run_for(5min);
        CHECK(rig.reg(Rig::enable) == 0);
        CHECK(rig.count(NoticeKind::start_given_up) == 0);
    }
}

TEST_CASE("dispatch that is disabled while a start waits for its next try stays disabled") {
    StartRig rig;
    rig.begin();
    rig.spoil({write_of(Rig::enable), 11, 2});
    rig.tasks.spawn("pause", [&]() -> awaitable<void> {
        co_await rig.clock.sleep_for(500ms);
        rig.control->set_dispatch_enabled(false);
    });
    CHECK(!rig.keep_starting().error);
    rig.clock.run_for(5s);
    CHECK_FALSE(rig.control->dispatch_enabled());
    CHECK(rig.reg(Rig::p_setpoint) == 0);
}

TEST_CASE("one start of a plant at a time") {
    StartRig rig;
    rig.begin();
    rig.server.reset();
    rig.clock.run_for(1s);
    rig.tasks.spawn("first", [&]() -> awaitable<void> { (void)co_await rig.control->keep_starting(); });
    rig.clock.run_for(1s);
    CHECK(rig.keep_starting().error == errc::already_running);
}

// ---- looking first ------------------------------------------------------------------------------------

namespace {

struct LookingRig : StartRig {
    LookingRig() {
        PlantControl::Hooks hooks;
        hooks.on_notice = [this](const Notice& n) { notices.push_back(n); };
        hooks.before_start = [this](const Readings& shown) {
            looked.push_back(shown);
            return judge ? judge(shown) : std::nullopt;
        };
        PlantControl::Options options;
        options.anchor = clock.now();
        control =
            std::make_unique<PlantControl>(clock, *link, endpoint, *setpoints, options, std::move(hooks));
        set(281, 5000);
        set(296, 20'000);
    }
    std::function<std::optional<Objection>(const Readings&)> judge;
    std::vector<Readings> looked;
};

}  // namespace

TEST_CASE("what a plant shows is looked at before anything is written to it") {
    LookingRig rig;
    rig.begin();
    CHECK(!rig.start().error);
    REQUIRE(rig.looked.size() == 1);
    CHECK(rig.looked[0].soc_pu == 0.5);
    CHECK(rig.looked[0].voltage_kv == 20.0);
    CHECK_FALSE(rig.looked[0].temperature_c);
}

TEST_CASE(
    "a plant whose readings object for as long as it takes to trip is not started, and not written to") {
    LookingRig rig;
    rig.begin();
    rig.judge = [](const Readings&) { return Objection{"voltage 0.7 pu is below stop_min 0.8", 2s}; };
    rig.set(Rig::p_setpoint, 500);
    const auto before = rig.clock.now();
    const auto result = rig.keep_starting();
    CHECK(result.error == errc::readings_out_of_range);
    CHECK(result.step == "voltage 0.7 pu is below stop_min 0.8");
    CHECK(rig.clock.now() - before >= 2s);
    CHECK(rig.writes.empty());
    CHECK(rig.control->state() == PlantState::stopped);
    CHECK(rig.count(NoticeKind::start_given_up) == 1);
}

TEST_CASE("a single reading of nonsense does not keep a plant from being started") {
    LookingRig rig;
    rig.begin();
    rig.judge = [&](const Readings&) -> std::optional<Objection> {
        if (rig.looked.size() > 1) return std::nullopt;
        return Objection{"voltage 0 pu is below stop_min 0.8", 2s};
    };
    CHECK(!rig.start().error);
    CHECK(rig.looked.size() == 2);
}

TEST_CASE("readings that are refused are nobody's objection, readings that do not come fail the start") {
    LookingRig rig;
    rig.begin();
    rig.on_request = [](const modbus::Request& r) -> std::optional<modbus::Response> {
        if (any_read(r) && r.address >= 281) return Rig::refuse(r, 2);
        return std::nullopt;
    };
    CHECK(!rig.start().error);
    CHECK_FALSE(rig.looked.back().soc_pu);
    REQUIRE(rig.stop().disable_ok);
    rig.clock.run_for(2min);
    rig.on_request = [](const modbus::Request& r) -> std::optional<modbus::Response> {
        if (any_read(r) && r.address >= 281) return Rig::refuse(r, 11);
        return std::nullopt;
    };
    const auto result = rig.start();
    CHECK(result.error == errc::read_failed);
    CHECK(result.cause == modbus::errc::gateway_target_failed);
}

// ---- another device -----------------------------------------------------------------------------------

TEST_CASE(
    "a device that is not the one expected is read and not written to, and no start of it is tried again") {
    auto endpoint = lib_endpoint();
    endpoint.expect = config::Expectation{.point = "soc", .value = 0.5, .min = {}, .max = {}};
    StartRig rig(endpoint);
    rig.set(281, 7000);
    rig.begin();
    CHECK(rig.link->status().unexpected == "soc reads 0.7, 0.5 is expected");
    const auto result = rig.keep_starting();
    CHECK(result.error == errc::unexpected_device);
    CHECK(result.step == "soc reads 0.7, 0.5 is expected");
    CHECK(result.tries == 1);
    CHECK(rig.count(NoticeKind::start_given_up) == 1);
    CHECK_FALSE(rig.control->stop_owed());  // nothing was written
    CHECK(rig.control->observed().enabled(rig.clock.now()).has_value());
    (void)rig.finish<StopResult>([&] { return rig.control->emergency_stop(); });
    CHECK_FALSE(rig.finish<StopResult>([&] { return rig.control->stop({}, {1s, 1s}); }).disable_ok);
    CHECK(rig.writes.empty());
    // The right one comes back.
    rig.set(281, 5000);
    rig.network.reset_connections({"plant", 502});
    rig.clock.run_for(20s);
    CHECK(rig.link->status().unexpected.empty());
    rig.control->set_dispatch_enabled(true);
    CHECK(!rig.keep_starting().error);
}

TEST_CASE("a device that is expected costs a start nothing, and is asked at every connection") {
    auto endpoint = lib_endpoint();
    endpoint.expect = config::Expectation{.point = "soc", .value = {}, .min = 0.4, .max = 0.6};
    StartRig rig(endpoint);
    rig.set(281, 5000);
    rig.begin();
    CHECK(!rig.keep_starting().error);
    rig.set(281, 7000);
    rig.clock.run_for(5s);
    CHECK(rig.link->status().unexpected.empty());
    rig.network.reset_connections({"plant", 502});
    rig.clock.run_for(20s);
    CHECK_FALSE(rig.link->status().unexpected.empty());
}

TEST_CASE("a device that gave a wrong answer once is asked again on the same connection") {
    auto endpoint = lib_endpoint();
    endpoint.expect = config::Expectation{.point = "soc", .value = 0.5, .min = {}, .max = {}};
    StartRig rig(endpoint);
    rig.set(281, 5000);
    int wrong = 3;
    rig.on_request = [&wrong](const modbus::Request& r) -> std::optional<modbus::Response> {
        if (!any_read(r) || r.address != 281 || wrong == 0) return std::nullopt;
        --wrong;
        return Rig::refuse(r, 1);
    };
    rig.begin();
    rig.clock.run_for(10s);
    CHECK(wrong == 0);
    CHECK(rig.link->status().unexpected.empty());
    CHECK(rig.link->status().session == 1);
    CHECK(!rig.keep_starting().error);
}

// ---- taken back ---------------------------------------------------------------------------------------

namespace {

constexpr std::uint16_t mode_register = 5;

config::ModbusEndpoint with_mode(config::Access access = config::Access::read_write, bool watch = true) {
    auto endpoint = lib_endpoint();
    config::Point mode;
    mode.name = "mode";
    mode.address = mode_register;
    mode.access = access;
    endpoint.points.push_back(mode);
    config::SequenceStep step{"mode", 2, access != config::Access::write};
    step.watch = watch;
    endpoint.start_sequence.insert(endpoint.start_sequence.begin(), step);
    endpoint.stop_sequence.push_back({"mode", 0, false});
    return endpoint;
}

}  // namespace

TEST_CASE("a mode that somebody else changes ends dispatch, zeroes the setpoints and touches nothing else") {
    StartRig rig(with_mode());
    rig.start_with(100, 20);
    rig.clock.run_for(3s);
    rig.set(mode_register, 1);
    rig.clock.run_for(3s);
    CHECK_FALSE(rig.control->dispatch_enabled());
    CHECK(rig.control->state() == PlantState::unknown);
    REQUIRE(rig.count(NoticeKind::lost_running) == 1);
    const auto told = std::ranges::find(rig.notices, NoticeKind::lost_running, &Notice::kind);
    CHECK(told->text ==
          "somebody else has taken the plant: mode reads 1, the start wrote 2: dispatch is off");
    CHECK(rig.writes == std::vector<Write>{{Rig::p_setpoint, 0, {}}, {Rig::q_setpoint, 0, {}}});
    rig.clock.run_for(60s);
    CHECK(rig.writes.size() == 2);
    CHECK(rig.reg(mode_register) == 1);
    CHECK(rig.count(NoticeKind::lost_running) == 1);
    // Taken back by an operator's will.
    rig.control->set_dispatch_enabled(true);
    CHECK(!rig.start().error);
    CHECK(rig.reg(mode_register) == 2);
    rig.clock.run_for(3s);
    CHECK(rig.runs_as_planned());
}

TEST_CASE("a plant that somebody else has taken can be stopped") {
    StartRig rig(with_mode());
    rig.start_with(100, 20);
    rig.set(mode_register, 1);
    rig.clock.run_for(3s);
    CHECK(rig.stop().disable_ok);
    CHECK(rig.zeroed_and_disabled());
    CHECK(rig.reg(mode_register) == 0);
}

TEST_CASE("a command register that clears itself within its step's time is no mode") {
    StartRig rig(with_mode());
    rig.start_with(100, 20);
    rig.clock.run_for(500ms);
    CHECK(rig.reg(mode_register) == 2);
    rig.set(mode_register, 0);
    rig.clock.run_for(10s);
    CHECK(rig.control->state() == PlantState::running);
    // Another start looks anew: long after it 0 is somebody's doing.
    REQUIRE(rig.stop().disable_ok);
    rig.control->set_dispatch_enabled(true);
    REQUIRE(!rig.start().error);
    rig.clock.run_for(10s);
    rig.set(mode_register, 0);
    rig.clock.run_for(3s);
    CHECK(rig.control->state() == PlantState::unknown);
    CHECK_FALSE(rig.control->dispatch_enabled());
}

TEST_CASE("a plant that was never started here is not missed") {
    for (const auto policy : {config::OnStartRunning::leave, config::OnStartRunning::adopt}) {
        PlantControl::Options options;
        options.on_start_running = policy;
        StartRig rig(with_mode(), options);
        rig.set(Rig::enable, 1);  // and its command register has cleared itself
        rig.begin();
        rig.clock.run_for(10s);
        CHECK(rig.control->state() == PlantState::running);
        CHECK(rig.count(NoticeKind::lost_running) == 0);
    }
}

TEST_CASE("a mode that is not to be watched, cannot be read or clears itself is nobody's business") {
    for (const auto& endpoint :
         {with_mode(config::Access::read_write, false), with_mode(config::Access::write)}) {
        StartRig rig(endpoint);
        rig.start_with(100, 20);
        rig.set(mode_register, 1);
        rig.clock.run_for(10s);
        CHECK(rig.control->state() == PlantState::running);
        CHECK(rig.control->dispatch_enabled());
    }
    StartRig rig(with_mode());
    rig.plan(Signal::p, 100);
    rig.begin();
    rig.control->set_dispatch_enabled(true);
    REQUIRE(!rig.start().error);
    rig.clock.run_for(2s);
    rig.set(mode_register, 0);  // a command that was taken
    rig.clock.run_for(10s);
    CHECK(rig.control->state() == PlantState::running);
    rig.set(mode_register, 1);
    rig.clock.run_for(10s);
    CHECK(rig.control->state() == PlantState::running);
}

}  // namespace hil::control
