#include "schedule/window.hpp"

#include "madrid.hpp"
#include "support/catch.hpp"

using namespace hil;
using namespace hil::schedule;
using namespace hil::schedule::test;
using namespace std::chrono_literals;

TEST_CASE("two days of plans go from local midnight to local midnight whatever their length [D-34]",
          "[D-34]") {
    const auto length = [](const char* now) {
        const Window window = two_days(at(now), madrid());
        return window.to - window.from;
    };
    CHECK(length("2025-10-01T12:00") == 48h);
    CHECK(length("2020-03-29T00:00") == 47h);
    CHECK(length("2020-03-28T23:59:59") == 47h);
    CHECK(length("2022-10-30T00:00") == 49h);
    CHECK(length("2022-10-29T12:00") == 49h);
    CHECK(length("2022-10-31T00:00") == 48h);
}

TEST_CASE("the window of an instant contains it and changes exactly at local midnight [D-34]", "[D-34]") {
    const WallTime midnight = at("2022-10-31T00:00");
    CHECK(two_days(midnight, madrid()).from == midnight);
    CHECK(two_days(midnight - 1ns, madrid()).from == at("2022-10-30T00:00"));
    CHECK(two_days(midnight - 1ns, madrid()).contains(midnight));
    CHECK(day_window(madrid().date(midnight - 1ns), madrid()) == Window{at("2022-10-30T00:00"), midnight});
    CHECK_FALSE(day_window(madrid().date(midnight - 1ns), madrid()).contains(midnight));
}
