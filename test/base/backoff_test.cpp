#include "base/backoff.hpp"
#include "base/breaker.hpp"

#include "support/catch.hpp"

using namespace hil;
using namespace std::chrono_literals;

TEST_CASE("delays double from the first up to the longest and stay there [AC-61]", "[AC-61]") {
    Backoff backoff(2s, 60s);
    std::vector<Duration> delays;
    for (int failure = 1; failure <= 7; ++failure)
        delays.push_back(backoff.next());
    CHECK(delays == std::vector<Duration>{2s, 4s, 8s, 16s, 32s, 60s, 60s});
    backoff.reset();
    CHECK(backoff.next() == 2s);
}

TEST_CASE("the longest delay is not passed by a doubling, however many failures there are") {
    Backoff backoff(1s, Duration::max());
    Duration last{};
    for (int i = 0; i < 200; ++i) {
        const Duration delay = backoff.next();
        CHECK(delay >= last);
        last = delay;
    }
    CHECK(last == Duration::max());
}

TEST_CASE("jitter shortens a delay by up to its share and is the same for the same seed") {
    Backoff one(8s, 8s, 0.25, Random(3));
    Backoff same(8s, 8s, 0.25, Random(3));
    Duration least = 8s;
    Duration most{};
    for (int i = 0; i < 1000; ++i) {
        const Duration delay = one.next();
        CHECK(delay == same.next());
        least = std::min(least, delay);
        most = std::max(most, delay);
    }
    CHECK(least >= 6s);
    CHECK(least < 6100ms);
    CHECK(most <= 8s);
    CHECK(most > 7900ms);
}

TEST_CASE("a breaker opens after failures in a row, not after failures with a success between") {
    const Instant start{};
    Breaker<Instant> breaker(3, Backoff(5s, 20s));
    for (int i = 0; i < 2; ++i) {
        REQUIRE(breaker.allow(start));
        breaker.failed(start);
    }
    breaker.succeeded();
    CHECK(breaker.consecutive_failures() == 0);
    for (int i = 0; i < 3; ++i) {
        CHECK(breaker.state(start) == BreakerState::closed);
        REQUIRE(breaker.allow(start));
        breaker.failed(start);
    }
    CHECK(breaker.state(start) == BreakerState::open);
    CHECK(breaker.consecutive_failures() == 3);
    CHECK_FALSE(breaker.allow(start + 5s - 1ns));
    CHECK(breaker.retry_at() == start + 5s);
}

TEST_CASE("a half-open breaker lets one attempt through and its outcome decides") {
    Instant now{};
    Breaker<Instant> breaker(1, Backoff(5s, 20s));
    REQUIRE(breaker.allow(now));
    breaker.failed(now);
    for (const Duration open : {5s, 10s, 20s, 20s}) {
        CHECK_FALSE(breaker.allow(now + open - 1ns));
        now += open;
        CHECK(breaker.state(now) == BreakerState::half_open);
        CHECK(breaker.allow(now));
        CHECK_FALSE(breaker.allow(now));
        breaker.failed(now);
        CHECK(breaker.state(now) == BreakerState::open);
    }
    now += 20s;
    REQUIRE(breaker.allow(now));
    breaker.succeeded();
    CHECK(breaker.state(now) == BreakerState::closed);
    CHECK(breaker.allow(now));
    CHECK(breaker.allow(now));
    breaker.failed(now);
    CHECK(breaker.retry_at() == now + 5s);  // the success started the delays anew
}

TEST_CASE("failures of attempts begun before a breaker opened do not lengthen its wait") {
    const Instant start{};
    Breaker<Instant> breaker(2, Backoff(5s, 20s));
    for (int i = 0; i < 4; ++i)
        REQUIRE(breaker.allow(start));
    for (int i = 0; i < 4; ++i)
        breaker.failed(start + i * 1s);
    CHECK(breaker.retry_at() == start + 6s);
    CHECK(breaker.consecutive_failures() == 4);
}

TEST_CASE("an attempt that was abandoned leaves the half-open breaker to the next caller") {
    const Instant start{};
    Breaker<Instant> breaker(1, Backoff(5s, 20s));
    breaker.failed(start);
    REQUIRE(breaker.allow(start + 5s));
    CHECK_FALSE(breaker.allow(start + 6s));
    breaker.abandoned();
    CHECK(breaker.allow(start + 6s));
}
