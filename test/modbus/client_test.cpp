#include "modbus/client.hpp"

#include "test/modbus/client_rig.hpp"

#include <boost/asio/error.hpp>

using namespace hil;
using namespace hil::modbus;
using namespace hil::modbus::test;
using namespace std::chrono_literals;

using Rig = ClientRig;

namespace {

Request coils(std::uint16_t count) {
    Request request;
    request.function = Function::read_coils;
    request.count = count;
    return request;
}

}  // namespace

TEST_CASE("a call sends its request and returns the answer") {
    Rig rig;
    const auto outcome = rig.ask(*rig.client, coils(3));
    CHECK(rig.asked() == spaced("0001 0000 0006 01 01 0000 0003"));
    CHECK(rig.client->in_flight() == 1);
    rig.clock.run_for(20ms);
    CHECK(rig.client->oldest_age() == 20ms);
    rig.answer("0001 0000 0004 01 01 01 05");
    REQUIRE(*outcome);
    CHECK((*outcome)->value().bits == Bits{true, false, true, false, false, false, false, false});
    CHECK(rig.client->in_flight() == 0);
    CHECK(rig.client->oldest_age() == 0ms);
    REQUIRE(rig.exchanges.size() == 1);
    CHECK(rig.exchanges[0].function == Function::read_coils);
    CHECK_FALSE(rig.exchanges[0].outcome);
    CHECK(rig.exchanges[0].duration == 20ms);
}

TEST_CASE("the shorthands say the same in fewer words") {
    Rig rig;
    const auto read = rig.read(*rig.client, 5, 2);
    CHECK(rig.asked() == spaced("0001 0000 0006 01 03 0005 0002"));
    rig.answer("0001 0000 0007 01 03 04 0102 ffff");
    CHECK((*read)->value() == Words{0x0102, 0xFFFF});

    const auto write = rig.write(*rig.client, 9, 0xABCD);
    CHECK(rig.asked() == spaced("0002 0000 0006 01 06 0009 abcd"));
    rig.answer("0002 0000 0006 01 06 0009 abcd");
    CHECK((*write)->has_value());

    const std::vector<std::uint16_t> values = {1, 2};
    const auto writes = rig.run<void>([&] { return rig.client->write_registers(3, 7, values); });
    CHECK(rig.asked() == spaced("0003 0000 000b 03 10 0007 0002 04 0001 0002"));
    rig.answer("0003 0000 0003 03 90 02");
    CHECK((*writes)->error() == errc::illegal_data_address);
}

TEST_CASE("what breaks a limit is refused and nothing is sent") {
    Rig rig;
    const std::vector<std::uint16_t> many(500);
    const auto read = rig.read(*rig.client, 0, 126);
    const auto none = rig.read(*rig.client, 0, 0);
    const auto write = rig.run<void>([&] { return rig.client->write_registers(1, 0, many); });
    CHECK(rig.asked().empty());
    CHECK((*read)->error() == errc::illegal_data_value);
    CHECK((*none)->error() == errc::illegal_data_value);
    CHECK((*write)->error() == errc::illegal_data_value);
    CHECK(rig.exchanges.empty());
    CHECK(rig.client->statistics().requests == 0);
}

TEST_CASE("a call that is not answered fails at its deadline; the late answer does no harm") {
    Rig rig;
    const auto slow = rig.read(*rig.client);
    rig.clock.run_for(1s - 1ns);
    CHECK_FALSE(*slow);
    rig.clock.run_for(1ns);
    REQUIRE(*slow);
    CHECK((*slow)->error() == errc::timeout);
    CHECK(rig.exchanges.at(0).duration == 1s);

    const auto next = rig.read(*rig.client);
    CHECK(rig.asked() == spaced("0001 0000 0006 01 03 0000 0001 0002 0000 0006 01 03 0000 0001"));
    rig.answer("0001 0000 0005 01 03 02 1111");
    CHECK_FALSE(*next);
    rig.answer("0002 0000 0005 01 03 02 2222");
    CHECK((*next)->value() == Words{0x2222});
    CHECK(rig.client->connected());
    CHECK(rig.client->statistics().late_answers == 1);
    CHECK(rig.ends.empty());
}

TEST_CASE("each call has its own deadline with one timer for all") {
    Rig rig(in_flight(4));
    std::vector<Outcome<Words>> calls;
    for (int i = 0; i < 4; ++i) {
        calls.push_back(rig.read(*rig.client));
        rig.clock.run_for(100ms);
        CHECK(rig.clock.io_timers().size() == 1);
    }
    rig.answer("0002 0000 0005 01 03 02 0000");
    CHECK(*calls[1]);
    rig.clock.run_until(Instant{1000ms});
    CHECK((*calls[0])->error() == errc::timeout);
    CHECK_FALSE(*calls[2]);
    rig.clock.run_until(Instant{1200ms - 1ns});
    CHECK_FALSE(*calls[2]);
    rig.clock.run_until(Instant{1200ms});
    CHECK((*calls[2])->error() == errc::timeout);
    rig.answer("0004 0000 0005 01 03 02 0000");
    CHECK((*calls[3])->has_value());
    rig.clock.run_for(5s);
    CHECK(rig.clock.io_timers().size() == 0);
    CHECK(rig.client->connected());
}

TEST_CASE("a peer that stays silent is given up after some time-outs") {
    ClientOptions options;
    options.max_consecutive_timeouts = 2;
    Rig rig(options);
    const auto a = rig.read(*rig.client);
    const auto b = rig.read(*rig.client);
    const auto c = rig.read(*rig.client);
    rig.clock.run_for(2s);
    CHECK((*a)->error() == errc::timeout);
    CHECK((*b)->error() == errc::timeout);
    CHECK((*c)->error() == errc::disconnected);
    CHECK_FALSE(rig.client->connected());
    CHECK(rig.ends == std::vector<error_code>{errc::timeout});
    CHECK(rig.exchanges.size() == 2);  // the third was never sent
    received(rig, *rig.peer);
    CHECK(end_of(*rig.peer) == asio::error::eof);
}

TEST_CASE("calls fail at once while disconnected") {
    Rig rig;
    const auto under_way = rig.read(*rig.client);
    rig.asked();
    rig.peer->close();
    rig.clock.settle();
    CHECK((*under_way)->error() == errc::disconnected);
    CHECK(rig.ends == std::vector<error_code>{asio::error::eof});
    const auto before = rig.clock.now();
    const auto later = rig.read(*rig.client);
    const auto write = rig.write(*rig.client, 0, 0);
    rig.clock.settle();
    CHECK((*later)->error() == errc::disconnected);
    CHECK((*write)->error() == errc::disconnected);
    CHECK(rig.clock.now() == before);
    CHECK(rig.clock.io_timers().size() == 0);
    CHECK(rig.ends.size() == 1);
}

TEST_CASE("a stream that breaks in the middle of an answer fails the call") {
    Rig rig;
    const auto call = rig.read(*rig.client);
    rig.asked();
    rig.answer("0001 0000 0005 01 03 02");
    CHECK_FALSE(*call);
    rig.peer->close();
    rig.clock.settle();
    CHECK((*call)->error() == errc::disconnected);
}

TEST_CASE("a peer that does not speak Modbus is left") {
    Rig rig(in_flight(2));
    const auto a = rig.read(*rig.client);
    const auto b = rig.read(*rig.client);
    rig.asked();
    // The good answer before the wrong bytes still counts.
    rig.answer("0001 0000 0005 01 03 02 0007 4854 5450 2f31");
    CHECK((*a)->value() == Words{7});
    CHECK((*b)->error() == errc::disconnected);
    CHECK(rig.ends == std::vector<error_code>{errc::bad_frame});
    CHECK_FALSE(rig.client->connected());
}

TEST_CASE("calls beyond the bound are refused") {
    ClientOptions options;
    options.max_waiting = 2;
    Rig rig(options);
    std::vector<Outcome<Words>> calls;
    for (int i = 0; i < 4; ++i)
        calls.push_back(rig.read(*rig.client));
    rig.clock.settle();
    CHECK(rig.client->in_flight() == 3);
    CHECK_FALSE(*calls[2]);
    REQUIRE(*calls[3]);
    CHECK((*calls[3])->error() == errc::queue_full);
}

TEST_CASE("what answered callers ask next leaves in one write") {
    Rig rig(in_flight(3));
    int done = 0;
    for (int i = 0; i < 3; ++i) {
        rig.tasks.spawn("asks twice", [&]() -> awaitable<void> {
            for (int round = 0; round < 2; ++round) {
                const auto words = co_await rig.client->read_holding_registers(1, 0, 1);
                if (words) ++done;
            }
        });
    }
    rig.asked();
    const auto before = rig.io->writes;
    rig.answer(
        "0001 0000 0005 01 03 02 0000 0002 0000 0005 01 03 02 0000"
        "0003 0000 0005 01 03 02 0000");
    CHECK(done == 3);
    CHECK(rig.io->writes == before + 1);
    CHECK(rig.client->in_flight() == 3);
    rig.answer(
        "0006 0000 0005 01 03 02 0000 0004 0000 0005 01 03 02 0000"
        "0005 0000 0005 01 03 02 0000");
    CHECK(done == 6);
}

TEST_CASE("requests reach a peer that reads slowly, whole and in order") {
    Rig rig(in_flight(2));
    rig.to_peer->capacity = 5;
    rig.to_peer->max_chunk = 3;
    const auto a = rig.read(*rig.client, 1);
    const auto b = rig.read(*rig.client, 2);
    const auto c = rig.read(*rig.client, 3);
    rig.clock.settle();
    CHECK(rig.asked() == spaced("0001 0000 0006 01 03 0001 0001 0002 0000 0006 01 03 0002 0001"));
    rig.answer("0002 0000 0005 01 03 02 0002");
    CHECK(rig.asked() == spaced("0003 0000 0006 01 03 0003 0001"));
    rig.answer("0003 0000 0005 01 03 02 0003 0001 0000 0005 01 03 02 0001");
    CHECK((*a)->value() == Words{1});
    CHECK((*b)->value() == Words{2});
    CHECK((*c)->value() == Words{3});
}

TEST_CASE("a call whose request cannot be written has a deadline too") {
    Rig rig;
    rig.to_peer->capacity = 0;
    const auto call = rig.read(*rig.client);
    rig.clock.run_for(1s);
    CHECK((*call)->error() == errc::timeout);
}
