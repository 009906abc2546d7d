#include "modbus/server_machine.hpp"

#include "modbus/bank.hpp"

#include "support/catch.hpp"
#include "test/modbus/bytes.hpp"

using namespace hil::modbus;
using namespace hil::modbus::test;

namespace {

using Next = ServerMachine::Next;

struct Rig {
    ServerMachine machine;
    Bank bank = Bank::holding_only(16);
    ServerMachine::Handler handler = [this](const Request& request) { return execute(bank, request); };
    std::size_t exceptions = 0;

    Next advance() {
        bool exception = false;
        const auto next = machine.advance(handler, exception);
        if (exception) ++exceptions;
        return next;
    }
    // Answers as far as it goes.
    Next run() {
        auto next = advance();
        while (next == Next::answered)
            next = advance();
        return next;
    }
    std::string sent() {
        const auto text = to_hex(machine.output().pending());
        machine.output().taken(machine.output().size());
        return text;
    }
    std::string answer(const char* request) {
        put(machine, hex(request));
        run();
        return sent();
    }
};

std::string spaced(const char* text) {
    return to_hex(hex(text));
}

}  // namespace

TEST_CASE("a request is answered with its own transaction id and unit") {
    Rig rig;
    rig.bank.holding[2] = 0xABCD;
    CHECK(rig.answer("0c05 0000 0006 11 03 0002 0001") == spaced("0c05 0000 0005 11 03 02 abcd"));
    CHECK(rig.answer("0c06 0000 0006 00 06 0003 0102") == spaced("0c06 0000 0006 00 06 0003 0102"));
    CHECK(rig.bank.holding[3] == 0x0102);
    CHECK(rig.exceptions == 0);
}

TEST_CASE("what cannot be done is answered with the exceptions of the protocol") {
    Rig rig;
    CHECK(rig.answer("0001 0000 0002 01 07") == spaced("0001 0000 0003 01 87 01"));
    CHECK(rig.answer("0002 0000 0006 01 03 0010 0001") == spaced("0002 0000 0003 01 83 02"));
    CHECK(rig.answer("0003 0000 0006 01 03 0000 0000") == spaced("0003 0000 0003 01 83 03"));
    CHECK(rig.answer("0004 0000 0006 01 03 0000 007e") == spaced("0004 0000 0003 01 83 03"));
    CHECK(rig.answer("0005 0000 0005 01 03 0000 00") == spaced("0005 0000 0003 01 83 03"));
    CHECK(rig.answer("0006 0000 0009 01 10 0000 0001 04 0001") == spaced("0006 0000 0003 01 90 03"));
    CHECK(rig.answer("0007 0000 0006 01 05 0000 1234") == spaced("0007 0000 0003 01 85 03"));
    CHECK(rig.exceptions == 7);
}

TEST_CASE("many requests in one read are answered in order, one at a time in pieces too") {
    Bytes stream;
    std::string expected;
    for (std::uint8_t i = 0; i < 8; ++i) {
        stream = stream + Bytes{0, i, 0, 0, 0, 6, 1, 6, 0, i, 0, i};
    }
    Rig whole;
    put(whole.machine, stream);
    for (int i = 0; i < 8; ++i)
        CHECK(whole.advance() == Next::answered);
    CHECK(whole.advance() == Next::read);
    CHECK(whole.sent() == to_hex(stream));  // this function echoes its request

    Rig pieces;
    std::string sent;
    for (const auto byte : stream) {
        put(pieces.machine, Bytes{byte});
        CHECK(pieces.run() == Next::read);
        const auto now = pieces.sent();
        if (!now.empty()) sent += (sent.empty() ? "" : " ") + now;
    }
    CHECK(sent == to_hex(stream));
}

TEST_CASE("a wrong frame ends the connection after the answers before it") {
    Rig rig;
    put(rig.machine, hex("0001 0000 0006 01 03 0000 0001 0002 0000 0000"));
    CHECK(rig.advance() == Next::answered);
    CHECK(rig.advance() == Next::bad_frame);
    CHECK(rig.advance() == Next::bad_frame);
    CHECK(rig.sent() == spaced("0001 0000 0005 01 03 02 0000"));
}

TEST_CASE("answers that nobody takes stop the machine before they fill the memory") {
    Rig rig;
    rig.bank = Bank::holding_only(125);
    const auto request = hex("0001 0000 0006 01 03 0000 007d");
    std::size_t answered = 0;
    for (auto next = Next::read; next != Next::write;) {
        REQUIRE(put(rig.machine, request) == request.size());
        next = rig.advance();
        if (next == Next::answered) ++answered;
        REQUIRE(answered < 100);
    }
    CHECK(answered >= 8);
    CHECK(rig.machine.output().size() <= 16 * max_adu_size);
    CHECK(rig.advance() == Next::write);
    rig.machine.output().taken(rig.machine.output().size());
    CHECK(rig.advance() == Next::answered);  // the request that waited
    CHECK(rig.advance() == Next::read);
}
