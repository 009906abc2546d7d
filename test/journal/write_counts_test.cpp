// Counts of writes over a restart.
#include "journal/write_counts.hpp"

#include "base/task_group.hpp"
#include "support/catch.hpp"

#include <vector>

using namespace hil;
using namespace hil::journal;
using control::WriteCount;
using namespace std::chrono_literals;

TEST_CASE("what was written today is known after a restart") {
    asio::io_context context{1};
    VirtualClock clock{context, std::chrono::sys_days{std::chrono::year{2025} / 10 / 1}};
    const auto worker = make_inline_executor(clock);
    const std::vector<store::Migration> migrations(write_count_migrations().begin(),
                                                   write_count_migrations().end());
    const auto database = std::make_shared<store::Database>("", migrations);
    {
        WriteCounts counts(clock, *worker, database);
        CHECK(counts.of("lib/remote/p_setpoint") == WriteCount{});
        TaskGroup tasks(clock);
        tasks.spawn("counts", [&] { return counts.run(); });
        counts.count("lib/remote/p_setpoint", {.day = 20'362, .writes = 1});
        counts.count("lib/remote/p_setpoint", {.day = 20'362, .writes = 2});
        counts.count("lib/remote/q_setpoint", {.day = 20'362, .writes = 7});
        clock.run_for(1s);
        CHECK(counts.of("lib/remote/p_setpoint") == WriteCount{.day = 20'362, .writes = 2});
        tasks.cancel();
        clock.settle();
    }
    const WriteCounts again(clock, *worker, database);
    CHECK(again.of("lib/remote/p_setpoint") == WriteCount{.day = 20'362, .writes = 2});
    CHECK(again.of("lib/remote/q_setpoint") == WriteCount{.day = 20'362, .writes = 7});
    CHECK(again.of("lib/local/p_setpoint") == WriteCount{});
}
