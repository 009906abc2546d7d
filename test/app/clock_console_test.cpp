#include "app/clock_console.hpp"

#include "support/catch.hpp"

using namespace hil;
using namespace hil::app;

namespace {

using Kind = ClockRequest::Kind;

ClockRequest request(std::string_view line) {
    const auto parsed = parse_clock_request(line, std::chrono::seconds(2));
    INFO(line);
    REQUIRE(std::holds_alternative<ClockRequest>(parsed));
    return std::get<ClockRequest>(parsed);
}

std::string mistake(std::string_view line) {
    const auto parsed = parse_clock_request(line, std::chrono::seconds(2));
    INFO(line);
    REQUIRE(std::holds_alternative<std::string>(parsed));
    return std::get<std::string>(parsed);
}

}  // namespace

TEST_CASE("an empty line is a step of the dispatch period, others say what they want") {
    CHECK(request("").kind == Kind::step);
    CHECK(request("  ").amount == 2);
    CHECK(request("step").amount == 2);
    CHECK(request("step 10s").amount == 10);
    CHECK(request("  step   1.5m ").amount == 90);
    CHECK(request("go").kind == Kind::go);
    CHECK(request("pause").kind == Kind::pause);
    CHECK(request("end").kind == Kind::end);
    CHECK(request("speed 60").kind == Kind::speed);
    CHECK(request("speed 0.5").amount == 0.5);
}

TEST_CASE("a line that is not understood is answered with the rule") {
    CHECK(mistake("step 10") == "step: must be followed by a time with a unit, as 10s or 5m, got \"10\"");
    CHECK(mistake("step -3s").starts_with("step: must be followed"));
    CHECK(mistake("speed fast") == "speed: must be followed by a number, got \"fast\"");
    CHECK(mistake("run") ==
          "\"run\" is not understood: a line is empty (one step), or step 10s, go, pause, speed 60 or end");
    CHECK(mistake("go on").starts_with("\"go on\" is not understood"));
    CHECK(mistake("speed").starts_with("\"speed\" is not understood"));
}
