#include "plant/connection_machine.hpp"

#include "support/catch.hpp"

#include <vector>

using namespace hil;
using namespace std::chrono_literals;
using plant::ConnectionMachine;

namespace {

IoInstant at(Duration since_start) {
    return IoInstant{since_start};
}

// The delays after each of `count` failed attempts in a row.
std::vector<Duration> delays_of(std::uint64_t seed, int count) {
    ConnectionMachine machine{Random(seed)};
    std::vector<Duration> delays;
    IoInstant now{};
    REQUIRE(machine.wait(now) == Duration::zero());
    for (int i = 0; i < count; ++i) {
        machine.failed(now);
        delays.push_back(machine.wait(now));
        now += delays.back();
        REQUIRE(machine.wait(now) == Duration::zero());
    }
    return delays;
}

}  // namespace

TEST_CASE("attempts to connect come at 0.5 s, 1 s, 2 s … 30 s, shortened by up to half") {
    const std::vector<Duration> nominal{500ms, 1s, 2s, 4s, 8s, 16s, 30s, 30s, 30s};
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        const auto delays = delays_of(seed, 9);
        for (std::size_t i = 0; i < nominal.size(); ++i) {
            REQUIRE(delays[i] <= nominal[i]);
            REQUIRE(delays[i] >= nominal[i] / 2);
        }
    }
    CHECK(delays_of(1, 9) == delays_of(1, 9));
    CHECK(delays_of(1, 9) != delays_of(2, 9));
}

TEST_CASE("the loss of a session that lasted is followed by an attempt at once, and delays begin anew") {
    ConnectionMachine machine{Random(3)};
    REQUIRE(machine.wait(at(0s)) == Duration::zero());
    machine.failed(at(0s));
    machine.failed(at(0s));
    CHECK(machine.failures() == 2);
    REQUIRE(machine.wait(at(5s)) == Duration::zero());
    machine.opened(at(5s));
    machine.closed(at(15s));
    CHECK(machine.failures() == 0);
    CHECK(machine.wait(at(15s)) == Duration::zero());
    machine.failed(at(15s));
    CHECK(machine.delay(at(15s)) <= 500ms);
}

TEST_CASE("a peer that hangs up soon after each connection is dialled less and less often") {
    ConnectionMachine machine{Random(4)};
    IoInstant now{};
    int dials = 0;
    while (now < at(120s)) {
        const auto wait = machine.wait(now);
        if (wait > Duration::zero()) {
            now += wait;
            continue;
        }
        ++dials;
        machine.opened(now);
        now += 10ms;
        machine.closed(now);
    }
    CHECK(dials >= 8);
    CHECK(dials <= 16);
}

TEST_CASE("nobody dials twice at once, and an abandoned attempt leaves the next to another") {
    ConnectionMachine machine{Random(5)};
    REQUIRE(machine.wait(at(0s)) == Duration::zero());
    machine.failed(at(0s));
    const auto delay = machine.delay(at(0s));
    CHECK(machine.wait(at(delay - 1ns)) == 1ns);
    CHECK(machine.wait(at(delay)) == Duration::zero());
    machine.abandoned();
    CHECK(machine.wait(at(delay)) == Duration::zero());
}
