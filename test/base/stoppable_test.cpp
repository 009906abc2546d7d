#include "base/stoppable.hpp"

#include "base/task_group.hpp"
#include "support/catch.hpp"

#include <future>

namespace hil {
namespace {

using namespace std::chrono_literals;

// Works until it is asked to stop.
int until_stopped(const std::stop_token& token) {
    std::promise<void> asked;
    const std::stop_callback on_stop(token, [&asked] { asked.set_value(); });
    asked.get_future().wait();
    return 7;
}

struct Rig {
    asio::io_context context{1};
    RealClock clock{context};
    std::unique_ptr<BlockingExecutor> pool = make_pool(clock);
    TaskGroup tasks{clock, [](const TaskFailure& failure) { FAIL_CHECK(failure.what); }};

    void run(TaskGroup::Body body) {
        tasks.spawn("test", [this, body = std::move(body)]() -> awaitable<void> {
            co_await body();
            clock.stop();
        });
        clock.run();
    }
};

TEST_CASE("a job that comes to its end is not asked for it") {
    Rig rig;
    rig.run([&]() -> awaitable<void> {
        CHECK(co_await run_stoppable(rig.clock, *rig.pool, 1h, {}, [](const std::stop_token& token) {
                  return token.stop_requested();
              }) == false);
    });
}

TEST_CASE("a job is asked to stop when its time is over, and its result counts") {
    Rig rig;
    rig.run([&]() -> awaitable<void> {
        CHECK(co_await run_stoppable(rig.clock, *rig.pool, 1ms, {}, until_stopped) == 7);
    });
}

TEST_CASE("a job is asked to stop when somebody says so, be it before it began") {
    Rig rig;
    std::stop_source sooner;
    rig.tasks.spawn("who says so", [&]() -> awaitable<void> {
        sooner.request_stop();
        co_return;
    });
    rig.run([&]() -> awaitable<void> {
        CHECK(co_await run_stoppable(rig.clock, *rig.pool, 1h, sooner.get_token(), until_stopped) == 7);
        CHECK(co_await run_stoppable(rig.clock, *rig.pool, 1h, sooner.get_token(), until_stopped) == 7);
    });
}

TEST_CASE("a job nobody waits for any more is asked to stop, also where it still stands in line") {
    Rig rig;
    auto ended = std::make_shared<int>(0);
    TaskGroup waiting(rig.clock);
    for (int i = 0; i < 3; ++i) {  // of one thread
        waiting.spawn("waiter", [&rig, ended]() -> awaitable<void> {
            co_await run_stoppable(rig.clock, *rig.pool, 1h, {}, [ended](const std::stop_token& token) {
                *ended += until_stopped(token);
                return 0;
            });
            FAIL_CHECK("went on after the cancellation");
        });
    }
    rig.run([&]() -> awaitable<void> {
        co_await asio::post(rig.clock.executor(), asio::use_awaitable);
        waiting.cancel();
        co_await waiting.join();
    });
    rig.pool.reset();  // waits for what runs: for ever, were one of them not asked
    CHECK(*ended == 21);
}

TEST_CASE("a scaled clock runs on beside a job that nothing of the site waits for") {
    asio::io_context context(1);
    ScaledClock clock(context, WallTime{}, 1e9);
    const auto pool = make_free_pool(clock, 1);
    TaskGroup tasks(clock, [](const TaskFailure& failure) { FAIL_CHECK(failure.what); });
    std::stop_source stop;
    tasks.spawn("job", [&]() -> awaitable<void> {
        co_await run_stoppable(clock, *pool, 1h, stop.get_token(), until_stopped);
        CHECK(clock.now() >= Instant{} + 1h);
        clock.stop();
    });
    tasks.spawn("site", [&]() -> awaitable<void> {
        co_await clock.sleep_for(1h);
        stop.request_stop();
    });
    clock.run();
}

}  // namespace
}  // namespace hil
