#include "link_rig.hpp"

using namespace hil;
using namespace hil::test;
using namespace std::chrono_literals;
using plant::LinkState;
using plant::Priority;

namespace {

struct EmergencyRig : LinkRig {
    using LinkRig::LinkRig;

    // Zero setpoints, then enable 0.
    std::shared_ptr<std::optional<plant::Link::EmergencyOutcome>> emergency() {
        auto out = std::make_shared<std::optional<plant::Link::EmergencyOutcome>>();
        tasks.spawn("emergency", [this, out]() -> awaitable<void> {
            const auto& points = map.standard();
            auto outcome =
                co_await link.emergency({{points.p_setpoint, 0}, {points.q_setpoint, 0}, {points.enable, 0}});
            ended = clock.now();
            out->emplace(std::move(outcome));
        });
        return out;
    }
    void run_up() {
        bank.holding[86] = 420;
        bank.holding[88] = 50;
        bank.holding[1] = 1;
        connect();
        pass(20s);
        seen.clear();
    }
    [[nodiscard]] bool safe() const {
        return bank.holding[86] == 0 && bank.holding[88] == 0 && bank.holding[1] == 0;
    }

    Instant ended{};
};

}  // namespace

TEST_CASE("an emergency goes out on the session there is, before everything that waits") {
    EmergencyRig rig;
    rig.run_up();
    rig.back->latency = 40ms;
    const auto reading = rig.read(rig.measured);
    const auto control = rig.write(rig.map.standard().p_setpoint, 7, Priority::control);
    rig.pass(10ms);
    const auto begin = rig.clock.now();
    const auto stop = rig.emergency();
    rig.pass(1s);
    REQUIRE(stop->has_value());
    CHECK((*stop)->writes == std::vector<error_code>(3));
    CHECK_FALSE((*stop)->reconnected);
    CHECK(rig.ended == begin + 30ms + 3 * 40ms);  // one answer was awaited, then three
    CHECK(rig.dials.size() == 1);
    REQUIRE(rig.seen.size() >= 5);
    CHECK(rig.seen[1].request.address == 86);
    CHECK(rig.seen[2].request.address == 88);
    CHECK(rig.seen[3].request.address == 1);
    // What waited is not lost: only older epochs are, and this was none.
    CHECK(control->done());
    CHECK(reading->done());
}

TEST_CASE("an answer that is 100 ms old does not hold an emergency up: it goes out on a new connection") {
    for (const auto age : {0ms, 30ms, 99ms, 100ms, 101ms, 500ms}) {
        EmergencyRig rig;
        rig.run_up();
        rig.back->swallow = true;
        const auto stuck = rig.read(rig.measured);
        rig.pass(age);
        const auto begin = rig.clock.now();
        const auto stop = rig.emergency();
        const auto timeout = std::max<Duration>(100ms - age, 0ms);
        if (timeout > 0ms) {
            rig.pass(timeout - 1ms);
            CHECK(rig.bank.holding[86] == 420);  // the device is asked one thing at a time
            CHECK(rig.dials.size() == 1);
            rig.pass(1ms);
        }
        rig.clock.settle();
        CHECK(rig.dials.size() == 2);
        REQUIRE(stop->has_value());
        CHECK(rig.ended == begin + timeout);
        CHECK((*stop)->reconnected);
        CHECK_FALSE((*stop)->first_error());
        CHECK(rig.safe());
        CHECK(stuck->error() == plant::errc::not_connected);
        // The connection that was made is the session from here on, one request at a time.
        CHECK(rig.link.status().state == LinkState::connected);
        CHECK(rig.link.status().session == 2);
        const auto again = rig.read(rig.measured);
        rig.pass(20s);
        CHECK(again->outcome->has_value());
        CHECK(rig.dials.size() == 2);
    }
}

TEST_CASE("a device that accepts and never answers gets all writes at once after 100 ms, and no more time") {
    EmergencyRig rig;
    rig.run_up();
    rig.back->swallow = true;
    rig.dial.to_client.swallow = true;  // later connections as well
    const auto begin = rig.clock.now();
    const auto stop = rig.emergency();
    rig.pass(99ms);
    CHECK(rig.bank.holding[1] == 1);
    rig.pass(1ms);
    rig.clock.settle();
    CHECK(rig.safe());  // all of it has arrived, though nothing was answered
    CHECK_FALSE(stop->has_value());
    rig.pass(1s);
    REQUIRE(stop->has_value());
    CHECK(rig.ended == begin + 100ms + 1s);
    CHECK((*stop)->first_error());
    CHECK(rig.link.status().state != LinkState::connected);
    // The link tries on by itself.
    rig.dial.to_client.swallow = false;
    rig.pass(60s);
    CHECK(rig.link.status().state == LinkState::connected);
}

TEST_CASE("a link in back-off, one that dials and one that probes try at once for an emergency") {
    EmergencyRig rig;
    SECTION("backing off") {
        rig.dial.refuse = asio::error::connection_refused;
        rig.connect();
        rig.pass(40s);
        REQUIRE(rig.link.status().state == LinkState::waiting);
    }
    SECTION("dialling") {
        rig.dial.hang = true;
        rig.connect();
        REQUIRE(rig.link.status().state == LinkState::connecting);
    }
    SECTION("waiting for its first answer") {
        rig.dial.to_client.swallow = true;
        rig.connect();
        REQUIRE(rig.link.status().state == LinkState::connecting);
    }
    rig.dial = {};
    rig.bank.holding[1] = 1;
    const auto dials = rig.dials.size();
    const auto begin = rig.clock.now();
    const auto stop = rig.emergency();
    rig.clock.settle();
    REQUIRE(stop->has_value());
    CHECK(rig.ended == begin);
    CHECK(rig.dials.size() == dials + 1);
    CHECK_FALSE((*stop)->first_error());
    CHECK(rig.safe());
    CHECK(rig.link.status().state == LinkState::connected);
    CHECK(rig.server->connections() == 1);
}

TEST_CASE("an emergency for a device that cannot be reached ends, and the link goes on trying") {
    EmergencyRig rig;
    SECTION("refused") {
        rig.dial.refuse = asio::error::connection_refused;
    }
    SECTION("a connection attempt that hangs") {
        rig.dial.hang = true;
    }
    rig.connect();
    rig.pass(5s);
    const auto begin = rig.clock.now();
    const auto stop = rig.emergency();
    rig.pass(1s);
    REQUIRE(stop->has_value());
    CHECK(rig.ended <= begin + 1s);
    CHECK((*stop)->writes.size() == 3);
    for (const auto& error : (*stop)->writes)
        CHECK(error);
    rig.dial = {};
    rig.pass(60s);
    CHECK(rig.link.status().state == LinkState::connected);
}

TEST_CASE("an emergency on a link that does not run, or is stopped meanwhile, ends at once") {
    EmergencyRig rig;
    SECTION("not running") {
        const auto stop = rig.emergency();
        rig.clock.settle();
        REQUIRE(stop->has_value());
        CHECK((*stop)->first_error() == plant::errc::not_connected);
    }
    SECTION("stopped while it dials") {
        rig.dial.hang = true;
        rig.connect();
        const auto stop = rig.emergency();
        rig.clock.settle();
        CHECK_FALSE(stop->has_value());
        rig.link.stop();
        rig.clock.settle();
        CHECK(stop->has_value());
        CHECK(rig.link_ended);
    }
    SECTION("cancelled while it waits for answers") {
        TaskGroup owner(rig.clock);
        owner.spawn("link", [&] { return rig.link.run(); });
        rig.clock.settle();
        rig.back->swallow = true;
        rig.dial.to_client.swallow = true;
        const auto stop = rig.emergency();
        rig.pass(300ms);
        owner.cancel();
        rig.clock.settle();
        CHECK(owner.size() == 0);
        CHECK(stop->has_value());
        CHECK(rig.server->connections() == 0);
    }
}

TEST_CASE("what a device refuses is not sent again, and what cannot be written is said") {
    EmergencyRig rig;
    rig.run_up();
    int asked = 0;
    rig.answer = [&](const modbus::Request& request) -> std::optional<modbus::Response> {
        if (request.address != 88 || request.function != modbus::Function::write_single_register) return {};
        ++asked;
        return LinkRig::exception(request, 4);
    };
    const auto stop = rig.emergency();
    rig.pass(5s);
    REQUIRE(stop->has_value());
    CHECK((*stop)->first_error() == modbus::errc::server_device_failure);
    CHECK(asked == 1);
    CHECK(rig.dials.size() == 1);
    CHECK(rig.bank.holding[1] == 0);  // the rest goes on

    std::optional<plant::Link::EmergencyOutcome> odd;
    rig.tasks.spawn("odd", [&]() -> awaitable<void> {
        odd = co_await rig.link.emergency({{rig.map.standard().soc, 0},
                                           {rig.map.standard().p_setpoint, 1e9},
                                           {rig.map.standard().p_setpoint, 0},
                                           {plant::PointId{999}, 0}});
    });
    rig.clock.settle();
    REQUIRE(odd);
    CHECK(odd->writes == std::vector<error_code>{plant::errc::access_denied, plant::errc::out_of_range,
                                                 error_code{}, plant::errc::no_such_point});
}

TEST_CASE("two emergencies at once are both done") {
    EmergencyRig rig;
    rig.run_up();
    rig.back->swallow = true;
    const auto first = rig.emergency(), second = rig.emergency();
    rig.pass(3s);
    REQUIRE(first->has_value());
    REQUIRE(second->has_value());
    CHECK_FALSE((*first)->first_error());
    CHECK_FALSE((*second)->first_error());
    CHECK(rig.link.status().state == LinkState::connected);
}

TEST_CASE("of two emergencies at once the second uses the connection of the first: a device may accept one") {
    EmergencyRig rig;
    rig.run_up();
    rig.network.on_dial = [&](const Endpoint&) {
        auto dial = rig.dial;
        if (rig.server->connections() > 0) dial.refuse = asio::error::connection_refused;
        return dial;
    };
    rig.back->swallow = true;
    const auto first = rig.emergency(), second = rig.emergency();
    rig.pass(3s);
    REQUIRE(first->has_value());
    REQUIRE(second->has_value());
    CHECK_FALSE((*first)->first_error());
    CHECK_FALSE((*second)->first_error());
    CHECK(rig.safe());
    CHECK(rig.link.status().state == LinkState::connected);
    rig.pass(5s);
    CHECK(rig.link.status().state == LinkState::connected);
    CHECK_FALSE(rig.write(rig.map.standard().p_setpoint, 7)->done());
    rig.pass(10ms);
    CHECK(rig.bank.holding[86] == 70);
}

TEST_CASE(
    "an emergency at every moment of a link's troubles leaves the device safe or says that it could not") {
    Random random(4);
    for (int i = 0; i < 300; ++i) {
        EmergencyRig rig(lib_endpoint(), static_cast<std::uint64_t>(i) + 1);
        rig.bank.holding[86] = 420;
        rig.bank.holding[1] = 1;
        rig.dial.to_server.latency = std::chrono::milliseconds(random.below(60));
        rig.dial.to_client.latency = std::chrono::milliseconds(random.below(60));
        rig.dial.to_client.cut_after = random.below(4) == 0 ? random.below(200) : std::size_t(-1);
        rig.dial.hang = random.below(5) == 0;
        rig.dial.to_client.swallow = random.below(5) == 0;
        rig.connect();
        for (int k = 0; k < 5; ++k)
            (void)rig.read(rig.measured);
        rig.pass(std::chrono::milliseconds(random.below(3000)));
        rig.dial.hang = false;
        rig.dial.to_client = {};
        const auto begin = rig.clock.now();
        const auto stop = rig.emergency();
        rig.pass(4s);
        INFO("case " << i);
        REQUIRE(stop->has_value());
        CHECK(rig.ended - begin <= 100ms * 4 + 2s);
        if (!(*stop)->first_error()) CHECK(rig.safe());
        rig.pass(60s);
        CHECK(rig.link.status().state == LinkState::connected);
        CHECK(rig.server->connections() == 1);
    }
}

TEST_CASE("somebody who asks for it gets one attempt at once instead of the rest of a back-off") {
    LinkRig rig;
    rig.dial.refuse = asio::error::connection_refused;
    rig.connect();
    rig.pass(40s);
    REQUIRE(rig.link.status().state == LinkState::waiting);
    const auto ask = [&] {
        auto out = std::make_shared<std::optional<error_code>>();
        rig.tasks.spawn("ask",
                        [&rig, out]() -> awaitable<void> { out->emplace(co_await rig.link.connect_now()); });
        rig.clock.settle();
        return out;
    };
    auto dials = rig.dials.size();
    const auto refused = ask();
    REQUIRE(refused->has_value());
    CHECK(*refused == error_code(asio::error::connection_refused));
    CHECK(rig.dials.size() == dials + 1);

    rig.dial.refuse = {};
    rig.dial.hang = true;
    const auto hanging = ask();
    CHECK_FALSE(hanging->has_value());
    rig.pass(1s);
    REQUIRE(hanging->has_value());
    CHECK(**hanging);

    rig.dial.hang = false;
    const auto good = ask();
    REQUIRE(good->has_value());
    CHECK_FALSE(**good);
    CHECK(rig.link.status().state == LinkState::connected);
    dials = rig.dials.size();
    const auto again = ask();
    CHECK(again->has_value());
    CHECK(rig.dials.size() == dials);
}

TEST_CASE("who asks for a session that answers waits for a silent one to answer, or to be given up") {
    EmergencyRig rig;
    rig.run_up();
    rig.back->swallow = true;
    (void)rig.read(rig.measured);
    rig.pass(1100ms);
    REQUIRE(rig.link.status().state == LinkState::connected);
    CHECK_FALSE(rig.link.answers());
    auto out = std::make_shared<std::optional<error_code>>();
    rig.tasks.spawn("ask",
                    [&rig, out]() -> awaitable<void> { out->emplace(co_await rig.link.connect_now()); });
    rig.clock.settle();
    CHECK_FALSE(out->has_value());
    SECTION("it answers again") {
        rig.back->swallow = false;
        rig.pass(1100ms);
        REQUIRE(out->has_value());
        CHECK_FALSE(**out);
        CHECK(rig.dials.size() == 1);
    }
    SECTION("it does not, and another connection is made") {
        rig.pass(5s);
        REQUIRE(out->has_value());
        CHECK_FALSE(**out);
        CHECK(rig.dials.size() == 2);
    }
    CHECK(rig.link.answers());
}
