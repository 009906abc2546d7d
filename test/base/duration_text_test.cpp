#include "base/duration_text.hpp"

#include <catch2/catch.hpp>

#include <regex>
#include <string>

using namespace hil;
using namespace std::chrono_literals;

TEST_CASE("a length of time is one or more numbers with their units") {
    CHECK(parse_duration("30s") == 30s);
    CHECK(parse_duration("15m") == 15min);
    CHECK(parse_duration("1.5h") == 90min);
    CHECK(parse_duration("2d") == 48h);
    CHECK(parse_duration("250ms") == 250ms);
    CHECK(parse_duration("1h30m") == 90min);
    CHECK(parse_duration("1d2h3m4.5s") == 24h + 2h + 3min + 4500ms);
    CHECK(parse_duration("0s") == 0s);
    CHECK(parse_duration("36600d") == 36600 * 24h);
}

TEST_CASE("what is none is refused, and the pattern for it agrees") {
    const std::regex pattern{std::string(duration_pattern)};
    for (const std::string good : {"30s", "1h30m", "0.5d", "250ms"})
        CHECK(std::regex_search(good, pattern));
    for (const std::string bad :
         {"",      "s",    "10",  "90",   "10 s", "1 h", "-5s",    "+5s", "10x",  "1x", "1e9d", "nans",
          "nan s", "infs", "5ss", "1h30", "1.s",  ".5s", "1.2.3s", "1H",  "1min", "h1", "10s ", "0x10s"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_duration(bad));
        CHECK_FALSE(std::regex_search(bad, pattern));
    }
    CHECK_FALSE(parse_duration("36601d"));
    CHECK_FALSE(parse_duration("36600d1s"));
    CHECK_FALSE(parse_duration(std::string(400, '9') + "s"));
}
