#include "plant/link_cause.hpp"

#include "plant/closing.hpp"
#include "plant/first_answer.hpp"
#include "plant/flight_watch.hpp"

#include "support/catch.hpp"

#include <boost/asio/error.hpp>

using namespace hil;
using namespace hil::plant;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Kind = LinkCause::Kind;

namespace {

constexpr IoInstant begin{};

modbus::Exchange exchange(error_code outcome) {
    modbus::Exchange out;
    out.function = modbus::Function::read_holding_registers;
    out.outcome = outcome;
    return out;
}

struct Told {
    void exchanged(error_code outcome, Duration at) { machine.exchanged(exchange(outcome), begin + at); }
    void mismatched(error_code outcome, modbus::Mismatch mismatch) {
        auto answer = exchange(outcome);
        answer.mismatch = mismatch;
        machine.exchanged(answer, begin);
    }
    void closed(error_code why, Duration lasted) { machine.closed({.why = why}, lasted); }
    [[nodiscard]] Kind kind() const { return machine.cause().kind; }
    [[nodiscard]] std::string text() const { return machine.cause().text(); }

    LinkCauseMachine machine;
};

const error_code ok;

}  // namespace

TEST_CASE("a link without trouble has no cause") {
    Told told;
    CHECK(told.kind() == Kind::none);
    CHECK(told.text().empty());
    CHECK_FALSE(told.machine.cause());
    told.exchanged(ok, 0s);
    CHECK_FALSE(told.machine.cause());
    CHECK_FALSE(told.machine.last_exception());
}

TEST_CASE("requests that are lost right after an answer, and only those, are told with the key") {
    Told told;
    const auto sent = [&told](error_code outcome, Duration at, Duration took) {
        auto each = exchange(outcome);
        each.duration = took;
        told.machine.exchanged(each, begin + at + took);
    };
    for (int i = 0; i < 3; ++i) {
        sent(ok, i * 2s, 5ms);
        CHECK(told.kind() == Kind::none);
        sent(modbus::errc::timeout, i * 2s + 10ms, 1s);
    }
    CHECK(told.kind() == Kind::needs_pause);
    CHECK_THAT(told.text(), Contains("min_pause_ms"));
    // It stands while what is asked later is answered, and is over when something that follows closely is.
    sent(ok, 6s, 5ms);
    CHECK(told.kind() == Kind::needs_pause);
    sent(ok, 6010ms, 5ms);
    CHECK(told.kind() == Kind::none);
    // Lost though it came late: a device that is silent.
    for (int i = 0; i < 5; ++i) {
        sent(ok, 10s + i * 2s, 5ms);
        sent(modbus::errc::timeout, 11s + i * 2s, 500ms);
    }
    CHECK(told.kind() == Kind::no_answer);
}

TEST_CASE("an attempt that fails says why until there is an answer") {
    Told told;
    told.machine.connect_failed(asio::error::connection_refused);
    CHECK(told.kind() == Kind::cannot_connect);
    CHECK(told.text() == error_code(asio::error::connection_refused).message());
    told.machine.connected();
    CHECK(told.kind() == Kind::cannot_connect);
    told.exchanged(ok, 0s);
    CHECK(told.kind() == Kind::none);
}

TEST_CASE("a device that never answered on a connection is not one that fell silent") {
    Told told;
    told.machine.connected();
    told.exchanged(modbus::errc::timeout, 1s);
    CHECK(told.kind() == Kind::no_first_answer);
    CHECK_THAT(told.text(), Contains("connect_delay_ms") && Contains("no answer in time"));
    told.exchanged(ok, 2s);
    told.exchanged(modbus::errc::timeout, 3s);
    CHECK(told.kind() == Kind::no_answer);
    CHECK(told.text() == "no answer in time");
    told.closed(modbus::errc::timeout, 60s);  // given up for that: what is known stays
    CHECK(told.kind() == Kind::no_answer);
    told.machine.connected();
    told.exchanged(modbus::errc::timeout, 9s);
    CHECK(told.kind() == Kind::no_first_answer);
}

TEST_CASE("a gateway whose device does not answer is told after three exceptions 10 or 11 in a row") {
    for (const auto code : {modbus::errc::gateway_path_unavailable, modbus::errc::gateway_target_failed}) {
        Told told;
        told.exchanged(ok, 0s);
        told.exchanged(code, 1s);
        told.exchanged(code, 1s);
        CHECK(told.kind() == Kind::none);
        CHECK(told.machine.last_exception() == code);
        told.exchanged(code, 1s);
        CHECK(told.kind() == Kind::gateway);
        CHECK_THAT(told.text(), Contains("the gateway answers, the device does not"));
        told.exchanged(modbus::errc::gateway_target_failed, 2s);
        CHECK(told.kind() == Kind::gateway);
        told.exchanged(ok, 3s);
        CHECK(told.kind() == Kind::none);
        CHECK(told.machine.last_exception());  // kept
    }
}

TEST_CASE("a good answer between, or another exception, begins the count of a gateway's anew") {
    Told told;
    for (int i = 0; i < 10; ++i) {
        told.exchanged(modbus::errc::gateway_target_failed, 1s);
        told.exchanged(modbus::errc::gateway_target_failed, 1s);
        told.exchanged(i % 2 == 0 ? ok : error_code(modbus::errc::server_device_busy), 1s);
        CHECK(told.kind() == Kind::none);
    }
}

TEST_CASE("nothing but exceptions for five seconds is told with the last one") {
    Told told;
    told.exchanged(modbus::errc::server_device_busy, 10s);
    told.exchanged(modbus::errc::illegal_function, 12s);
    told.exchanged(modbus::errc::server_device_busy, 15s - 1ns);
    CHECK(told.kind() == Kind::none);
    told.exchanged(modbus::errc::server_device_busy, 15s);
    CHECK(told.kind() == Kind::exceptions);
    CHECK_THAT(told.text(), Contains("every request is answered with an exception") && Contains("6"));
    told.exchanged(ok, 16s);
    CHECK(told.kind() == Kind::none);
    // Two that lie far apart, with nothing between, are few.
    told.exchanged(modbus::errc::illegal_data_address, 100s);
    told.exchanged(modbus::errc::illegal_data_address, 200s);
    CHECK(told.kind() == Kind::none);
    told.exchanged(modbus::errc::timeout, 201s);
    told.exchanged(modbus::errc::illegal_data_address, 202s);
    CHECK(told.kind() == Kind::none);
}

TEST_CASE("ids that differ are told with both numbers") {
    Told told;
    told.mismatched(modbus::errc::other_unit, {modbus::Mismatch::Of::unit, 1, 255});
    CHECK(told.kind() == Kind::other_unit);
    CHECK(told.text() == "unit 1 was asked and unit 255 answers: unit_id 255 would fit");
    const auto before = told.machine.cause();
    told.mismatched(modbus::errc::other_unit, {modbus::Mismatch::Of::unit, 1, 0});
    CHECK_FALSE(told.machine.cause().says_the_same(before));

    told.mismatched(modbus::errc::timeout, {modbus::Mismatch::Of::transaction, 6, 0});
    CHECK(told.kind() == Kind::no_answer);  // a single one is spoilt on its way
    told.mismatched(modbus::errc::timeout, {modbus::Mismatch::Of::transaction, 7, 0});
    CHECK(told.kind() == Kind::other_transaction);
    CHECK_THAT(told.text(), Contains("transaction id 7 was asked and 0 answers"));
    const auto ids = told.machine.cause();
    told.mismatched(modbus::errc::timeout, {modbus::Mismatch::Of::transaction, 8, 0});
    CHECK(told.machine.cause().says_the_same(ids));
    CHECK_FALSE(told.machine.cause().says_the_same({}));

    told.exchanged(modbus::errc::bad_response, 0s);
    CHECK(told.kind() == Kind::bad_answer);
    CHECK(told.text() == error_code(modbus::errc::bad_response).message());
}

TEST_CASE("a peer that speaks something else is called so") {
    Told told;
    told.exchanged(modbus::errc::disconnected, 0s);
    CHECK(told.kind() == Kind::none);
    told.closed(modbus::errc::bad_frame, 1ms);
    CHECK(told.kind() == Kind::no_modbus);
    CHECK_THAT(told.text(), Contains("does not speak Modbus TCP"));
}

TEST_CASE("a device that closes within a second of accepting, three times, may be somebody else's") {
    Told told;
    for (int i = 0; i < 2; ++i) {
        told.machine.connected();
        told.closed(asio::error::eof, 999ms);
        CHECK(told.kind() == Kind::connection_lost);
    }
    SECTION("and a third time") {
        told.machine.connected();
        told.closed(asio::error::connection_reset, 0ms);
        CHECK(told.kind() == Kind::taken);
        CHECK_THAT(told.text(), Contains("somebody else may be connected"));
        told.machine.connected();
        told.closed(asio::error::eof, 10ms);
        CHECK(told.kind() == Kind::taken);
    }
    SECTION("but not when one lasted longer") {
        told.closed(asio::error::eof, 1s);
        told.closed(asio::error::eof, 0s);
        told.closed(asio::error::eof, 0s);
        CHECK(told.kind() == Kind::connection_lost);
    }
    SECTION("or answered") {
        told.exchanged(ok, 0s);
        told.closed(asio::error::eof, 0s);
        CHECK(told.kind() == Kind::connection_lost);
    }
    SECTION("or refused") {
        told.machine.connect_failed(asio::error::connection_refused);
        told.closed(asio::error::eof, 0s);
        CHECK(told.kind() == Kind::connection_lost);
    }
}

TEST_CASE("an overtaken request says nothing of the device") {
    Told told;
    told.exchanged(ok, 0s);
    auto lost = exchange(modbus::errc::timeout);
    lost.overtaken = true;
    told.machine.exchanged(lost, begin);
    CHECK(told.kind() == Kind::none);
}

// ---- the first answer ---------------------------------------------------------------------------------

TEST_CASE("a first request that is not answered is asked again on the same connection") {
    FirstAnswer first;
    first.begin(begin);
    CHECK(first.ask_again(begin + 1s, false));
    CHECK(first.ask_again(begin + 2s, false));
    // A device that swallows what comes in its first two and a half seconds hears this one.
    CHECK(first.ask_again(begin + 3s, false));
    CHECK_FALSE(first.ask_again(begin + 4s, false));
}

TEST_CASE("a slow device is asked twice, a fast one more often") {
    FirstAnswer slow;
    slow.begin(begin);
    CHECK(slow.ask_again(begin + 10s, false));
    CHECK_FALSE(slow.ask_again(begin + 20s, false));
    FirstAnswer fast;
    fast.begin(begin);
    for (int i = 1; i < 12; ++i)
        CHECK(fast.ask_again(begin + i * 300ms, false));
    CHECK_FALSE(fast.ask_again(begin + 3600ms, false));
}

TEST_CASE("the longer a device stays silent, the longer the next connection is kept, unless somebody waits") {
    FirstAnswer first;
    const auto kept = [&](bool somebody_waits) {
        first.begin(begin);
        for (int i = 1;; ++i)
            if (!first.ask_again(begin + i * 1s, somebody_waits)) return i * 1s;
    };
    CHECK(kept(false) == 4s);
    CHECK(kept(false) == 7s);
    CHECK(kept(true) == 4s);
    CHECK(kept(false) == 28s);
    CHECK(kept(false) == 28s);
    first.answered();
    CHECK(kept(false) == 4s);
}

// ---- one at a time ------------------------------------------------------------------------------------

TEST_CASE("the second overtaken request within ten minutes lowers what may be under way to one") {
    FlightWatch watch(8);
    CHECK(watch.allowed() == 8);
    CHECK_FALSE(watch.overtaken(begin));
    CHECK_FALSE(watch.overtaken(begin + 10min + 1ns));  // the first one is forgotten
    CHECK(watch.allowed() == 8);
    CHECK(watch.overtaken(begin + 20min));
    CHECK(watch.allowed() == 1);
    CHECK_FALSE(watch.overtaken(begin + 20min));
}

TEST_CASE("one at a time cannot be lowered") {
    FlightWatch watch(1);
    CHECK_FALSE(watch.overtaken(begin));
    CHECK_FALSE(watch.overtaken(begin));
}

// ---- what a close means -------------------------------------------------------------------------------

TEST_CASE("a peer that closes with nothing outstanding was tired of waiting") {
    for (const error_code why : {error_code(asio::error::eof), error_code(asio::error::connection_reset),
                                 error_code(asio::error::connection_aborted)}) {
        CHECK(closing_of({.why = why, .quiet = 0s}, true) == Closing::idle);
        CHECK(closing_of({.why = why, .quiet = 9s}, false) == Closing::failure);  // it never answered
    }
    CHECK(closing_of({.why = asio::error::timed_out, .quiet = 9s}, true) == Closing::failure);
    CHECK(closing_of({.why = modbus::errc::bad_frame, .quiet = 9s}, true) == Closing::failure);
}

TEST_CASE("a request that was on its way when the peer closed after a pause may be asked again") {
    const auto with = [](Duration quiet, Duration age) {
        return closing_of({.why = asio::error::eof, .outstanding = true, .oldest_age = age, .quiet = quiet},
                          true);
    };
    CHECK(with(100ms, 0ms) == Closing::crossed);
    CHECK(with(9s, 49ms) == Closing::crossed);
    CHECK(with(99ms, 0ms) == Closing::failure);  // it closed because of what it was asked
    CHECK(with(9s, 50ms) == Closing::failure);
}
