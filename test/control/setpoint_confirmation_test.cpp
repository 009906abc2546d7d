// What counts as the device's answer to a setpoint, and what does not.
#include "control/setpoint_confirmation.hpp"

#include "support/catch.hpp"

using namespace hil;
using namespace hil::control;
using namespace std::chrono_literals;
using config::Confirm;

namespace {

struct Judge {
    explicit Judge(SetpointConfirmation::Rules rules = {}) : confirmation(rules) {}
    Confirmation at(Duration when, double wanted, std::optional<double> read) {
        return confirmation.judge(wanted, read, begin + when);
    }
    void acknowledged(Duration when, double value, std::optional<double> before) {
        confirmation.acknowledged(value, before, begin + when);
    }
    Instant begin{1h};
    SetpointConfirmation confirmation;
};

}  // namespace

TEST_CASE("what was never written differs, or stands there already") {
    Judge judge;
    CHECK(judge.at(0s, 100, 100) == Confirmation::confirmed);
    CHECK(judge.at(0s, 100, -50) == Confirmation::differs);
    CHECK(judge.at(0s, 100, std::nullopt) == Confirmation::differs);
}

TEST_CASE("a value that reads back is confirmed, and somebody else's when it changes later [AC-28]",
          "[AC-28]") {
    Judge judge;
    judge.acknowledged(0s, 100, 0);
    CHECK(judge.at(1ms, 100, 100) == Confirmation::confirmed);
    CHECK(judge.at(2s, 100, 70) == Confirmation::differs);
    CHECK(judge.at(100s, 100, 70) == Confirmation::differs);
    CHECK(judge.at(101s, 100, 100) == Confirmation::confirmed);
}

TEST_CASE("what cannot be read is confirmed by its acknowledgement, for as long as the epoch lasts") {
    Judge judge;
    judge.acknowledged(0s, 100, std::nullopt);
    CHECK(judge.at(1ms, 100, std::nullopt) == Confirmation::confirmed);
    CHECK(judge.at(1ms, 90, std::nullopt) == Confirmation::differs);
    judge.confirmation.forget();
    CHECK(judge.at(1ms, 100, std::nullopt) == Confirmation::differs);
}

TEST_CASE("a point confirmed by acknowledgement alone is not judged by what it reads") {
    Judge judge({.confirm = Confirm::acknowledged});
    judge.acknowledged(0s, 100, 0);
    CHECK(judge.at(10s, 100, 7) == Confirmation::confirmed);
}

TEST_CASE("a value on its way is waited for, whatever the direction, and then it is a write without effect") {
    for (const double sign : {1.0, -1.0}) {
        Judge judge;
        judge.acknowledged(0s, sign * 100, sign * -50);
        CHECK(judge.at(1ms, sign * 100, sign * -50) == Confirmation::pending);
        CHECK(judge.at(2999ms, sign * 100, sign * -50) == Confirmation::pending);
        CHECK(judge.at(3s, sign * 100, sign * -50) == Confirmation::failed);
        CHECK(judge.at(8s, sign * 100, sign * 100) == Confirmation::confirmed);
        CHECK(judge.at(9s, sign * 100, sign * -50) == Confirmation::differs);
    }
}

TEST_CASE("the time a point may take is its own") {
    Judge judge({.verify_timeout = 8s});
    judge.acknowledged(0s, 100, 0);
    CHECK(judge.at(7900ms, 100, 0) == Confirmation::pending);
    CHECK(judge.at(8s, 100, 0) == Confirmation::failed);
}

TEST_CASE("what is neither the value nor what stood there before is put right at once") {
    Judge judge;
    judge.acknowledged(0s, 100, 0);
    CHECK(judge.at(1ms, 100, -30) == Confirmation::differs);
    CHECK(judge.at(1ms, 100, 120) == Confirmation::differs);
}

TEST_CASE("less of the same sign is the device's answer once its time is over") {
    for (const double sign : {1.0, -1.0}) {
        Judge judge;
        judge.acknowledged(0s, sign * 100, 0);
        CHECK(judge.at(1ms, sign * 100, sign * 60) == Confirmation::pending);
        CHECK(judge.at(3s, sign * 100, sign * 60) == Confirmation::answered);
        CHECK(judge.at(4s, sign * 100, sign * 40) == Confirmation::answered);  // the limit moves
        CHECK(judge.at(5s, sign * 100, sign * 100) == Confirmation::confirmed);
        CHECK(judge.at(6s, sign * 100, sign * 60) == Confirmation::differs);  // it held the value before
    }
}

TEST_CASE("what stood there before is an answer only if it was the device's answer to the write before") {
    Judge judge;
    judge.acknowledged(0s, 60, 0);
    REQUIRE(judge.at(1s, 60, 60) == Confirmation::confirmed);
    judge.acknowledged(10s, 100, 60);
    CHECK(judge.at(13s, 100, 60) == Confirmation::failed);

    Judge other;
    other.acknowledged(0s, 80, 0);
    REQUIRE(other.at(3s, 80, 60) == Confirmation::answered);
    other.acknowledged(10s, 100, 60);
    CHECK(other.at(13s, 100, 60) == Confirmation::answered);
    other.acknowledged(20s, 110, 60);
    CHECK(other.at(23s, 110, 60) == Confirmation::answered);
}

TEST_CASE("0 in place of a value is an answer unless it stood there before") {
    Judge judge;
    judge.acknowledged(0s, 100, 50);
    CHECK(judge.at(3s, 100, 0) == Confirmation::answered);
    judge.acknowledged(10s, -100, 0);
    CHECK(judge.at(13s, -100, 0) == Confirmation::answered);  // as it answered the write before
    Judge other;
    other.acknowledged(0s, 100, 0);
    CHECK(other.at(3s, 100, 0) == Confirmation::failed);
}

TEST_CASE("as near as step or tolerance counts as equal, above and below and at once") {
    Judge judge({.confirm = Confirm::within, .slack = 0.5});
    judge.acknowledged(0s, 100.5, 0);
    CHECK(judge.at(1ms, 100.5, 100) == Confirmation::confirmed);
    CHECK(judge.at(2s, 100.5, 101) == Confirmation::confirmed);
    CHECK(judge.at(3s, 100.5, 101.1) == Confirmation::differs);
    CHECK(judge.at(3s, 100.5, 90) == Confirmation::differs);  // it was confirmed before
    judge.confirmation.forget();
    CHECK(judge.at(4s, 100.5, 101) == Confirmation::confirmed);  // its answer to this value is known
    CHECK(judge.at(4s, 100.5, 100) == Confirmation::differs);
}

TEST_CASE("a value confirmed to the count is not replaced by one that is near") {
    Judge judge({.confirm = Confirm::within, .slack = 1});
    judge.acknowledged(0s, 42, 0);
    REQUIRE(judge.at(1ms, 42, 42) == Confirmation::confirmed);
    CHECK(judge.at(1s, 42, 42.5) == Confirmation::differs);
}

TEST_CASE("what is near may stand there before the write") {
    Judge judge({.confirm = Confirm::within, .slack = 0.5});
    judge.acknowledged(0s, 100.5, 100);
    CHECK(judge.at(1ms, 100.5, 100) == Confirmation::confirmed);
}

TEST_CASE("without step and tolerance a rounding is an answer below the value and a failure above it") {
    Judge judge;
    judge.acknowledged(0s, 100.5, 0);
    CHECK(judge.at(3s, 100.5, 100) == Confirmation::answered);
    Judge up;
    up.acknowledged(0s, 100.5, 101);
    CHECK(up.at(3s, 100.5, 101) == Confirmation::failed);
    // With a step that is not to count as equal, it is the device's answer on both sides.
    Judge exact({.confirm = Confirm::exact, .slack = 1});
    exact.acknowledged(0s, 100.5, 0);
    CHECK(exact.at(3s, 100.5, 101) == Confirmation::answered);
}
