#include "ocpp/call_desk.hpp"

#include "support/catch.hpp"

namespace hil::ocpp {
namespace {

using namespace std::chrono_literals;
using Turn = CallDesk::Turn;

const IoInstant t0{1000s};

}  // namespace

TEST_CASE("one call is under way at a time, the others wait in order") {
    CallDesk desk({});
    CHECK_FALSE(desk.next(t0));
    const auto first = desk.ask("Reset", {{"type", "Soft"}}), second = desk.ask("ClearCache", {});
    const auto sent = desk.next(t0);
    REQUIRE(sent);
    CHECK(sent->action == "Reset");
    CHECK_FALSE(desk.next(t0));
    CHECK(desk.deadline() == t0 + 30s);
    CHECK_FALSE(desk.answered("nobody's"));
    CHECK(desk.answered(sent->id) == first);
    CHECK_FALSE(desk.answered(sent->id));  // once
    CHECK_FALSE(desk.deadline());
    const auto next = desk.next(t0 + 1s);
    CHECK(next->action == "ClearCache");
    CHECK(next->id != sent->id);
    CHECK_FALSE(desk.expire(t0 + 30s));
    CHECK(desk.expire(t0 + 31s) == second);
    CHECK_FALSE(desk.answered(next->id));  // too late: nobody's
}

TEST_CASE("calls that wait have a bound, and all are told when the connection goes") {
    CallDesk desk({.waiting = 2});
    const auto a = desk.ask("A", {});
    (void)desk.next(t0);
    const auto b = desk.ask("B", {}), c = desk.ask("C", {});
    CHECK_FALSE(desk.ask("D", {}));
    CHECK(desk.drop() == std::vector<CallDesk::Ticket>{*a, *b, *c});
    CHECK(desk.drop().empty());
    CHECK(desk.ask("E", {}));
}

TEST_CASE("a call that comes again is acted on once and answered as before [matth-x/MicroOcpp#171]") {
    CallDesk desk({.remembered = 2});
    CHECK(desk.take({"7", "StartTransaction", {}}) == Turn::fresh);
    CHECK(desk.take({"7", "StartTransaction", {}}) == Turn::under_way);
    desk.answer("7", "[3,\"7\",{}]");
    CHECK(desk.take({"7", "StartTransaction", {}}) == Turn::repeated);
    CHECK(desk.recall("7") == "[3,\"7\",{}]");
    CHECK(desk.take({"8", "Heartbeat", {}}) == Turn::fresh);
    desk.answer("8", "x");
    CHECK(desk.take({"9", "Heartbeat", {}}) == Turn::fresh);
    // The oldest answer made room.
    CHECK(desk.take({"7", "StartTransaction", {}}) == Turn::fresh);
    CHECK(desk.recall("nobody").empty());
    // What was being worked on when the connection went is asked again.
    (void)desk.drop();
    CHECK(desk.take({"9", "Heartbeat", {}}) == Turn::fresh);
}

}  // namespace hil::ocpp
