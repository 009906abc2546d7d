#include "base/task_group.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include "support/catch.hpp"

using namespace hil;
using namespace std::chrono_literals;

TEST_CASE("a task that ends by itself while its cancellation is on the way ends once") {
    asio::io_context context(1);
    VirtualClock clock(context, WallTime{});
    TaskGroup tasks(clock);
    int ended = 0;
    for (int i = 0; i < 3; ++i) {
        tasks.spawn("about to end", [&]() -> awaitable<void> {
            co_await clock.sleep_for(1s);
            ++ended;
        });
    }
    // Due at the same instant: the tasks' waits are over and their coroutines are about to go on.
    Timer timer(clock.timers(), [&] { tasks.cancel(); });
    clock.settle();
    timer.arm_after(1s);
    clock.run();
    CHECK(ended == 3);
    CHECK(tasks.size() == 0);
}

TEST_CASE("a task cancelled before it first ran never waits, and one started afterwards does") {
    asio::io_context context(1);
    VirtualClock clock(context, WallTime{});
    TaskGroup tasks(clock);
    tasks.spawn("early", [&]() -> awaitable<void> { co_await clock.sleep_for(1h); });
    tasks.cancel();
    tasks.spawn("late", [&]() -> awaitable<void> { co_await clock.sleep_for(1s); });
    clock.run();
    CHECK(tasks.size() == 0);
    CHECK(clock.now() == Instant{1s});
}

TEST_CASE("a task that cancels its own group may end without ever having waited") {
    asio::io_context context(1);
    VirtualClock clock(context, WallTime{});
    std::vector<std::string> failures;
    TaskGroup tasks(clock, [&](const TaskFailure& f) { failures.emplace_back(f.what); });
    tasks.spawn("returns", [&]() -> awaitable<void> {
        tasks.cancel();
        co_return;
    });
    clock.run();
    tasks.spawn("throws", [&]() -> awaitable<void> {
        tasks.cancel();
        throw std::runtime_error("on the way out");
        co_return;
    });
    clock.run();
    CHECK(tasks.size() == 0);
    CHECK(failures == std::vector<std::string>{"on the way out"});
}

TEST_CASE("a task waiting to be restarted is cancelled like any other") {
    asio::io_context context(1);
    VirtualClock clock(context, WallTime{});
    TaskGroup tasks(clock);
    int runs = 0;
    tasks.spawn(
        "failing",
        [&]() -> awaitable<void> {
            ++runs;
            throw std::runtime_error("again");
            co_return;
        },
        OnEscape::restart);
    clock.run_for(500ms);
    tasks.cancel();
    clock.run();
    CHECK(runs == 1);
    CHECK(tasks.size() == 0);
    CHECK(clock.now() == Instant{500ms});
}

TEST_CASE("a group that goes frees what its tasks hold even if the event loop never turns again") {
    auto held = std::make_shared<int>(1);
    {
        asio::io_context context(1);
        VirtualClock clock(context, WallTime{});
        AsyncEvent wakeup(clock);
        TaskGroup tasks(clock);
        tasks.spawn("sleeps", [&clock, held]() -> awaitable<void> { co_await clock.sleep_for(1h); });
        tasks.spawn("waits", [&wakeup, held]() -> awaitable<void> { co_await wakeup.wait(); });
        clock.settle();
        tasks.spawn("never starts", [&clock, held]() -> awaitable<void> { co_await clock.sleep_for(1h); });
        CHECK(held.use_count() > 1);
    }
    CHECK(held.use_count() == 1);
}

TEST_CASE("what a task captured goes with the event loop, also where the task is not resumed any more") {
    std::weak_ptr<TaskGroup> watched;
    {
        asio::io_context context{1};
        VirtualClock clock(context, WallTime{});
        auto group = std::make_shared<TaskGroup>(clock);
        watched = group;
        group->spawn("waits", [group, &clock]() -> awaitable<void> { co_await clock.sleep_for(1h); });
        clock.settle();
        group->cancel();
    }
    CHECK(watched.expired());
}

TEST_CASE("a task that is cancelled before it starts may hold its own group") {
    asio::io_context context{1};
    VirtualClock clock(context, WallTime{});
    auto group = std::make_shared<TaskGroup>(clock);
    const std::weak_ptr<TaskGroup> watched = group;
    bool ran = false;
    group->spawn("never starts", [group, &ran]() -> awaitable<void> {
        ran = true;
        co_return;
    });
    group->cancel();
    group.reset();
    clock.settle();
    CHECK_FALSE(ran);
    CHECK(watched.expired());
}

TEST_CASE("a group that was cancelled and joined restarts its tasks as before") {
    asio::io_context context(1);
    VirtualClock clock(context, WallTime{});
    TaskGroup tasks(clock);
    tasks.spawn("of before", [&]() -> awaitable<void> { co_await clock.sleep_for(1h); });
    clock.settle();
    tasks.cancel();
    clock.settle();
    REQUIRE(tasks.size() == 0);
    int runs = 0;
    tasks.spawn(
        "of now",
        [&]() -> awaitable<void> {
            if (++runs == 1) throw std::runtime_error("once");
            co_return;
        },
        OnEscape::restart);
    clock.run();
    CHECK(runs == 2);
}

TEST_CASE("who joins or cancels leaves its frame only after the last task has ended") {
    asio::io_context context(1);
    VirtualClock clock(context, WallTime{});
    std::vector<std::string> told;
    TaskGroup owners(clock);
    owners.spawn("owner", [&]() -> awaitable<void> {
        struct Frame {
            std::vector<std::string>& told;
            ~Frame() { told.emplace_back("the frame goes"); }
        } frame{told};
        TaskGroup tasks(clock);
        tasks.spawn("slow to end", [&]() -> awaitable<void> {
            try {
                co_await clock.sleep_for(1h);
            } catch (const boost::system::system_error&) {
                told.emplace_back("cancelled");
            }
            co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
            co_await clock.sleep_for(3s);
            frame.told.emplace_back("the result is written");
        });
        co_await tasks.join_or_cancel();
    });
    clock.settle();
    owners.cancel();
    clock.run();
    CHECK(owners.size() == 0);
    CHECK(told == std::vector<std::string>{"cancelled", "the result is written", "the frame goes"});
}

TEST_CASE("joining to the end without being cancelled cancels nothing") {
    asio::io_context context(1);
    VirtualClock clock(context, WallTime{});
    bool ended = false, joined = false;
    TaskGroup owners(clock);
    owners.spawn("owner", [&]() -> awaitable<void> {
        TaskGroup tasks(clock);
        tasks.spawn("task", [&]() -> awaitable<void> {
            co_await clock.sleep_for(5s);
            ended = true;
        });
        co_await tasks.join_or_cancel();
        joined = ended;
    });
    clock.run();
    CHECK(joined);
}

TEST_CASE("a restarted task can be cancelled though its body ended with cancellation switched off") {
    asio::io_context context(1);
    VirtualClock clock(context, WallTime{});
    int runs = 0;
    TaskGroup tasks(clock);
    tasks.spawn(
        "careful",
        [&]() -> awaitable<void> {
            if (++runs == 1) {
                co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
                throw std::runtime_error("after it had put everything in order");
            }
            co_await clock.sleep_for(100h);
        },
        OnEscape::restart);
    clock.run_for(10s);
    REQUIRE(runs == 2);
    tasks.cancel();
    clock.settle();
    CHECK(tasks.size() == 0);
}
