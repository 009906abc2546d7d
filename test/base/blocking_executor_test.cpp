#include "base/blocking_executor.hpp"
#include "base/task_group.hpp"
#include "support/catch.hpp"

#include <future>
#include <thread>

using namespace hil;
using namespace std::chrono_literals;

TEST_CASE("a pool runs jobs on another thread, in order, and results and exceptions come back") {
    asio::io_context context(1);
    RealClock clock(context);
    const auto pool = make_pool(clock);
    const auto here = std::this_thread::get_id();
    std::vector<int> order;
    TaskGroup tasks(clock, [](const TaskFailure& failure) { FAIL_CHECK(failure.what); });
    for (int i = 0; i < 20; ++i) {
        tasks.spawn("job", [&, i]() -> awaitable<void> {
            const auto text =
                co_await pool->run([i] { return std::make_unique<std::string>(std::to_string(i)); });
            CHECK(std::this_thread::get_id() == here);
            order.push_back(std::stoi(*text));
        });
    }
    bool thrown = false;
    tasks.spawn("last", [&]() -> awaitable<void> {
        std::thread::id worker;
        co_await pool->run([&worker] { worker = std::this_thread::get_id(); });
        CHECK(worker != here);
        try {
            co_await pool->run([] { throw std::runtime_error("disk on fire"); });
        } catch (const std::runtime_error& e) {
            thrown = std::string(e.what()) == "disk on fire";
        }
        clock.stop();
    });
    clock.run();
    CHECK(thrown);
    REQUIRE(order.size() == 20);
    CHECK(std::is_sorted(order.begin(), order.end()));
}

TEST_CASE("a cancelled wait ends at once while its job goes on with what it owns") {
    asio::io_context context(1);
    RealClock clock(context);
    auto pool = make_pool(clock);
    std::promise<void> release;
    auto finished = std::make_shared<std::string>();
    TaskGroup tasks(clock);
    tasks.spawn("waiter", [&, finished]() -> awaitable<void> {
        co_await pool->run([go = release.get_future().share(), finished] {
            go.wait();
            *finished = "done";
        });
        FAIL_CHECK("went on after the cancellation");
    });
    TaskGroup owner(clock);
    owner.spawn("owner", [&]() -> awaitable<void> {
        co_await asio::post(clock.executor(), asio::use_awaitable);
        tasks.cancel();
        co_await tasks.join();
        CHECK(finished->empty());
        release.set_value();
        clock.stop();
    });
    clock.run();
    pool.reset();  // waits for what runs
    CHECK(*finished == "done");
}

TEST_CASE("a scaled clock stands still while a job of the present instant is under way") {
    asio::io_context context(1);
    ScaledClock clock(context, WallTime{}, 1e9);
    const auto pool = make_pool(clock);
    std::promise<void> release;
    bool slept = false;
    TaskGroup tasks(clock, [](const TaskFailure& failure) { FAIL_CHECK(failure.what); });
    tasks.spawn("job", [&]() -> awaitable<void> {
        co_await pool->run([go = release.get_future().share()] { go.wait(); });
        CHECK_FALSE(slept);
        CHECK(clock.now() == Instant{});
        co_await clock.sleep_for(2s);
        clock.stop();
    });
    tasks.spawn("sleeper", [&]() -> awaitable<void> {
        co_await clock.sleep_for(1s);
        slept = true;
    });
    tasks.spawn("release", [&]() -> awaitable<void> {
        co_await clock.io_sleep_for(1ms);
        release.set_value();
    });
    clock.run();
    CHECK(slept);
}

TEST_CASE("in virtual time a job runs at once and completes after the drawn delay") {
    asio::io_context context(1);
    VirtualClock clock(context, WallTime{});
    int draws = 0;
    const auto inline_blocking =
        make_inline_executor(clock, [&] { return std::chrono::milliseconds(10 * ++draws); });
    std::vector<Duration> seen;
    TaskGroup tasks(clock, [](const TaskFailure& failure) { FAIL_CHECK(failure.what); });
    tasks.spawn("jobs", [&]() -> awaitable<void> {
        for (int i = 0; i < 2; ++i) {
            const Duration began =
                co_await inline_blocking->run([&] { return clock.now().time_since_epoch(); });
            seen.push_back(began);
            seen.push_back(clock.now().time_since_epoch());
        }
    });
    clock.run();
    CHECK(seen == std::vector<Duration>{0ms, 10ms, 10ms, 30ms});
}

TEST_CASE("without a delay an inline job takes no time and passes its exception on") {
    asio::io_context context(1);
    VirtualClock clock(context, WallTime{});
    const auto inline_blocking = make_inline_executor(clock);
    bool thrown = false;
    TaskGroup tasks(clock, [](const TaskFailure& failure) { FAIL_CHECK(failure.what); });
    tasks.spawn("job", [&]() -> awaitable<void> {
        try {
            co_await inline_blocking->run([] { throw std::runtime_error("no space"); });
        } catch (const std::runtime_error&) {
            thrown = true;
        }
    });
    clock.run();
    CHECK(thrown);
    CHECK(clock.now() == Instant{});
}
