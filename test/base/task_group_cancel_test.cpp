#include "base/task_group.hpp"

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
