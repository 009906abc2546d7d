#include "link_rig.hpp"

#include "support/catch.hpp"

using namespace hil;
using namespace std::chrono_literals;
using plant::LinkState;
using plant::Priority;
using test::LinkRig;

TEST_CASE("a link connects at once and stands when the peer has answered") {
    LinkRig rig;
    CHECK(rig.link.status().state == LinkState::idle);
    rig.connect();
    CHECK(rig.link.status().state == LinkState::connected);
    CHECK(rig.link.status().session == 1);
    CHECK(rig.link.status().last_success == rig.clock.now());
    CHECK_FALSE(rig.link.status().failing());
    CHECK(rig.states == std::vector{LinkState::connecting, LinkState::connected});
    CHECK(rig.dials == std::vector{Instant{}});
    REQUIRE(rig.seen.size() == 1);
    CHECK(rig.seen[0].request.address == 1);  // enable
}

TEST_CASE("an exception is an answer too: a link stands on it") {
    LinkRig rig;
    rig.answer = [](const modbus::Request& request) { return LinkRig::exception(request, 2); };
    rig.connect();
    CHECK(rig.link.status().state == LinkState::connected);
}

TEST_CASE("without a session every call fails at once") {
    LinkRig rig;
    rig.dial.refuse = asio::error::connection_refused;
    rig.connect();
    CHECK(rig.link.status().state == LinkState::waiting);
    CHECK(rig.link.status().last_error == asio::error::connection_refused);
    const auto before = rig.clock.now();
    const auto read = rig.read(rig.measured);
    const auto write = rig.write(rig.map.standard().p_setpoint, 1, Priority::emergency);
    rig.clock.settle();
    REQUIRE(read->done());
    REQUIRE(write->done());
    CHECK(read->error() == plant::errc::not_connected);
    CHECK(write->error() == plant::errc::not_connected);
    CHECK(write->ended == before);
}

TEST_CASE("attempts to connect back off in unscaled time, each hanging one costing its time-out") {
    LinkRig rig;
    rig.dial.hang = true;
    rig.start();
    rig.pass(100s);
    REQUIRE(rig.dials.size() >= 7);
    Duration nominal = 500ms;
    for (std::size_t i = 1; i < 7; ++i) {
        const auto waited = rig.dials[i] - rig.dials[i - 1] - 1s;
        CHECK(waited <= nominal);
        CHECK(waited >= nominal / 2);
        nominal *= 2;
    }
    CHECK(rig.link.status().last_error == asio::error::timed_out);
    CHECK(rig.link.status().consecutive_failures >= 6);
    rig.dial.hang = false;
    rig.pass(31s);
    CHECK(rig.link.status().state == LinkState::connected);
    CHECK_FALSE(rig.link.status().failing());
    CHECK(rig.link.status().last_error == asio::error::timed_out);
}

TEST_CASE("the back-off of a link is drawn from its own seed") {
    const auto dials_of = [](std::uint64_t seed) {
        LinkRig rig(test::lib_endpoint(), seed);
        rig.dial.refuse = asio::error::connection_refused;
        rig.start();
        rig.pass(60s);
        return rig.dials;
    };
    CHECK(dials_of(1) == dials_of(1));
    CHECK(dials_of(1) != dials_of(2));
}

TEST_CASE("a cut session is made again at once, in another epoch") {
    LinkRig rig;
    rig.connect();
    rig.pass(20s);
    const auto epoch = rig.link.epoch();
    rig.back->latency = 100ms;
    const auto under_way = rig.read(rig.measured);
    const auto waiting = rig.write(rig.map.standard().p_setpoint, 1);
    rig.pass(50ms);
    rig.back->latency = {};
    rig.network.reset_connections(rig.endpoint.address);
    rig.clock.settle();
    REQUIRE(under_way->done());
    REQUIRE(waiting->done());
    CHECK(under_way->error() == plant::errc::not_connected);
    CHECK(waiting->error() == plant::errc::not_connected);
    CHECK(under_way->ended == Instant{20s + 50ms});
    CHECK(rig.link.epoch() > epoch);
    CHECK(rig.link.status().state == LinkState::connected);
    CHECK(rig.link.status().session == 2);
    const auto old = rig.write(rig.map.standard().p_setpoint, 1, Priority::dispatch, epoch);
    rig.clock.settle();
    CHECK(old->error() == plant::errc::superseded);
    CHECK(rig.bank.holding[86] == 0);
}

TEST_CASE("a device that accepts, answers and hangs up is not dialled in a tight loop") {
    LinkRig rig;
    bool hangs_up = true;
    rig.answer = [&](const modbus::Request&) -> std::optional<modbus::Response> {
        rig.tasks.spawn("hang up", [&]() -> awaitable<void> {
            co_await rig.clock.sleep_for(1ms);
            if (hangs_up) rig.network.reset_connections(rig.endpoint.address);
        });
        return std::nullopt;
    };
    rig.start();
    rig.pass(120s);
    CHECK(rig.dials.size() == 1);  // nobody asked anything
    for (int i = 0; i < 120; ++i) {
        const auto call = rig.read(rig.setpoints);
        rig.pass(1s);
        REQUIRE(call->done());
    }
    CHECK(rig.dials.size() <= 121);
    CHECK(rig.link.status().session == rig.dials.size());
}

TEST_CASE("a plant that falls silent costs its callers one time-out") {
    LinkRig rig;
    rig.connect();
    rig.pass(20s);
    rig.back->swallow = true;
    const auto begin = rig.clock.now();
    const auto epoch = rig.link.epoch();
    const auto first = rig.read(rig.measured);
    std::vector<std::shared_ptr<test::Call<plant::Reading>>> waiting;
    for (int i = 0; i < 5; ++i)
        waiting.push_back(rig.read(rig.measured));
    rig.pass(1s);
    REQUIRE(first->done());
    CHECK(first->error() == modbus::errc::timeout);
    CHECK(first->ended == begin + 1s);
    for (const auto& call : waiting) {
        REQUIRE(call->done());
        CHECK(call->error() == plant::errc::not_answering);
        CHECK(call->ended == begin + 1s);
    }
    CHECK(rig.link.status().failing());

    // The link probes by itself until it gives the session up; nobody else pays.
    for (int i = 0; i < 100; ++i) {
        const auto later = rig.read(rig.measured, Priority::control);
        rig.clock.settle();
        REQUIRE(later->done());
        REQUIRE(
            (later->error() == plant::errc::not_answering || later->error() == plant::errc::not_connected));
        rig.dial.to_client.swallow = true;
        rig.pass(1s);
    }
    CHECK(rig.link.status().state != LinkState::connected);
    CHECK(rig.link.status().session == 1);
    CHECK(rig.link.epoch() > epoch);
    CHECK(rig.dials.size() <= 10);

    rig.dial.to_client.swallow = false;
    rig.pass(40s);  // longer than the longest wait before an attempt
    CHECK(rig.link.status().session == 2);
    const auto again = rig.read(rig.measured);
    rig.clock.settle();
    CHECK(again->outcome->has_value());
}

TEST_CASE("a single lost answer does not end the session") {
    LinkRig rig;
    rig.connect();
    rig.back->swallow = true;
    const auto lost = rig.read(rig.measured);
    rig.pass(500ms);
    rig.back->swallow = false;
    rig.pass(600ms);
    CHECK(lost->error() == modbus::errc::timeout);
    CHECK_FALSE(rig.link.status().failing());
    const auto next = rig.read(rig.measured);
    rig.clock.settle();
    CHECK(next->outcome->has_value());
    CHECK(rig.link.status().session == 1);
}

TEST_CASE("an emergency is tried on a silent plant as well") {
    LinkRig rig;
    rig.connect();
    rig.back->swallow = true;
    const auto lost = rig.read(rig.measured);
    rig.pass(1s);
    REQUIRE(lost->done());
    const auto stop = rig.write(rig.map.standard().p_setpoint, -1, Priority::emergency);
    const auto other = rig.write(rig.map.standard().q_setpoint, -1, Priority::control);
    rig.pass(2500ms);
    CHECK(rig.bank.holding[86] == 0xFFF6);  // it arrived, though its answer did not
    CHECK(rig.bank.holding[88] == 0);
    CHECK(stop->error() == modbus::errc::timeout);
    CHECK(other->error() == plant::errc::not_answering);
}

TEST_CASE("stop ends a connected link in order") {
    LinkRig rig;
    rig.connect();
    rig.back->latency = 100ms;
    const auto under_way = rig.read(rig.measured);
    const auto waiting = rig.read(rig.measured);
    rig.pass(10ms);
    rig.link.stop();
    CHECK(rig.link.status().state == LinkState::stopped);
    rig.clock.settle();
    CHECK(under_way->error() == plant::errc::not_connected);
    CHECK(waiting->error() == plant::errc::not_connected);
    CHECK(rig.link_ended);
    CHECK(rig.server->connections() == 0);
    const auto late = rig.read(rig.measured);
    rig.pass(60s);
    CHECK(late->error() == plant::errc::not_connected);
    CHECK(rig.dials.size() == 1);
    CHECK(rig.states.back() == LinkState::stopped);
}

TEST_CASE("stop ends a link that dials, that backs off, and one that never ran") {
    SECTION("dialling") {
        LinkRig rig;
        rig.dial.hang = true;
        rig.connect();
        CHECK(rig.link.status().state == LinkState::connecting);
        rig.link.stop();
        rig.clock.settle();
        CHECK(rig.link_ended);
    }
    SECTION("backing off") {
        LinkRig rig;
        rig.dial.refuse = asio::error::connection_refused;
        rig.connect();
        CHECK(rig.link.status().state == LinkState::waiting);
        rig.link.stop();
        rig.clock.settle();
        CHECK(rig.link_ended);
        CHECK(rig.dials.size() == 1);
    }
    SECTION("waiting for its first answer") {
        LinkRig rig;
        rig.dial.to_client.swallow = true;
        rig.connect();
        CHECK(rig.link.status().state == LinkState::connecting);
        rig.link.stop();
        rig.clock.settle();
        CHECK(rig.link_ended);
    }
    SECTION("not started") {
        LinkRig rig;
        rig.link.stop();
        rig.connect();
        CHECK(rig.link_ended);
        CHECK(rig.dials.empty());
    }
}

TEST_CASE("cancelling a link ends its session and unwinds, and it can be run again") {
    LinkRig rig;
    TaskGroup owner(rig.clock);
    owner.spawn("link", [&] { return rig.link.run(); });
    rig.clock.settle();
    REQUIRE(rig.link.status().state == LinkState::connected);
    const auto epoch = rig.link.epoch();
    owner.cancel();
    rig.clock.settle();
    CHECK(owner.size() == 0);
    CHECK(rig.link.status().state == LinkState::idle);
    CHECK(rig.server->connections() == 0);
    CHECK(rig.link.epoch() > epoch);
    rig.connect();
    CHECK(rig.link.status().state == LinkState::connected);
    CHECK(rig.link.status().session == 2);
}

TEST_CASE("a link may be destroyed while calls wait for it") {
    LinkRig rig;
    const auto own = test::lib_endpoint();
    std::optional<plant::Link> link(std::in_place, rig.clock, rig.network, Random(3), own);
    TaskGroup tasks(rig.clock);
    tasks.spawn("link", [&] { return link->run(); });
    rig.clock.settle();
    rig.back->latency = 100ms;
    std::vector<error_code> errors;
    for (int i = 0; i < 3; ++i) {
        tasks.spawn("read", [&]() -> awaitable<void> {
            const auto reading = co_await link->read(rig.measured, Priority::sample);
            errors.push_back(reading.error());
        });
    }
    rig.pass(10ms);
    link.reset();
    rig.clock.settle();
    CHECK(errors == std::vector<error_code>(3, plant::errc::not_connected));
    CHECK(tasks.size() == 0);
}
