#include "measure/live_state.hpp"

#include "measure/site.hpp"

using namespace hil;
using namespace hil::measure;
using namespace std::chrono_literals;

TEST_CASE("a failure keeps the last values and calls them stale, a success makes them fresh again [D-28]",
          "[D-28]") {
    LiveState live(2);
    const Instant t{10s};
    CHECK(live.plant(0).stale);
    CHECK_FALSE(live.plant(0).fresh(t, 4s));
    live.sampled(0, row(at("2025-10-01T10:00:00"), 5), t);
    CHECK(live.plant(0).fresh(t + 4s, 4s));
    CHECK_FALSE(live.plant(0).fresh(t + 5s, 4s));
    CHECK(live.plant(1).stale);
    live.failed(0, asio::error::timed_out);
    live.failed(0, asio::error::timed_out);
    CHECK_FALSE(live.plant(0).fresh(t, 4s));
    CHECK(live.plant(0).consecutive_failures == 2);
    CHECK(live.plant(0).last_error == asio::error::timed_out);
    REQUIRE(live.plant(0).latest);
    CHECK((*live.plant(0).latest)[Column::p_battery] == 5);
    live.sampled(0, row(at("2025-10-01T10:00:04"), 6), t + 4s);
    CHECK(live.plant(0).consecutive_failures == 0);
    CHECK_FALSE(live.plant(0).last_error);
    live.recording(0, true, "20251001_lib.csv");
    live.forget(0);
    CHECK_FALSE(live.plant(0).latest);
    CHECK(live.plant(0).recording);
}

TEST_CASE("listeners hear of every change for as long as they hold their subscription") {
    LiveState live(2);
    std::vector<std::pair<std::size_t, LiveState::Change>> heard;
    auto subscription = live.subscribe(
        [&](std::size_t plant, LiveState::Change change) { heard.emplace_back(plant, change); });
    live.sampled(1, row(at("2025-10-01T10:00:00")), Instant{});
    live.failed(0, asio::error::timed_out);
    live.recording(0, true, "f");
    CHECK(heard == std::vector<std::pair<std::size_t, LiveState::Change>>{{1, LiveState::Change::sampled},
                                                                          {0, LiveState::Change::failed},
                                                                          {0, LiveState::Change::recording}});
    subscription.end();
    live.failed(0, asio::error::timed_out);
    CHECK(heard.size() == 3);
}
