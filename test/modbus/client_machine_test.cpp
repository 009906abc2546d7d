#include "modbus/client_machine.hpp"

#include "modbus/errors.hpp"

#include "support/catch.hpp"
#include "test/modbus/bytes.hpp"

using namespace hil;
using namespace hil::modbus;
using namespace hil::modbus::test;
using namespace std::chrono_literals;

namespace {

struct Rig {
    explicit Rig(ClientOptions options = {}) : machine(options) {}

    // What is to be sent, and forgets it.
    std::string sent() {
        const auto text = to_hex(machine.output().pending());
        machine.output().taken(machine.output().size());
        return text;
    }
    // The transactions that these bytes complete.
    std::vector<Transaction*> receive(const Bytes& bytes, Duration now = 0ns) {
        REQUIRE(put(machine, bytes) == bytes.size());
        std::vector<Transaction*> over;
        while (auto* t = machine.next_completed(now))
            over.push_back(t);
        return over;
    }
    std::vector<Transaction*> expire(Duration now) {
        std::vector<Transaction*> over;
        while (auto* t = machine.next_expired(now))
            over.push_back(t);
        return over;
    }
    std::vector<Transaction*> abandon() {
        std::vector<Transaction*> over;
        while (auto* t = machine.next_abandoned(0ns))
            over.push_back(t);
        return over;
    }

    ClientMachine machine;
};

using Over = std::vector<Transaction*>;

struct Read : Transaction {
    explicit Read(std::uint16_t address = 0, std::uint16_t count = 1) {
        request.unit = 1;
        request.address = address;
        request.count = count;
    }
};

ClientOptions in_flight(std::uint16_t count) {
    ClientOptions options;
    options.max_in_flight = count;
    return options;
}

Bytes answer(std::uint16_t id, std::uint16_t word = 0) {
    Response response;
    response.words = {word};
    return adu(id, response);
}

Bytes refusal(std::uint16_t id, std::uint8_t code) {
    Response response;
    response.exception = code;
    return adu(id, response);
}

std::string spaced(const char* text) {
    return to_hex(hex(text));
}

}  // namespace

TEST_CASE("a request is sent with an id and its answer completes it") {
    Rig rig;
    Read read(0x10, 2);
    REQUIRE(rig.machine.submit(read, 5ms));
    CHECK(rig.sent() == spaced("0001 0000 0006 01 03 0010 0002"));
    CHECK(rig.machine.in_flight() == 1);
    CHECK_FALSE(rig.machine.idle());
    CHECK(rig.machine.oldest_age(8ms) == 3ms);
    CHECK(read.was_sent());

    CHECK(rig.receive(hex("0001 0000 0007 01 03 04 0102 0304"), 9ms) == Over{&read});
    CHECK_FALSE(read.outcome);
    CHECK(read.response.words == Words{0x0102, 0x0304});
    CHECK(read.sent == 5ms);
    CHECK(read.ended == 9ms);
    CHECK(rig.machine.idle());
    CHECK(rig.machine.oldest_age(10ms) == 0ms);
    CHECK(rig.machine.statistics().requests == 1);
    CHECK(rig.machine.statistics().answers == 1);
}

TEST_CASE("an answer is the same answer wherever it is cut") {
    const auto bytes = answer(1, 77);
    for (std::size_t at = 0; at <= bytes.size(); ++at) {
        Rig rig;
        Read read;
        REQUIRE(rig.machine.submit(read, 0ns));
        const Bytes head(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
        const Bytes tail(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end());
        auto over = rig.receive(head);
        CHECK(over.empty() == (at < bytes.size()));
        if (over.empty()) over = rig.receive(tail);
        CHECK(over == Over{&read});
        CHECK(read.response.words == Words{77});
    }
}

TEST_CASE("requests beyond those in flight wait their turn in order, and no more than allowed") {
    ClientOptions options = in_flight(2);
    options.max_waiting = 2;
    Rig rig(options);
    Read a(1), b(2), c(3), d(4), e(5);
    REQUIRE(rig.machine.submit(a, 0ms));
    REQUIRE(rig.machine.submit(b, 0ms));
    REQUIRE(rig.machine.submit(c, 0ms));
    REQUIRE(rig.machine.submit(d, 0ms));
    CHECK(rig.machine.submit(e, 0ms).error() == errc::queue_full);
    CHECK_FALSE(e.was_sent());
    CHECK_FALSE(c.was_sent());
    CHECK(rig.machine.in_flight() == 2);
    CHECK(rig.machine.waiting() == 2);
    CHECK(rig.sent() == spaced("0001 0000 0006 01 03 0001 0001 0002 0000 0006 01 03 0002 0001"));

    // The second is answered first; its place goes to the first that waits, with a deadline of its own.
    CHECK(rig.receive(answer(2), 100ms) == Over{&b});
    CHECK(rig.sent() == spaced("0003 0000 0006 01 03 0003 0001"));
    CHECK(c.sent == 100ms);
    CHECK(rig.machine.next_deadline() == 1000ms);
    // Two answers in one read.
    CHECK(rig.receive(answer(3) + answer(1), 200ms) == Over{&c, &a});
    CHECK(rig.sent() == spaced("0004 0000 0006 01 03 0004 0001"));
    CHECK(rig.machine.next_deadline() == 1200ms);
    CHECK(rig.receive(answer(4)) == Over{&d});
    CHECK(rig.machine.idle());
    CHECK_FALSE(rig.machine.next_deadline());
}

TEST_CASE("a request beyond the limits of the protocol is refused and not sent") {
    Rig rig;
    Read none(0, 0), many(0, 126), unknown;
    unknown.request.function = static_cast<Function>(99);
    CHECK(rig.machine.submit(none, 0ns).error() == errc::illegal_data_value);
    CHECK(rig.machine.submit(many, 0ns).error() == errc::illegal_data_value);
    CHECK(rig.machine.submit(unknown, 0ns).error() == errc::illegal_function);
    CHECK(rig.machine.output().empty());
    CHECK(rig.machine.idle());
}

TEST_CASE("exception answers are errors of their own and keep the connection") {
    Rig rig;
    for (const int code : {1, 2, 3, 4, 5, 6, 8, 10, 11}) {
        Read read;
        REQUIRE(rig.machine.submit(read, 0ns));
        const auto id = static_cast<std::uint16_t>(rig.machine.statistics().requests);
        CHECK(rig.receive(refusal(id, static_cast<std::uint8_t>(code))) == Over{&read});
        CHECK(read.outcome == static_cast<errc>(code));
        CHECK(read.response.exception == code);
    }
    CHECK(rig.machine.statistics().exceptions == 9);
    CHECK(rig.machine.statistics().answers == 9);
    CHECK_FALSE(rig.machine.over());
}

TEST_CASE("an answer that does not fit its request is a bad one and keeps the connection") {
    for (const auto* wrong : {
             "0001 0000 0005 01 04 02 0000",       // another function
             "0001 0000 0003 01 84 02",            // an exception of another function
             "0001 0000 0007 01 03 04 0000 0000",  // more registers than asked for
             "0001 0000 0005 01 03 04 0000",       // shorter than it says
             "0001 0000 0003 01 83 00",            // no exception code
             "0001 0000 0002 01 2b",               // a function nobody asked for
         }) {
        CAPTURE(wrong);
        Rig rig;
        Read read;
        REQUIRE(rig.machine.submit(read, 0ns));
        CHECK(rig.receive(hex(wrong)) == Over{&read});
        CHECK(read.outcome == errc::bad_response);
        CHECK(rig.machine.statistics().protocol_errors == 1);
        CHECK_FALSE(rig.machine.over());
        Read next;
        REQUIRE(rig.machine.submit(next, 0ns));
        CHECK(rig.receive(answer(2)) == Over{&next});
        CHECK_FALSE(next.outcome);
    }
}

TEST_CASE("an answer from another unit is told with both numbers and keeps the connection") {
    Rig rig;
    Read read, next;
    REQUIRE(rig.machine.submit(read, 0ns));
    CHECK(rig.receive(hex("0001 0000 0005 ff 03 02 0000")) == Over{&read});
    CHECK(read.outcome == errc::other_unit);
    CHECK(read.mismatch == Mismatch{Mismatch::Of::unit, 1, 255});
    CHECK(rig.machine.statistics().protocol_errors == 1);
    CHECK_FALSE(rig.machine.over());
    REQUIRE(rig.machine.submit(next, 0ns));
    CHECK(rig.receive(answer(2)) == Over{&next});
    CHECK_FALSE(next.mismatch);
}

TEST_CASE("an answer with the id of no request is remembered with the request that it leaves unanswered") {
    Rig rig(in_flight(2));
    Read first, second, third;
    REQUIRE(rig.machine.submit(first, 0s));
    REQUIRE(rig.machine.submit(second, 0s));
    CHECK(rig.receive(answer(0), 1ms).empty());
    CHECK(rig.expire(1s) == Over{&first, &second});
    CHECK(first.outcome == errc::timeout);
    CHECK(first.mismatch == Mismatch{Mismatch::Of::transaction, 1, 0});
    CHECK_FALSE(second.mismatch);

    // Late answers are nothing strange, and neither is a repeated one where the right one comes as well.
    REQUIRE(rig.machine.submit(third, 1s));
    CHECK(rig.receive(answer(1) + answer(2), 1s).empty());
    CHECK_FALSE(third.mismatch);
    CHECK(rig.receive(answer(0) + answer(3), 1s) == Over{&third});
    CHECK_FALSE(third.outcome);
    CHECK_FALSE(third.mismatch);
}

TEST_CASE("a request that is overtaken by another one's answer does not count against the connection") {
    ClientOptions options = in_flight(4);
    options.max_consecutive_timeouts = 1;
    Rig rig(options);
    Read a, b, c;
    REQUIRE(rig.machine.submit(a, 0s));
    REQUIRE(rig.machine.submit(b, 0s));
    REQUIRE(rig.machine.submit(c, 0s));
    CHECK(rig.receive(answer(2), 0s) == Over{&b});
    CHECK(rig.expire(1s) == Over{&a, &c});
    CHECK(a.overtaken);
    CHECK(c.overtaken);
    CHECK_FALSE(rig.machine.over());
    Read alone;
    REQUIRE(rig.machine.submit(alone, 1s));
    CHECK(rig.expire(2s) == Over{&alone});
    CHECK_FALSE(alone.overtaken);
    CHECK(rig.machine.over() == errc::timeout);
}

TEST_CASE("a request times out at its deadline and its late answer is discarded") {
    Rig rig;
    Read slow, next;
    REQUIRE(rig.machine.submit(slow, 10ms));
    CHECK(rig.machine.next_deadline() == 1010ms);
    CHECK(rig.expire(1010ms - 1ns).empty());
    CHECK(rig.expire(1010ms) == Over{&slow});
    CHECK(slow.outcome == errc::timeout);
    CHECK(slow.ended == 1010ms);
    CHECK(rig.expire(2000ms).empty());

    REQUIRE(rig.machine.submit(next, 1100ms));
    CHECK(rig.receive(answer(1, 5)).empty());
    CHECK(rig.machine.statistics().late_answers == 1);
    CHECK(rig.receive(answer(2, 6)) == Over{&next});
    CHECK(next.response.words == Words{6});
    CHECK(rig.machine.statistics().timeouts == 1);
}

TEST_CASE("requests time out in the order of their deadlines and make room for those that wait") {
    Rig rig(in_flight(2));
    Read a, b, c;
    REQUIRE(rig.machine.submit(a, 0ms));
    REQUIRE(rig.machine.submit(b, 300ms));
    REQUIRE(rig.machine.submit(c, 400ms));
    CHECK(rig.expire(1000ms) == Over{&a});
    CHECK(c.was_sent());
    CHECK(c.sent == 1000ms);
    CHECK(rig.machine.next_deadline() == 1300ms);
    CHECK(rig.expire(3000ms) == Over{&b, &c});
}

TEST_CASE("too many time-outs in a row end the connection, an answer of any kind begins anew") {
    ClientOptions options;
    options.max_consecutive_timeouts = 3;
    Rig rig(options);
    std::uint16_t id = 0;
    Duration now{};
    const auto time_out = [&] {
        Read read;
        REQUIRE(rig.machine.submit(read, now));
        ++id;
        now += 1s;
        CHECK(rig.expire(now) == Over{&read});
        CHECK(read.outcome == errc::timeout);
    };
    const auto answered = [&](const Bytes& bytes) {
        Read read;
        ++id;
        REQUIRE(rig.machine.submit(read, now));
        CHECK(rig.receive(bytes, now) == Over{&read});
    };
    time_out();
    time_out();
    answered(answer(3));
    time_out();
    time_out();
    answered(refusal(6, 6));
    time_out();
    time_out();
    answered(hex("0009 0000 0005 02 03 02 0000"));  // a wrong one shows that somebody is there
    time_out();
    CHECK(rig.receive(answer(10), now).empty());  // a late one does not
    time_out();
    CHECK_FALSE(rig.machine.over());
    time_out();
    CHECK(rig.machine.over() == errc::timeout);
    Read after;
    CHECK(rig.machine.submit(after, now).error() == errc::disconnected);
    CHECK(rig.machine.output().empty());
}

TEST_CASE("when the connection ends by time-outs, what waits is not sent any more") {
    ClientOptions options;
    options.max_consecutive_timeouts = 1;
    Rig rig(options);
    Read a, b;
    REQUIRE(rig.machine.submit(a, 0ms));
    REQUIRE(rig.machine.submit(b, 0ms));
    rig.sent();
    CHECK(rig.expire(1s) == Over{&a});
    CHECK(rig.machine.over() == errc::timeout);
    CHECK(rig.sent().empty());
    CHECK(rig.machine.next_expired(9s) == nullptr);
    CHECK(rig.abandon() == Over{&b});
    CHECK(b.outcome == errc::disconnected);
    CHECK_FALSE(b.was_sent());
}

TEST_CASE("bytes that are no frame end the connection") {
    Rig rig;
    Read read;
    REQUIRE(rig.machine.submit(read, 0ns));
    CHECK(rig.receive(hex("0001 0001 0005")).empty());
    CHECK(rig.machine.over() == errc::bad_frame);
    CHECK(rig.machine.statistics().protocol_errors == 1);
    CHECK(rig.machine.next_completed(0ns) == nullptr);
    CHECK(rig.abandon() == Over{&read});
    CHECK(rig.machine.idle());
}

TEST_CASE("the end of a connection gives back what was in flight, then what waited") {
    Rig rig(in_flight(2));
    Read a, b, c;
    REQUIRE(rig.machine.submit(a, 0ns));
    REQUIRE(rig.machine.submit(b, 0ns));
    REQUIRE(rig.machine.submit(c, 0ns));
    CHECK(rig.machine.next_abandoned(0ns) == nullptr);
    rig.machine.end(errc::disconnected);
    rig.machine.end(errc::bad_frame);
    CHECK(rig.machine.over() == errc::disconnected);  // the first reason stays
    CHECK(rig.machine.output().empty());
    CHECK(rig.abandon() == Over{&a, &b, &c});
    CHECK(a.outcome == errc::disconnected);
    CHECK(rig.receive(answer(1)).empty());
}

TEST_CASE("a cancelled request frees its place at once and its answer is discarded") {
    Rig rig;
    Read a(1), b(2), c(3);
    REQUIRE(rig.machine.submit(a, 0ms));
    REQUIRE(rig.machine.submit(b, 0ms));
    REQUIRE(rig.machine.submit(c, 0ms));
    rig.sent();
    rig.machine.cancel(b, 10ms);
    CHECK(rig.machine.waiting() == 1);
    CHECK(rig.sent().empty());
    rig.machine.cancel(a, 20ms);
    CHECK(a.ended == 20ms);
    CHECK(rig.sent() == spaced("0002 0000 0006 01 03 0003 0001"));
    rig.machine.cancel(a, 30ms);  // again: nothing
    CHECK(a.ended == 20ms);
    CHECK(rig.receive(answer(1)).empty());
    CHECK(rig.machine.statistics().late_answers == 1);
    CHECK(rig.receive(answer(2)) == Over{&c});
}

TEST_CASE("ids begin again after the last one and leave out those in use") {
    Rig rig(in_flight(2));
    Read held;
    REQUIRE(rig.machine.submit(held, 0ns));  // id 1
    for (std::uint32_t i = 2; i <= 0xFFFF; ++i) {
        Read read;
        REQUIRE(rig.machine.submit(read, 0ns));
        REQUIRE(rig.receive(answer(static_cast<std::uint16_t>(i))) == Over{&read});
    }
    rig.sent();
    Read zero, two;
    REQUIRE(rig.machine.submit(zero, 0ns));
    CHECK(rig.sent() == spaced("0000 0000 0006 01 03 0000 0001"));
    REQUIRE(rig.receive(answer(0)) == Over{&zero});
    REQUIRE(rig.machine.submit(two, 0ns));
    CHECK(rig.sent() == spaced("0002 0000 0006 01 03 0000 0001"));
    CHECK(rig.receive(answer(1)) == Over{&held});
    CHECK(rig.receive(answer(2)) == Over{&two});
}

TEST_CASE("a machine may go while transactions are linked to it") {
    Read a, b;
    {
        Rig rig;
        REQUIRE(rig.machine.submit(a, 0ns));
        REQUIRE(rig.machine.submit(b, 0ns));
    }
    CHECK_FALSE(a.is_linked());
    CHECK_FALSE(b.is_linked());
}
