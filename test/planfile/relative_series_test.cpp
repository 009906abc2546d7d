#include "planfile/relative_series.hpp"

#include "base/random.hpp"
#include "schedule/madrid.hpp"
#include "support/catch.hpp"

#include <limits>

using namespace hil;
using namespace hil::planfile;
using namespace hil::schedule;
using namespace hil::schedule::test;
using namespace std::chrono_literals;

namespace {

EditorRow row(int hours, int minutes, double setpoint, int seconds = 0) {
    return {hours, minutes, seconds, setpoint};
}

EditorRow end_row(int hours, int minutes, int seconds = 0) {
    return {hours, minutes, seconds, std::nullopt};
}

std::vector<EditorRow> good(std::vector<EditorRow> rows) {
    EditorRows out = normalise(std::move(rows));
    for (const auto& problem : out.problems)
        FAIL_CHECK(problem);
    return out.rows;
}

using Rows = std::vector<EditorRow>;
using Problems = std::vector<std::string>;

}  // namespace

TEST_CASE("editor rows get the end they mean, and only the last row may be one [AC-31]", "[AC-31]") {
    CHECK(good({row(0, 0, 1), row(0, 10, 2)}) == Rows{row(0, 0, 1), row(0, 10, 2), end_row(0, 11)});
    CHECK(good({row(0, 0, 1), row(0, 10, 2), row(0, 20, 2)}) ==
          Rows{row(0, 0, 1), row(0, 10, 2), end_row(0, 20)});
    CHECK(normalise({row(0, 0, 1), end_row(0, 10), row(0, 20, 2)}).problems ==
          Problems{"row 2: end must be the last row"});
    CHECK(good({row(0, 0, 1), end_row(0, 0)}) == Rows{row(0, 0, 1), end_row(0, 1)});
}

TEST_CASE("rows too close to or before their predecessor move on to a minute after it [AC-31]", "[AC-31]") {
    CHECK(good({row(0, 0, 1), row(0, 0, 2, 30), row(0, 1, 3), end_row(0, 0)}) ==
          Rows{row(0, 0, 1), row(0, 1, 2), row(0, 2, 3), end_row(0, 3)});
    CHECK(good({row(0, 0, 1), row(25, 0, 2), row(24, 59, 3, 59)}) ==
          Rows{row(0, 0, 1), row(25, 0, 2), row(25, 1, 3), end_row(25, 2)});
}

TEST_CASE("a single breakpoint lasts a minute and no rows stay no rows") {
    CHECK(good({row(0, 0, 5)}) == Rows{row(0, 0, 5), end_row(0, 1)});
    CHECK(good({}).empty());
}

TEST_CASE("every rule that an editor row breaks is told with the number of the row") {
    CHECK(normalise({end_row(0, 0)}).problems == Problems{"row 1: must have a setpoint, got end"});
    CHECK(normalise({row(0, 1, 5)}).problems == Problems{"row 1: must begin at 00:00:00, got 00:01:00"});
    CHECK(normalise({row(0, 0, 5), row(-1, 60, 1, 61)}).problems ==
          Problems{"row 2: hours must be 0..876000, got -1", "row 2: minutes must be 0..59, got 60",
                   "row 2: seconds must be 0..59, got 61"});
    CHECK(normalise({row(0, 0, std::numeric_limits<double>::quiet_NaN())}).problems ==
          Problems{"row 1: setpoint must be a finite number or end, got nan"});

    const auto problems = [](EditorCells cells) {
        return parse_editor_rows(std::vector<EditorCells>{{"0", "0", "0", "1"}, std::move(cells)}).problems;
    };
    CHECK(problems({"1.5", "0", "0", "1"}) ==
          Problems{"row 2: hours must be a whole number 0..876000, got \"1.5\""});
    CHECK(problems({"-1", "0", "0", "1"}) ==
          Problems{"row 2: hours must be a whole number 0..876000, got \"-1\""});
    CHECK(problems({"99999999999", "x", "", "1"}) ==
          Problems{"row 2: hours must be a whole number 0..876000, got \"99999999999\"",
                   "row 2: minutes must be a whole number 0..59, got \"x\"",
                   "row 2: seconds must be a whole number 0..59, got \"\""});
    CHECK(problems({"0", "5", "0", "fast"}) ==
          Problems{"row 2: setpoint must be a finite number or end, got \"fast\""});
    CHECK(problems({"0", "5", "0", "inf"}) ==
          Problems{"row 2: setpoint must be a finite number or end, got \"inf\""});
    CHECK(problems({"0", "5", "0", ""}) ==
          Problems{"row 2: setpoint must be a finite number or end, got \"\""});
    CHECK(problems({" 0 ", "5", "0", " END "}).empty());
}

TEST_CASE("very many broken rows are told by the first hundred") {
    const std::vector<EditorCells> cells(500, EditorCells{"0", "0", "0", "x"});
    const auto problems = parse_editor_rows(cells).problems;
    REQUIRE(problems.size() == 101);
    CHECK(problems.back() == "and 400 more");
}

TEST_CASE("rows written to CSV and read again are equal, the end included [AC-32]", "[AC-32]") {
    const Rows rows = good({row(0, 0, 1), row(0, 10, -2.5, 30), row(27, 0, 0.1), end_row(27, 5)});
    const std::string csv = to_relative_csv(rows);
    CHECK(csv == "hours,minutes,seconds,setpoint\n0,0,0,1.0\n0,10,30,-2.5\n27,0,0,0.1\n27,5,0,end\n");
    CHECK(parse_relative_csv(csv).rows == rows);

    Random random(32);
    for (int round = 0; round < 200; ++round) {
        Rows drawn{row(0, 0, random.uniform(-1e3, 1e3))};
        for (std::uint64_t n = random.below(10); n > 0; --n) {
            drawn.push_back(row(static_cast<int>(random.below(50)), static_cast<int>(random.below(60)),
                                random.chance(0.3) ? 7 : random.normal(),
                                static_cast<int>(random.below(60))));
        }
        drawn = good(drawn);
        REQUIRE(parse_relative_csv(to_relative_csv(drawn)).rows == drawn);
        REQUIRE(good(drawn) == drawn);
    }
}

TEST_CASE("the header of a relative series is matched without case, blanks and byte order mark [AC-32]",
          "[AC-32]") {
    const auto parsed =
        parse_relative_csv("\xEF\xBB\xBF Hours,MINUTES,seconds,setpoint\r\n0,0,0,1\r\n0,10,0,End\r\n\r\n");
    CHECK(parsed.problems.empty());
    CHECK(parsed.rows == Rows{row(0, 0, 1), end_row(0, 10)});
    CHECK(parse_relative_csv("note,setpoint,seconds,minutes,hours\nfirst,5,0,0,0\nsecond,6,0,30,1\n").rows ==
          Rows{row(0, 0, 5), row(1, 30, 6), end_row(1, 31)});
}

TEST_CASE("a relative series that cannot be read says why") {
    CHECK(parse_relative_csv("hours,seconds\n0,0\n").problems ==
          Problems{"the header must name hours, minutes, seconds, setpoint: missing minutes, setpoint"});
    CHECK(parse_relative_csv("").problems == Problems{"the file is empty"});
    CHECK(parse_relative_csv(std::string_view("a\0b", 3)).problems ==
          Problems{"the file is not UTF-8 text: byte 0x00 at position 1"});
    CHECK(parse_relative_csv("hours,minutes,seconds,setpoint\n0,0,0\n").problems ==
          Problems{"row 1: setpoint must be a finite number or end, got \"\""});
    CHECK(parse_relative_csv("hours,minutes,seconds,setpoint\n0,0,0,1\n0,1,0,\"2\n").problems ==
          Problems{"row 2: a quote is not closed"});
    CHECK(parse_relative_csv("hours,minutes,seconds,setpoint\n").rows.empty());
    CHECK(parse_relative_csv("hours,minutes,seconds,setpoint\n").ok());
}

TEST_CASE("editor rows become a series with an explicit end and come back the same") {
    const WallTime start = at("2025-10-01T10:00");
    const Rows rows = good({row(0, 0, 1), row(0, 15, 2)});
    const schedule::Series series = to_series(rows, start).value();
    CHECK(series == schedule::Series({{start, 1}, {start + 15min, 2}}, start + 16min));
    CHECK(to_editor_rows(series) == rows);
    CHECK(to_editor_rows(schedule::Series()).empty());
    CHECK(to_editor_rows(schedule::Series({{start, 1}, {start + 90s, 2}}, start + 100s)) ==
          Rows{row(0, 0, 1), row(0, 1, 2, 30), end_row(0, 2, 30)});
}

TEST_CASE("rows without a start are an error, no rows are an empty series") {
    const Rows rows = good({row(0, 0, 1)});
    CHECK(to_series(rows, std::nullopt).error() == relative_errc::no_start);
    CHECK(to_series(rows, std::nullopt).error().message() == "a series with rows needs a start time");
    CHECK(to_series({}, std::nullopt).value().empty());
}
