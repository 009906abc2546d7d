#include "base/ticker.hpp"
#include "base/task_group.hpp"

#include "support/catch.hpp"

using namespace hil;
using namespace std::chrono_literals;

TEST_CASE(
    "steps lie on a grid from the next whole second and a stall skips steps without inventing any [AC-58]",
    "[AC-58]") {
    const WallTime ten = std::chrono::sys_days{std::chrono::year{2025} / 10 / 1} + 10h;
    asio::io_context context(1);
    VirtualClock clock(context, ten + 300ms);
    std::vector<Duration> rows;
    std::vector<std::int64_t> skipped;
    TaskGroup tasks(clock);
    tasks.spawn("sampler", [&]() -> awaitable<void> {
        Ticker ticker(clock, next_whole_second(clock), 2s, Phase::sample);
        for (int i = 0; i < 4; ++i) {
            const auto step = co_await ticker.next();
            rows.push_back(step.wall - ten);
            skipped.push_back(step.skipped);
            if (step.wall - ten == 3s) {
                co_await clock.sleep_until(clock.instant(ten + 9500ms));  // the loop stalls
            }
        }
    });
    clock.run();
    CHECK(rows == std::vector<Duration>{1s, 3s, 9s, 11s});
    CHECK(skipped == std::vector<std::int64_t>{0, 0, 2, 0});
}

TEST_CASE("a process that starts on a whole second takes that second as its anchor") {
    const WallTime ten = std::chrono::sys_days{std::chrono::year{2025} / 10 / 1} + 10h;
    asio::io_context context(1);
    VirtualClock clock(context, ten);
    CHECK(next_whole_second(clock) == clock.now());
}

TEST_CASE("on the machine's own clocks the next whole second is a whole one and stays it") {
    asio::io_context context(1);
    RealClock clock(context);
    const Instant anchor = next_whole_second(clock);
    for (int i = 0; i < 100; ++i)
        CHECK(clock.wall(anchor).time_since_epoch() % 1s == 0s);
}
