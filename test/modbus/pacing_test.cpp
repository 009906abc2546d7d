#include "modbus/pacing.hpp"

#include "modbus/client_machine.hpp"

#include "support/catch.hpp"
#include "test/modbus/bytes.hpp"
#include "test/modbus/client_rig.hpp"

using namespace hil;
using namespace hil::modbus;
using namespace hil::modbus::test;
using namespace std::chrono_literals;

namespace {

struct Read : Transaction {
    explicit Read(std::uint16_t address = 0) {
        request.unit = 1;
        request.address = address;
        request.count = 1;
    }
};

ClientOptions pauses(Duration connect_delay, Duration min_pause) {
    ClientOptions options;
    options.connect_delay = connect_delay;
    options.min_pause = min_pause;
    options.max_in_flight = 8;
    return options;
}

Bytes answer(std::uint16_t id) {
    Response response;
    response.words = {0};
    return adu(id, response);
}

}  // namespace

TEST_CASE("without pauses a request goes out at once") {
    Pacing pacing(5s, 0ms, 0ms);
    CHECK(pacing.ready(5s));
    CHECK_FALSE(pacing.one_at_a_time());
    pacing.quiet_from(6s);
    CHECK(pacing.earliest() == 5s);
}

TEST_CASE("a new connection is left alone, and each answer is followed by a pause") {
    Pacing pacing(5s, 2s, 20ms);
    CHECK(pacing.one_at_a_time());
    CHECK_FALSE(pacing.ready(7s - 1ns));
    CHECK(pacing.ready(7s));
    pacing.quiet_from(7s);
    CHECK(pacing.earliest() == 7020ms);
    pacing.quiet_from(6s);  // never earlier than before
    CHECK(pacing.earliest() == 7020ms);
}

TEST_CASE("what is asked during a pause waits, and its time-out begins when it is sent") {
    Read a(1), b(2), c(3), d(4);
    ClientMachine machine(pauses(2s, 100ms), 10s);
    REQUIRE(machine.submit(a, 10s));
    REQUIRE(machine.submit(b, 10s));
    CHECK(machine.output().empty());
    CHECK(machine.in_flight() == 0);
    CHECK(machine.waiting() == 2);
    CHECK(machine.oldest_age(11s) == 0s);
    CHECK_FALSE(machine.next_deadline());
    CHECK(machine.paused_until() == 12s);
    machine.release(12s - 1ns);
    CHECK(machine.in_flight() == 0);
    machine.release(12s);
    CHECK(a.sent == 12s);
    CHECK(machine.next_deadline() == 13s);
    CHECK_FALSE(machine.paused_until());  // b waits for an answer

    REQUIRE(put(machine, answer(1)) > 0);
    CHECK(machine.next_completed(12500ms) == &a);
    CHECK(machine.next_completed(12500ms) == nullptr);
    CHECK_FALSE(b.was_sent());
    CHECK(machine.paused_until() == 12600ms);
    REQUIRE(machine.submit(c, 12600ms));  // in order, though the pause is over
    CHECK_FALSE(c.was_sent());
    machine.release(12600ms);
    CHECK(b.sent == 12600ms);
    CHECK_FALSE(c.was_sent());

    // A time-out is followed by a pause as well, and so is a late answer.
    CHECK(machine.next_expired(13600ms) == &b);
    CHECK(machine.paused_until() == 13700ms);
    REQUIRE(put(machine, answer(2)) > 0);
    CHECK(machine.next_completed(13650ms) == nullptr);
    CHECK(machine.paused_until() == 13750ms);
    machine.release(13750ms);
    CHECK(c.sent == 13750ms);
    machine.cancel(c, 13760ms);
    REQUIRE(machine.submit(d, 13760ms));
    CHECK(machine.paused_until() == 13860ms);
    machine.end(errc::disconnected);
    CHECK_FALSE(machine.paused_until());
}

TEST_CASE("a client keeps the pauses of its device by itself") {
    ClientRig rig(pauses(1s, 50ms));
    const auto first = rig.read(*rig.client, 1, 1);
    const auto second = rig.read(*rig.client, 2, 1);
    CHECK(rig.asked().empty());
    rig.clock.run_for(999ms);
    CHECK(rig.asked().empty());
    rig.clock.run_for(1ms);
    CHECK(rig.asked() == spaced("0001 0000 0006 01 03 0001 0001"));
    rig.answer("0001 0000 0005 01 03 02 0000");
    REQUIRE(*first);
    rig.clock.run_for(49ms);
    CHECK(rig.asked().empty());
    rig.clock.run_for(1ms);
    CHECK(rig.asked() == spaced("0002 0000 0006 01 03 0002 0001"));
    // It is given the whole time-out.
    rig.clock.run_for(999ms);
    CHECK_FALSE(*second);
    rig.clock.run_for(1ms);
    REQUIRE(*second);
    CHECK((*second)->error() == errc::timeout);
}

TEST_CASE("what waits for a pause fails with the connection") {
    ClientRig rig(pauses(1s, 0ms));
    const auto waiting = rig.read(*rig.client, 1, 1);
    rig.client->close();
    rig.clock.run_for(2s);
    REQUIRE(*waiting);
    CHECK((*waiting)->error() == errc::disconnected);
    CHECK(rig.asked().empty());
}
