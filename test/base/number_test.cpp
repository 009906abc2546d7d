#include "base/number.hpp"

#include "base/random.hpp"
#include "support/catch.hpp"

#include <bit>
#include <cmath>
#include <limits>

using namespace hil;

TEST_CASE("a number rounded for a file drops trailing zeros and keeps one decimal") {
    CHECK(format_number(0.2, 4) == "0.2");
    CHECK(format_number(100, 3) == "100.0");
    CHECK(format_number(0.49882, 4) == "0.4988");
    CHECK(format_number(-9900, 0) == "-9900.0");
    CHECK(format_number(12.34999, 1) == "12.3");
    CHECK(format_number(-12.36, 1) == "-12.4");
    CHECK(format_number(0.96, 1) == "1.0");
    CHECK(format_number(19.999, 2) == "20.0");
    CHECK(format_number(1.05, 2) == "1.05");
    CHECK(format_number(1234567890.125, 3) == "1234567890.125");
    CHECK(format_number(1e18, 2) == "1000000000000000000.0");
    CHECK(format_number(0.123456789, 9) == "0.123456789");
}

TEST_CASE("what rounds to zero has no sign") {
    CHECK(format_number(-0.0, 2) == "0.0");
    CHECK(format_number(-0.04, 1) == "0.0");
    CHECK(format_number(-0.0) == "0.0");
    CHECK(format_number(-1e-12, 9) == "0.0");
    CHECK(format_number(-0.4, 0) == "0.0");
}

TEST_CASE("a rounded number is the decimal nearest to the binary value, ties included") {
    CHECK(format_number(0.5, 0) == "0.0");  // exact ties go to the even neighbour
    CHECK(format_number(1.5, 0) == "2.0");
    CHECK(format_number(0.125, 2) == "0.12");
    CHECK(format_number(2.675, 2) == "2.67");  // the double lies below the tie
    CHECK(format_number(1.005, 2) == "1.0");
    Random random(1);
    for (int i = 0; i < 50'000; ++i) {
        const int decimals = static_cast<int>(random.below(7));
        const double value = random.uniform(-20'000, 20'000);
        std::string expected = fmt::format("{:.{}f}", value, decimals);
        if (decimals == 0) expected += ".0";
        while (expected.ends_with('0') && expected[expected.size() - 2] != '.')
            expected.pop_back();
        REQUIRE(format_number(value, decimals) == expected);
    }
}

TEST_CASE("without decimals the shortest text that reads back is written, never a bare integer") {
    CHECK(format_number(0.1) == "0.1");
    CHECK(format_number(100) == "100.0");
    CHECK(format_number(100000) == "100000.0");
    CHECK(format_number(-0.4988) == "-0.4988");
    CHECK(format_number(1e22) == "1e+22");
    CHECK(format_number(1.5e-7) == "1.5e-07");
    CHECK(format_number(static_cast<double>(0.1F)) == "0.10000000149011612");
    Random random(2);
    for (int i = 0; i < 50'000; ++i) {
        const auto value = std::bit_cast<double>(random.next());
        if (!std::isfinite(value) || !std::isnormal(value)) continue;
        const std::string text = format_number(value);
        INFO(text);
        REQUIRE(parse_number(text) == value);
        REQUIRE(text.find_first_of(".e") != std::string::npos);
    }
}

TEST_CASE("numbers are appended to what is there") {
    std::string row = "t,";
    append_number(row, -1.5, 2);
    row += ',';
    append_number(row, 20, 3);
    CHECK(row == "t,-1.5,20.0");
}

TEST_CASE("only a whole finite decimal number is read") {
    CHECK(parse_number("12") == 12.0);
    CHECK(parse_number("+1.5") == 1.5);
    CHECK(parse_number("-.5") == -0.5);
    CHECK(parse_number("1e3") == 1000.0);
    for (const auto* text :
         {"",    " 1",  "1 ", "1,5", "1.5kW", "nan", "inf", "-inf", "infinity", "0x10", "1e400",
          "++1", "+-1", "-",  "+",   ".",     "e5",  "1e",  "--1",  "1_000",    "NULL"}) {
        INFO(text);
        CHECK_FALSE(parse_number(text).has_value());
    }
}
