#include "market/post_queue.hpp"

#include "net/errors.hpp"

#include "support/catch.hpp"

#include <set>

using namespace hil;
using namespace hil::market;
using namespace std::chrono_literals;

namespace {

constexpr PostQueue::Rules rules{.retry_initial = 2s, .retry_max = 60s};
const error_code nobody = net::errc::connect_timeout;

}  // namespace

TEST_CASE("Delays double up to the longest", "[AC-61]") {
    // Of a series that fails by itself, and of a platform that does not answer.
    const auto why = GENERATE(status_error(500), error_code(net::errc::timeout));
    PostQueue queue(rules);
    queue.added(4, 1);
    Instant now{100s};
    std::vector<Duration> delays;
    for (int i = 0; i < 7; ++i) {
        REQUIRE(queue.next(now));
        CHECK(queue.failed(4, 1, why, now) == PostQueue::After::retry);
        CHECK_FALSE(queue.next(now));
        const auto due = queue.due();
        REQUIRE(due);
        delays.push_back(*due - now);
        CHECK_FALSE(queue.next(*due - 1ns));
        now = *due;
    }
    CHECK(delays == std::vector<Duration>{2s, 4s, 8s, 16s, 32s, 60s, 60s});
    REQUIRE(queue.next(now));
    queue.accepted(4);
    queue.failed(4, 1, why, now);
    CHECK(*queue.due() - now == 2s);  // a success starts anew
}

TEST_CASE("Series take turns, in batches") {
    PostQueue queue(rules);
    queue.added(4, 250);
    queue.added(6, 30);
    Instant now{};
    const auto first = queue.next(now);
    REQUIRE(first);
    CHECK(first->series == 4);
    CHECK(first->limit == 200);
    queue.removed(4, 200);
    queue.accepted(4);
    CHECK(queue.next(now)->series == 6);
    CHECK(queue.next(now)->limit == 30);
    queue.removed(6, 30);
    queue.accepted(6);
    CHECK(queue.next(now)->series == 4);
    CHECK(queue.next(now)->limit == 50);
    queue.removed(4, 50);
    CHECK_FALSE(queue.next(now));
    CHECK_FALSE(queue.due());
}

TEST_CASE("A series that fails holds up nobody else [D-20]", "[D-20]") {
    PostQueue queue(rules);
    for (const int series : {4, 6, 7})
        queue.added(series, 1000);
    Instant now{};
    std::map<int, int> posted;
    for (int i = 0; i < 500; ++i) {
        const auto next = queue.next(now);
        if (!next) {
            now = *queue.due();
            continue;
        }
        if (next->series == 6) {
            queue.failed(6, next->limit, status_error(500), now);
        } else {
            queue.accepted(next->series);
            ++posted[next->series];
        }
        now += 10ms;
    }
    CHECK(posted[4] > 200);
    CHECK(posted[7] > 200);
    CHECK(queue.failing());
}

TEST_CASE("When nobody answers, no other series is tried, and one success ends all waits") {
    PostQueue queue(rules);
    for (int series = 1; series <= 8; ++series)
        queue.added(series, 5);
    Instant now{};
    const auto probe = queue.next(now);
    queue.failed(probe->series, 5, nobody, now);
    CHECK_FALSE(queue.next(now));
    // At a platform that answers 503 to everybody, three are tried.
    now += 2s;
    int tried = 0;
    for (auto next = queue.next(now); next; next = queue.next(now), ++tried)
        queue.failed(next->series, 5, status_error(503), now);
    CHECK(tried == 3);
    now = *queue.due();
    const auto again = queue.next(now);
    queue.accepted(again->series);
    queue.removed(again->series, 5);
    std::set<int> left;
    for (auto next = queue.next(now); next; next = queue.next(now)) {
        left.insert(next->series);
        queue.accepted(next->series);
        queue.removed(next->series, 5);
    }
    CHECK(left.size() == 7);
    CHECK_FALSE(queue.failing());
}

TEST_CASE("One value the platform refuses is found by halving and set aside with patience") {
    PostQueue queue(rules);
    queue.added(4, 64);
    Instant now{};
    std::size_t limit = 0;
    int splits = 0;
    for (;;) {
        const auto next = queue.next(now);
        REQUIRE(next);
        limit = next->limit;
        const auto after = queue.failed(4, limit, status_error(422), now);
        if (after != PostQueue::After::split) break;
        ++splits;
    }
    CHECK(limit == 1);
    CHECK(splits == 6);
    CHECK_FALSE(queue.next(now));  // by itself it is given time

    int refusals = 1;
    const Instant began = now;
    for (;;) {
        now = *queue.due();
        REQUIRE(queue.next(now)->limit == 1);
        ++refusals;
        if (queue.failed(4, 1, status_error(422), now) == PostQueue::After::dead_letter) break;
        REQUIRE(now < began + 2h);
    }
    CHECK(now - began >= 1h);
    CHECK(refusals > 3);
    queue.dead_letter(4);
    queue.removed(4, 1);
    // Its successor is tried at once, and batches grow again.
    CHECK(queue.next(now)->limit == 1);
    queue.accepted(4);
    CHECK(queue.next(now)->limit == 2);
    queue.accepted(4);
    CHECK(queue.next(now)->limit == 4);
}

TEST_CASE("A value that was refused and then taken is not set aside") {
    PostQueue queue(rules);
    queue.added(4, 1000);
    Instant now{};
    for (int i = 0; i < 200; ++i) {
        CHECK(queue.failed(4, 1, status_error(404), now) == PostQueue::After::retry);
        now += 20min;
        queue.accepted(4);
        now += 20min;
    }
}

TEST_CASE("Bad credentials set no wait: what nothing may be sent for is known to the login alone") {
    PostQueue queue(rules);
    queue.added(4, 1);
    Instant now{100s};
    const auto why = GENERATE(fault::bad_credentials, fault::waiting_for_password);
    CHECK(queue.failed(4, 1, why, now) == PostQueue::After::retry);
    CHECK(queue.next(now));
    CHECK(queue.failing());
}

TEST_CASE("What is taken and not stored is sent twenty times, then set aside") {
    const auto why =
        GENERATE(fault::not_json, fault::reported_error, fault::not_successful, fault::fewer_stored);
    PostQueue queue(rules);
    queue.added(4, 2);
    Instant now{100s};
    for (int value = 0; value < 2; ++value) {
        for (int i = 1; i < 20; ++i) {
            REQUIRE(queue.next(now));
            CHECK(queue.failed(4, 1, why, now) == PostQueue::After::retry);
            CHECK_FALSE(queue.next(now));
            now = *queue.due();
        }
        REQUIRE(queue.next(now));
        CHECK(queue.failed(4, 1, why, now) == PostQueue::After::dead_letter);
        queue.dead_letter(4);
        queue.removed(4, 1);
        now += 1h;
    }
    CHECK_FALSE(queue.due());
}

TEST_CASE("Repeats count for one value in a row: a success or a value that is gone ends them") {
    PostQueue queue(rules);
    queue.added(4, 100);
    Instant now{100s};
    const auto end = GENERATE(0, 1);
    for (int round = 0; round < 5; ++round) {
        for (int i = 0; i < 19; ++i) {
            CHECK(queue.failed(4, 1, fault::not_successful, now) == PostQueue::After::retry);
            now += 2min;
        }
        if (end == 0) queue.accepted(4);
        queue.removed(4, 1);  // confirmed, or the oldest of too many
    }
}

TEST_CASE("A batch that is not stored is halved where the answer judges its content, and not for a page") {
    PostQueue queue(rules);
    queue.added(4, 64);
    Instant now{100s};
    CHECK(queue.failed(4, 64, fault::fewer_stored, now) == PostQueue::After::split);
    CHECK(queue.next(now)->limit == 32);
    CHECK(queue.failed(4, 32, fault::reported_error, now) == PostQueue::After::split);
    CHECK(queue.next(now)->limit == 16);
    CHECK(queue.failed(4, 16, fault::not_json, now) == PostQueue::After::retry);
    CHECK_FALSE(queue.next(now));
    CHECK(queue.next(now + 2s)->limit == 16);
    // The oldest was in all of them: twenty tries are twenty.
    for (int i = 4; i < 20; ++i)
        CHECK(queue.failed(4, 1, fault::fewer_stored, now) == PostQueue::After::retry);
    CHECK(queue.failed(4, 1, fault::fewer_stored, now) == PostQueue::After::dead_letter);
}

TEST_CASE("Pages for three series in a row are the platform's own trouble, words on content are not") {
    PostQueue queue(rules);
    for (const int series : {4, 5, 6, 7})
        queue.added(series, 1);
    Instant now{100s};
    const auto [why, left] =
        GENERATE(table<fault, bool>({{fault::not_json, false}, {fault::reported_error, true}}));
    for (const int series : {4, 5, 6})
        queue.failed(series, 1, why, now);
    CHECK(queue.next(now).has_value() == left);
}
