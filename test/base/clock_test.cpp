#include "base/clock.hpp"
#include "base/async_event.hpp"
#include "base/task_group.hpp"
#include "base/ticker.hpp"

#include "support/catch.hpp"

#include <boost/asio/io_context.hpp>

using namespace hil;
using namespace std::chrono_literals;

namespace {

WallTime noon() {
    return std::chrono::sys_days{std::chrono::year{2025} / 10 / 1} + 12h;
}

}  // namespace

TEST_CASE("a virtual clock jumps to the next timer and passes no timer on the way") {
    asio::io_context context(1);
    VirtualClock clock(context, noon());
    std::vector<std::string> seen;
    TaskGroup tasks(clock);
    tasks.spawn("late", [&]() -> awaitable<void> {
        co_await clock.sleep_for(3h);
        seen.push_back("late");
    });
    tasks.spawn("early", [&]() -> awaitable<void> {
        co_await clock.sleep_for(1s);
        seen.push_back("early");
    });
    clock.run_for(2h);
    CHECK(seen == std::vector<std::string>{"early"});
    CHECK(clock.wall_now() == noon() + 2h);
    clock.run();
    CHECK(seen == std::vector<std::string>{"early", "late"});
    CHECK(clock.now() == Instant{3h});
}

TEST_CASE("timers of one instant fire by phase: plant step, dispatch, sample") {
    asio::io_context context(1);
    VirtualClock clock(context, noon());
    std::vector<Phase> seen;
    TaskGroup tasks(clock);
    for (const Phase phase : {Phase::other, Phase::sample, Phase::dispatch, Phase::plant}) {
        tasks.spawn("step", [&, phase]() -> awaitable<void> {
            co_await clock.sleep_until(Instant{2s}, phase);
            seen.push_back(phase);
        });
    }
    clock.run();
    CHECK(seen == std::vector{Phase::plant, Phase::dispatch, Phase::sample, Phase::other});
}

TEST_CASE("a cancelled task ends its wait at once and the group can be joined [D-15]", "[D-15]") {
    asio::io_context context(1);
    VirtualClock clock(context, noon());
    std::vector<std::string> failures;
    TaskGroup tasks(clock, [&](const TaskFailure& f) { failures.emplace_back(f.what); });
    bool unwound = false;
    bool joined = false;
    tasks.spawn("sleeper", [&]() -> awaitable<void> {
        struct Guard {
            bool& flag;
            ~Guard() { flag = true; }
        } guard{unwound};
        co_await clock.sleep_for(100h);
    });
    TaskGroup owner(clock);
    owner.spawn("owner", [&]() -> awaitable<void> {
        co_await clock.sleep_for(1s);
        tasks.cancel();
        co_await tasks.join();
        joined = true;
    });
    clock.run();
    CHECK(unwound);
    CHECK(joined);
    CHECK(failures.empty());
    CHECK(clock.now() == Instant{1s});
}

TEST_CASE(
    "an escaped exception is reported with the task's name and the task is restarted where its owner says so "
    "[D-14]",
    "[D-14]") {
    asio::io_context context(1);
    VirtualClock clock(context, noon());
    std::vector<std::string> failures;
    TaskGroup tasks(clock, [&](const TaskFailure& f) {
        failures.push_back(fmt::format("{}: {} {}", f.task, f.what, f.restarting));
    });
    int runs = 0;
    tasks.spawn(
        "poller",
        [&]() -> awaitable<void> {
            if (++runs < 3) throw std::runtime_error("no luck");
            co_return;
        },
        OnEscape::restart);
    clock.run();
    CHECK(runs == 3);
    CHECK(failures == std::vector<std::string>{"poller: no luck true", "poller: no luck true"});
    CHECK(clock.now() == Instant{3s});  // back-off of 1 s, then 2 s
    CHECK(tasks.size() == 0);
}

TEST_CASE("a wake-up given before the wait is kept, several are one, and a due time ends the wait") {
    asio::io_context context(1);
    VirtualClock clock(context, noon());
    AsyncEvent wakeup(clock);
    std::vector<bool> notified;
    TaskGroup tasks(clock);
    wakeup.notify();
    wakeup.notify();
    tasks.spawn("waiter", [&]() -> awaitable<void> {
        notified.push_back(co_await wakeup.wait_until(Instant{1s}));
        notified.push_back(co_await wakeup.wait_until(Instant{2s}));
        notified.push_back(co_await wakeup.wait_until(Instant{9s}));
    });
    tasks.spawn("notifier", [&]() -> awaitable<void> {
        co_await clock.sleep_for(5s);
        wakeup.notify();
    });
    clock.run();
    CHECK(notified == std::vector{true, false, true});
    CHECK(clock.now() == Instant{5s});
}

TEST_CASE("a scaled clock does not pass a due step while work of the present one is held") {
    asio::io_context context(1);
    ScaledClock clock(context, noon(), 1e6);
    std::vector<Instant> steps;
    TaskGroup tasks(clock);
    tasks.spawn("ticker", [&]() -> awaitable<void> {
        Ticker ticker(clock, Instant{}, 2s, Phase::sample);
        for (int i = 0; i < 50; ++i) {
            const auto step = co_await ticker.next();
            steps.push_back(clock.now());
            co_await clock.io_sleep_for(
                std::chrono::microseconds(100));  // real time passes, site time does not
            CHECK(clock.now() == step.due);
            CHECK(step.skipped == 0);
        }
        clock.stop();
    });
    clock.run();
    REQUIRE(steps.size() == 50);
    CHECK(steps.back() == Instant{98s});
}

TEST_CASE("a paused clock stands still and a step lets it run on by that much") {
    asio::io_context context(1);
    ScaledClock clock(context, noon(), 1000);
    int ticks = 0;
    REQUIRE(clock.set_paused(true));
    TaskGroup tasks(clock);
    tasks.spawn("ticker", [&]() -> awaitable<void> {
        Ticker ticker(clock, Instant{}, 1s, Phase::sample);
        for (;;) {
            (void)co_await ticker.next();
            ++ticks;
        }
    });
    tasks.spawn("operator", [&]() -> awaitable<void> {
        co_await clock.io_sleep_for(2ms);
        CHECK(ticks == 1);  // the tick of the present instant only
        CHECK(clock.step(3s));
        co_await clock.io_sleep_for(2ms);
        CHECK(ticks == 4);
        CHECK(clock.now() == Instant{3s});
        CHECK(clock.step(Duration{-1}).error() == asio::error::invalid_argument);
        clock.stop();
    });
    clock.run();
}

TEST_CASE("a real clock refuses to be scaled") {
    asio::io_context context(1);
    RealClock clock(context);
    CHECK(clock.set_speed(2).error() == asio::error::operation_not_supported);
    CHECK(clock.set_paused(true).error() == asio::error::operation_not_supported);
}
