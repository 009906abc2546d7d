// Devices with habits: they close what is idle, swallow first requests, need pauses, answer one at a time,
// answer for others.
#include "link_rig.hpp"

#include "support/catch.hpp"

#include <boost/asio/error.hpp>

using namespace hil;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using plant::LinkCause;
using plant::LinkState;
using plant::Priority;
using test::LinkRig;

namespace {

// Closes what is open, in order: the client sees the end of the stream.
void close_idle(LinkRig& rig) {
    rig.server.reset();
    rig.clock.settle();
    rig.serve();
}

}  // namespace

// ---- idle connections ---------------------------------------------------------------------------------

TEST_CASE("a peer that closes an idle connection is dialled at the next question, silently") {
    LinkRig rig;
    rig.connect();
    rig.pass(3s);
    const auto epoch = rig.link.epoch();
    const auto states = rig.states;
    close_idle(rig);
    rig.pass(60s);
    CHECK(rig.dials.size() == 1);
    CHECK(rig.link.status().state == LinkState::connected);
    CHECK(rig.link.epoch() > epoch);  // what was decided before is not sent after
    CHECK_FALSE(rig.link.answers());

    const auto call = rig.read(rig.setpoints);
    rig.clock.settle();
    REQUIRE(call->done());
    CHECK(call->outcome->has_value());
    CHECK(rig.dials.size() == 2);
    CHECK(rig.link.status().session == 2);
    CHECK_FALSE(rig.link.status().failing());
    CHECK(rig.link.status().errors == 0);
    CHECK(rig.states == states);
    CHECK(rig.troubles.empty());
}

TEST_CASE("an idle connection may be closed as often as the device likes") {
    LinkRig rig;
    rig.connect();
    for (int i = 0; i < 50; ++i) {
        rig.pass(500ms);
        close_idle(rig);
        const auto read = rig.read(rig.measured);
        const auto write = rig.write(rig.map.standard().p_setpoint, i);
        rig.clock.settle();
        REQUIRE(read->done());
        CHECK(read->outcome->has_value());
        REQUIRE(write->done());
        CHECK(write->outcome->has_value());
    }
    CHECK(rig.link.status().session == 51);
    CHECK(rig.troubles.empty());
}

TEST_CASE("a peer that closed and is gone is told at the next question") {
    LinkRig rig;
    rig.connect();
    rig.pass(3s);
    rig.server.reset();
    rig.dial.refuse = asio::error::connection_refused;
    rig.pass(10s);
    CHECK(rig.link.status().state == LinkState::connected);
    const auto read = rig.read(rig.setpoints);
    const auto write = rig.write(rig.map.standard().p_setpoint, 5);
    rig.clock.settle();
    REQUIRE(read->done());
    REQUIRE(write->done());
    CHECK(read->error() == plant::errc::not_connected);
    CHECK(write->error() == plant::errc::not_connected);
    CHECK(rig.link.status().state == LinkState::waiting);
    CHECK(rig.link.status().cause.kind == LinkCause::Kind::cannot_connect);
    CHECK(rig.dials.size() == 2);

    rig.dial.refuse = {};
    rig.serve();
    rig.pass(30s);
    CHECK(rig.link.status().state == LinkState::connected);
    CHECK_FALSE(rig.link.status().cause);
    CHECK(rig.troubles.back().empty());
}

TEST_CASE("a stop, an emergency and a link that ends find a connection closed for idleness") {
    LinkRig rig;
    rig.connect();
    rig.pass(3s);
    close_idle(rig);
    SECTION("connect now") {
        std::optional<error_code> outcome;
        rig.tasks.spawn("connect", [&]() -> awaitable<void> { outcome = co_await rig.link.connect_now(); });
        rig.clock.settle();
        CHECK(outcome == error_code());
        CHECK(rig.link.answers());
    }
    SECTION("emergency") {
        std::optional<plant::Link::EmergencyOutcome> outcome;
        rig.tasks.spawn("emergency", [&]() -> awaitable<void> {
            std::vector<plant::Link::EmergencyWrite> writes{{rig.map.standard().p_setpoint, 7.0}};
            outcome = co_await rig.link.emergency(std::move(writes));
        });
        rig.clock.settle();
        REQUIRE(outcome);
        CHECK_FALSE(outcome->first_error());
        CHECK(rig.bank.holding[86] == 70);
    }
    SECTION("stop") {
        rig.link.stop();
        rig.clock.settle();
        CHECK(rig.link_ended);
        const auto late = rig.read(rig.setpoints);
        rig.pass(60s);
        CHECK(late->error() == plant::errc::not_connected);
        CHECK(rig.dials.size() == 1);
    }
}

TEST_CASE("a read that was on its way when the device closed after a pause is asked again, a write is not") {
    LinkRig rig;
    rig.connect();
    rig.pass(1s);
    rig.back->latency = 20ms;
    const auto read = rig.read(rig.measured);
    rig.pass(5ms);
    rig.network.reset_connections(rig.endpoint.address);
    rig.clock.settle();
    REQUIRE(read->done());
    CHECK(read->outcome->has_value());
    CHECK(rig.link.status().session == 2);
    CHECK(rig.link.status().errors == 0);
    CHECK(rig.troubles.empty());

    rig.pass(1s);
    rig.back->latency = 20ms;
    const auto write = rig.write(rig.map.standard().p_setpoint, 9);
    rig.pass(5ms);
    rig.network.reset_connections(rig.endpoint.address);
    rig.clock.settle();
    REQUIRE(write->done());
    CHECK(write->error() == plant::errc::not_connected);
    CHECK_FALSE(rig.link.status().failing());

    // A device that closes whenever it is asked does so the second time, too.
    rig.answer = [&](const modbus::Request& request) -> std::optional<modbus::Response> {
        if (request.address != 1) rig.network.reset_connections(rig.endpoint.address);
        return std::nullopt;
    };
    rig.dial.to_client.latency = 5ms;
    rig.pass(1s);
    const auto again = rig.read(rig.setpoints);
    rig.pass(2s);
    REQUIRE(again->done());
    CHECK(again->error() == plant::errc::not_connected);
    CHECK_FALSE(rig.troubles.empty());
}

// ---- the first answer and pauses ----------------------------------------------------------------------

TEST_CASE("a gateway that swallows the first two seconds of a connection is connected to") {
    LinkRig rig;
    rig.dial.to_client.swallow = true;
    rig.connect();
    rig.pass(1900ms);
    rig.back->swallow = false;
    rig.pass(200ms);
    CHECK(rig.link.status().state == LinkState::connected);
    CHECK(rig.dials.size() == 1);
    CHECK(rig.seen.size() == 3);
    CHECK_FALSE(rig.link.status().failing());
}

TEST_CASE("one that swallows longer than a first connection is kept gets its time on a later one") {
    LinkRig rig;
    std::vector<Instant> since;
    rig.network.on_connected = [&](const Endpoint&, auto to_server, auto to_client) {
        rig.forth = to_server;
        rig.back = to_client;
        to_client->swallow = true;
        rig.tasks.spawn("wakes up", [&rig, to_client]() -> awaitable<void> {
            co_await rig.clock.sleep_for(8s);
            to_client->swallow = false;
        });
    };
    rig.start();
    rig.pass(5s);
    CHECK(rig.link.status().cause.kind == LinkCause::Kind::no_first_answer);
    CHECK_THAT(rig.link.status().trouble(), Contains("connect_delay_ms"));
    rig.pass(60s);
    CHECK(rig.link.status().state == LinkState::connected);
    CHECK(rig.dials.size() == 3);  // kept for 3, 6 and 12 s
}

TEST_CASE("the pauses of an endpoint are kept by its link") {
    auto endpoint = test::lib_endpoint();
    endpoint.connect_delay = 2s;
    endpoint.min_pause = 100ms;
    endpoint.max_in_flight = 8;
    LinkRig rig(endpoint);
    rig.connect();
    rig.pass(2s - 1ns);
    CHECK(rig.seen.empty());
    rig.pass(1ns);
    CHECK(rig.seen.size() == 1);
    CHECK(rig.link.status().state == LinkState::connected);
    for (int i = 0; i < 4; ++i)
        rig.read(rig.measured);
    rig.pass(2s);
    REQUIRE(rig.seen.size() == 9);
    for (std::size_t i = 1; i < rig.seen.size(); ++i)
        CHECK(rig.seen[i].at - rig.seen[i - 1].at == 100ms);
    CHECK(rig.link.longest_attempt() >= 4s);
}

TEST_CASE("no request has more registers than the device allows") {
    auto endpoint = test::lib_endpoint();
    endpoint.max_registers = 3;
    LinkRig rig(endpoint);
    rig.connect();
    const auto read = rig.read(rig.measured);
    rig.clock.settle();
    REQUIRE(read->outcome->has_value());
    for (const auto& seen : rig.seen)
        CHECK(seen.request.count <= 3);
}

// ---- one at a time ------------------------------------------------------------------------------------

TEST_CASE("a device that drops what comes while it answers is sent one request at a time") {
    auto endpoint = test::lib_endpoint();
    endpoint.max_in_flight = 8;
    LinkRig rig(endpoint);
    rig.connect();
    // Answers the first of the frames that come at one instant.
    Instant last{};
    int at_once = 0;
    rig.dial.to_client = {};
    rig.back->corrupt = [&](std::span<std::byte> bytes) {
        at_once = rig.clock.now() == last ? at_once + 1 : 0;
        last = rig.clock.now();
        if (at_once > 0) bytes[1] ^= std::byte{0x80};  // another transaction: nobody's answer
    };
    for (int second = 0; second < 30; ++second) {
        for (int i = 0; i < 4; ++i)
            rig.read(rig.setpoints);
        rig.pass(1s);
    }
    CHECK(rig.link.status().one_at_a_time);
    CHECK(rig.link.status().session == 1);
    CHECK_FALSE(rig.troubles.empty());
    rig.back->corrupt = {};
    rig.back->latency = 10ms;
    rig.pass(5s);
    const auto first = rig.seen.size();
    std::vector<std::shared_ptr<test::Call<plant::Reading>>> calls;
    for (int i = 0; i < 4; ++i)
        calls.push_back(rig.read(rig.setpoints));
    rig.pass(200ms);
    for (const auto& call : calls) {
        REQUIRE(call->done());
        CHECK(call->outcome->has_value());
    }
    REQUIRE(rig.seen.size() - first == 4);
    CHECK(rig.seen[first + 1].at > rig.seen[first].at);

    // The next session remembers.
    rig.network.reset_connections(rig.endpoint.address);
    rig.pass(10s);
    const auto second = rig.seen.size();
    rig.dial.to_client.latency = 10ms;
    for (int i = 0; i < 3; ++i)
        rig.read(rig.setpoints);
    rig.pass(1s);
    REQUIRE(rig.seen.size() - second == 4);
    CHECK(rig.seen[second + 3].at > rig.seen[second + 2].at);
}

TEST_CASE("a device that is gone for a while is not taken for one that answers one at a time") {
    auto endpoint = test::lib_endpoint();
    endpoint.max_in_flight = 8;
    LinkRig rig(endpoint);
    rig.connect();
    for (int round = 0; round < 5; ++round) {
        rig.back->swallow = true;
        for (int i = 0; i < 4; ++i)
            rig.read(rig.setpoints);
        rig.pass(1500ms);
        rig.back->swallow = false;
        rig.pass(10s);
        REQUIRE(rig.link.status().state == LinkState::connected);
    }
    CHECK_FALSE(rig.link.status().one_at_a_time);
}

// ---- causes -------------------------------------------------------------------------------------------

TEST_CASE("a gateway that answers for a silent device is named, and the session stays") {
    LinkRig rig;
    rig.connect();
    rig.answer = [](const modbus::Request& request) { return LinkRig::exception(request, 11); };
    for (int i = 0; i < 3; ++i) {
        rig.read(rig.setpoints);
        rig.pass(1s);
    }
    CHECK(rig.link.status().state == LinkState::connected);
    CHECK(rig.link.status().cause.kind == LinkCause::Kind::gateway);
    CHECK(rig.link.status().failing());
    REQUIRE(rig.troubles.size() == 1);
    CHECK_THAT(rig.troubles[0], Contains("the gateway answers, the device does not"));
    rig.answer = {};
    rig.read(rig.setpoints);
    rig.clock.settle();
    CHECK_FALSE(rig.link.status().failing());
    CHECK(rig.link.status().trouble().empty());
    CHECK(rig.troubles.size() == 2);
    CHECK(rig.link.status().last_exception == modbus::errc::gateway_target_failed);
}

TEST_CASE("a peer that is no Modbus is called so, though it never became a session") {
    LinkRig rig;
    rig.dial.to_client.corrupt = [](std::span<std::byte> bytes) { bytes[2] = std::byte{'S'}; };
    rig.connect();
    CHECK(rig.link.status().state == LinkState::waiting);
    CHECK(rig.link.status().cause.kind == LinkCause::Kind::no_modbus);
    CHECK(rig.link.status().last_error == modbus::errc::bad_frame);
    CHECK_THAT(rig.link.status().trouble(), Contains("does not speak Modbus TCP"));
}

TEST_CASE("another unit or transaction id is told with both numbers") {
    LinkRig rig;
    SECTION("unit") {
        rig.dial.to_client.corrupt = [](std::span<std::byte> bytes) { bytes[6] = std::byte{255}; };
        rig.connect();
        CHECK(rig.link.status().trouble() == "unit 1 was asked and unit 255 answers: unit_id 255 would fit");
    }
    SECTION("transaction") {
        rig.dial.to_client.corrupt = [](std::span<std::byte> bytes) { bytes[1] = std::byte{0}; };
        rig.start();
        rig.pass(4s);
        CHECK_THAT(rig.link.status().trouble(), Contains("transaction id") && Contains("and 0 answers"));
    }
    CHECK(rig.link.status().state != LinkState::connected);
}

TEST_CASE("a device that hangs up on everybody new may be connected to somebody else") {
    LinkRig rig;
    rig.answer = [&](const modbus::Request&) -> std::optional<modbus::Response> {
        rig.network.reset_connections(rig.endpoint.address);
        return std::nullopt;
    };
    rig.start();
    rig.pass(30s);
    CHECK(rig.link.status().cause.kind == LinkCause::Kind::taken);
    CHECK_THAT(rig.link.status().trouble(), Contains("somebody else may be connected"));
    CHECK(rig.link.status().session == 0);
}

TEST_CASE("what a link has trouble with is told once, and again when it is another thing") {
    LinkRig rig;
    rig.dial.refuse = asio::error::connection_refused;
    rig.start();
    rig.pass(60s);
    CHECK(rig.troubles.size() == 1);
    rig.dial.refuse = asio::error::host_unreachable;
    rig.pass(60s);
    CHECK(rig.troubles.size() == 2);
    rig.dial.refuse = {};
    rig.pass(60s);
    REQUIRE(rig.troubles.size() == 3);
    CHECK(rig.troubles.back().empty());
}
