#include "base/local_network.hpp"

#include "base/task_group.hpp"
#include "support/catch.hpp"

#include <boost/asio/error.hpp>

using namespace hil;
using namespace std::chrono_literals;

TEST_CASE("addresses within are in memory, the others are the network's outside") {
    asio::io_context context{1};
    VirtualClock clock(context, WallTime{});
    MemoryNetwork outside(clock);
    const Endpoint inner{"127.0.0.1", 1502}, outer{"127.0.0.1", 1503};
    LocalNetwork network(clock, outside, [&](const Endpoint& at) { return at == inner; });

    const auto here = network.listen(inner);
    REQUIRE(here);
    CHECK((*here)->local_endpoint() == inner);
    CHECK(outside.listen(inner));  // nobody listens there outside
    CHECK(network.listen(inner).error() == asio::error::address_in_use);
    const auto there = network.listen(outer);
    REQUIRE(there);
    CHECK(outside.listen(outer).error() == asio::error::address_in_use);

    bool inside_reached = false, outside_reached = false;
    error_code refused;
    TaskGroup tasks(clock, [](const TaskFailure& failure) { FAIL_CHECK(failure.what); });
    tasks.spawn("test", [&]() -> awaitable<void> {
        inside_reached = static_cast<bool>(co_await network.connect(inner, 1s));
        outside_reached = static_cast<bool>(co_await network.connect(outer, 1s));
        (*here)->close();
        refused = (co_await network.connect(inner, 1s)).error();
    });
    clock.run();
    CHECK(inside_reached);
    CHECK(outside_reached);
    CHECK(refused == asio::error::connection_refused);
    CHECK(network.tried(inner).empty());
}
