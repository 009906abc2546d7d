// Everything that can break at a step of connecting, reading and writing, broken at every step.
#include "link_rig.hpp"

#include "support/catch.hpp"

using namespace hil;
using namespace std::chrono_literals;
using plant::LinkState;
using plant::Priority;
using test::LinkRig;

namespace {

// One round of a plant's day: read, write, read back. Says how far it got.
struct Round {
    int done = 0;
    error_code error;
    bool over = false;
};

std::shared_ptr<Round> run_round(LinkRig& rig) {
    auto round = std::make_shared<Round>();
    rig.tasks.spawn("round", [&rig, round]() -> awaitable<void> {
        const auto epoch = rig.link.epoch();
        const auto before = co_await rig.link.read(rig.measured, Priority::sample);
        round->error = before.error();
        if (before) ++round->done;
        if (before) {
            const auto written =
                co_await rig.link.write(rig.map.standard().p_setpoint, 42, Priority::dispatch, epoch);
            round->error = written.error();
            if (written) ++round->done;
        }
        if (round->done == 2) {
            const auto after = co_await rig.link.read(rig.setpoints, Priority::dispatch);
            round->error = after.error();
            if (after && after->front().value == 42) ++round->done;
        }
        round->over = true;
    });
    return round;
}

// The link must come back by itself and work, whatever was done to it.
void check_recovery(LinkRig& rig) {
    rig.pass(40s);
    REQUIRE(rig.link.status().state == LinkState::connected);
    const auto round = run_round(rig);
    rig.pass(1s);
    REQUIRE(round->over);
    CHECK_FALSE(round->error);
    CHECK(round->done == 3);
    CHECK_FALSE(rig.link.status().failing());
    CHECK(rig.server->connections() == 1);
}

constexpr std::size_t bytes_to_server = 5 * 12;  // probe, two reads, write, read
constexpr std::size_t first_answer = 11;
constexpr std::size_t bytes_to_client = first_answer + 15 + 63 + 12 + 15;  // and their answers

}  // namespace

TEST_CASE("a connection that breaks after any number of bytes fails what is under way and is made again") {
    const bool forth = GENERATE(true, false);
    const std::size_t all = forth ? bytes_to_server : bytes_to_client;
    for (std::size_t bytes = 0; bytes <= all; ++bytes) {
        LinkRig rig;
        (forth ? rig.dial.to_server : rig.dial.to_client).cut_after = bytes;
        rig.connect();
        rig.dial = {};
        INFO("cut after " << bytes << (forth ? " bytes to" : " bytes from") << " the device");
        if (rig.link.status().state == LinkState::connected) {
            const auto round = run_round(rig);
            rig.clock.settle();
            REQUIRE(round->over);  // in the instant of the cut: nobody waits for a time-out
            if (round->error) CHECK(round->error == plant::errc::not_connected);
            // Cut after the answer to the link's own first request: nothing was outstanding.
            const bool idle = !forth && bytes == first_answer;
            if (bytes < all) CHECK((idle ? round->done == 3 : round->done < 3));
        }
        check_recovery(rig);
    }
}

TEST_CASE("a device that falls silent after any message costs one time-out and is dialled again") {
    const bool forth = GENERATE(true, false);
    for (int messages = 0; messages < 5; ++messages) {
        LinkRig rig;
        INFO("silent after " << messages << (forth ? " messages to" : " messages from") << " the device");
        auto& direction = forth ? rig.dial.to_server : rig.dial.to_client;
        direction.swallow = messages == 0;
        direction.corrupt = [&, passed = 0](std::span<std::byte>) mutable {
            if (++passed == messages) (forth ? rig.forth : rig.back)->swallow = true;
        };
        rig.connect();
        rig.dial = {};
        const bool connected = rig.link.status().state == LinkState::connected;
        CHECK(connected == (messages >= 1));
        const auto round = run_round(rig);
        rig.pass(1s);
        REQUIRE(round->over);
        if (connected) {
            CHECK(round->done == std::max(0, messages - 2));
            CHECK(round->error == modbus::errc::timeout);
        } else {
            CHECK(round->error == plant::errc::not_connected);
        }
        check_recovery(rig);
    }
}

TEST_CASE(
    "bytes that are spoilt from any point on fail the call within its time-out, and the link comes back") {
    const bool forth = GENERATE(true, false);
    const auto rest = GENERATE(std::byte{0x00}, std::byte{0xFF}, std::byte{0x03});
    const std::size_t all = forth ? bytes_to_server : bytes_to_client;
    for (std::size_t bytes = 0; bytes < all; ++bytes) {
        LinkRig rig;
        INFO("spoilt after " << bytes << (forth ? " bytes to" : " bytes from") << " the device");
        (forth ? rig.dial.to_server : rig.dial.to_client).corrupt =
            [&, passed = std::size_t{0}](std::span<std::byte> chunk) mutable {
                for (auto& byte : chunk) {
                    if (passed++ >= bytes) byte = rest;
                }
            };
        rig.connect();
        rig.dial = {};
        const auto round = run_round(rig);
        rig.pass(3s);
        REQUIRE(round->over);
        rig.forth->corrupt = rig.back->corrupt = {};
        check_recovery(rig);
    }
}

TEST_CASE("attempts that are refused, hang or answer nothing are all overcome") {
    LinkRig rig;
    SECTION("refused") {
        rig.dial.refuse = asio::error::connection_refused;
    }
    SECTION("hangs") {
        rig.dial.hang = true;
    }
    SECTION("slower than the time-out") {
        rig.dial.delay = 2s;
    }
    SECTION("connects and never answers") {
        rig.dial.to_client.swallow = true;
    }
    SECTION("connects and hears nothing") {
        rig.dial.to_server.swallow = true;
    }
    SECTION("answers garbage") {
        rig.dial.to_client.corrupt = [](std::span<std::byte> bytes) {
            for (auto& byte : bytes)
                byte ^= std::byte{0xFF};
        };
    }
    SECTION("nobody listens") {
        rig.server.reset();
    }
    rig.start();
    rig.pass(10s);
    CHECK(rig.link.status().state != LinkState::connected);
    CHECK(rig.link.status().failing());
    CHECK(rig.link.status().session == 0);
    rig.dial = {};
    if (!rig.server) rig.serve();
    check_recovery(rig);
    CHECK(rig.link.status().session == 1);
}

TEST_CASE("bytes that arrive one by one and late change nothing but the time") {
    LinkRig rig;
    rig.dial.to_client.max_chunk = rig.dial.to_server.max_chunk = 1;
    rig.dial.to_client.latency = rig.dial.to_server.latency = 20ms;
    rig.start();
    rig.pass(1s);
    check_recovery(rig);
    CHECK(rig.link.status().session == 1);
    CHECK(rig.link.status().round_trip == Duration(40ms));
}
