#include "base/async_event.hpp"

#include "base/task_group.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace hil;
using namespace std::chrono_literals;

TEST_CASE("a notification wakes everybody who waits, in the order in which they came") {
    asio::io_context context(1);
    VirtualClock clock(context, WallTime{});
    AsyncEvent wakeup(clock);
    std::vector<std::string> woken;
    TaskGroup tasks(clock);
    for (const char* name : {"first", "second", "third"}) {
        tasks.spawn(name, [&, name]() -> awaitable<void> {
            for (int round = 0; round < 2; ++round) {
                co_await wakeup.wait();
                woken.emplace_back(name);
            }
        });
    }
    clock.settle();
    wakeup.notify();
    clock.settle();
    CHECK(woken == std::vector<std::string>{"first", "second", "third"});
    CHECK(tasks.size() == 3);
    wakeup.notify();
    clock.settle();
    CHECK(woken.size() == 6);
    CHECK(tasks.size() == 0);
}

TEST_CASE("each who waits has a due time of its own, and leaves alone when cancelled") {
    asio::io_context context(1);
    VirtualClock clock(context, WallTime{});
    AsyncEvent wakeup(clock);
    std::vector<std::string> ends;
    const auto wait = [&](std::string name, Duration until) -> awaitable<void> {
        const bool notified = co_await wakeup.wait_until(Instant{until});
        ends.push_back(name + (notified ? " notified" : " due"));
    };
    TaskGroup tasks(clock), cancelled(clock);
    tasks.spawn("late", [&] { return wait("late", 9s); });
    cancelled.spawn("gone", [&] { return wait("gone", 9s); });
    tasks.spawn("early", [&] { return wait("early", 1s); });
    clock.run_until(Instant{2s});
    CHECK(ends == std::vector<std::string>{"early due"});
    cancelled.cancel();
    clock.settle();
    CHECK(cancelled.size() == 0);
    wakeup.notify();
    clock.settle();
    CHECK(ends == std::vector<std::string>{"early due", "late notified"});
    CHECK(tasks.size() == 0);
}

TEST_CASE("a wake-up that goes ends the waits of all") {
    asio::io_context context(1);
    VirtualClock clock(context, WallTime{});
    auto wakeup = std::make_unique<AsyncEvent>(clock);
    std::vector<std::string> failures;
    TaskGroup tasks(clock, [&](const TaskFailure& failure) { failures.emplace_back(failure.task); });
    for (const char* name : {"a", "b"})
        tasks.spawn(name, [&]() -> awaitable<void> { co_await wakeup->wait(); });
    clock.settle();
    wakeup.reset();
    clock.settle();
    CHECK(tasks.size() == 0);
    CHECK(failures == std::vector<std::string>{"a", "b"});
}
