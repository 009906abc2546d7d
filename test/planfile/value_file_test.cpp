#include "planfile/value_file.hpp"

#include "price_data.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <numeric>

namespace hil::planfile {
namespace {

double mean(const ValueFile& file) {
    double sum = 0;
    for (const auto& value : file.values)
        sum += value.value;
    return sum / static_cast<double>(file.values.size());
}

std::string first_problem(std::string_view text) {
    const auto file = parse_values(text, "p.csv", test::madrid());
    REQUIRE_FALSE(file.ok());
    CHECK(file.values.empty());
    return file.problems.front().message();
}

TEST_CASE("an hourly file of the market operator on the day that lost an hour has 23 prices") {
    const auto file = test::prices("omie_PrecioMD_20200329_23h.txt");
    REQUIRE(file.ok());
    REQUIRE(file.values.size() == 23);
    CHECK(mean(file) == Approx(19.372174).epsilon(1e-7));
    CHECK(Zone::utc().format(file.values.front().from) == "2020-03-28T23:00:00+00:00");
    CHECK(Zone::utc().format(file.values.back().from) == "2020-03-29T21:00:00+00:00");
    CHECK(std::ranges::max(file.values, {}, &IntervalValue::value).value == 27.13);
}

TEST_CASE("the day that gained an hour has 25 prices, an ordinary one 24, a day of quarters 96") {
    CHECK(test::prices("omie_PrecioMD_20221030_25h.txt").values.size() == 25);
    CHECK(test::prices("omie_PrecioMD_20201022_24h.txt").values.size() == 24);
    const auto quarters = test::prices("omie_INT_PBC_20251001_96x15min.txt");
    REQUIRE(quarters.values.size() == 96);
    CHECK(mean(quarters) == Approx(87.075).epsilon(1e-9));
    CHECK(quarters.values[1].from - quarters.values[0].from == std::chrono::minutes(15));
}

TEST_CASE("a year of prices keeps both daylight-saving days") {
    const auto file = test::se3_prices();
    REQUIRE(file.ok());
    REQUIRE(file.values.size() == 8760);
    CHECK(mean(file) == Approx(51.701).epsilon(1e-5));
    CHECK(std::ranges::count_if(file.values, [](const auto& v) { return v.value < 0; }) == 429);
    for (std::size_t i = 1; i < file.values.size(); ++i)
        REQUIRE(file.values[i].from == file.values[i - 1].to);
    const auto twice = std::ranges::find(
        file.values, test::madrid().parse("2023-10-29T02:00:00+02:00").value(), &IntervalValue::from);
    REQUIRE(twice != file.values.end());
    CHECK(twice->value == 25.34);
    CHECK((twice + 1)->value == 22.35);
    CHECK(test::madrid().format((twice + 1)->from) == "2023-10-29T02:00:00+01:00");
}

TEST_CASE("a plain file holds each value until the next, and the last as long as the one before") {
    const auto file = parse_values("timestamp,load_kw\n2025-10-01T00:00,5\n2025-10-01T00:30,7.5\n", "l.csv",
                                   test::madrid());
    REQUIRE(file.ok());
    REQUIRE(file.values.size() == 2);
    CHECK(file.values[1].value == 7.5);
    CHECK(file.values[1].to - file.values[1].from == std::chrono::minutes(30));
    const auto cut = file.within(file.values[0].from + std::chrono::minutes(10), file.values[1].from);
    REQUIRE(cut.size() == 1);
    CHECK(cut[0].to - cut[0].from == std::chrono::minutes(20));
}

TEST_CASE("a profile numbers the hours of a year, and one of its columns is chosen and scaled") {
    const auto& zone = test::madrid();
    const auto begin =
        begin_of_year({std::chrono::year{2026}, std::chrono::month{6}, std::chrono::day{15}}, zone);
    CHECK(zone.format(begin) == "2026-01-01T00:00:00+01:00");
    const ValueChoice choice{.column = "demand", .scale = 0.5, .profile_begin = begin};
    const auto file =
        parse_values("timestep,demand,pv\n1,200,0\n2,300,0.1\n3,100,0.2\n", "p.csv", zone, choice);
    REQUIRE(file.ok());
    REQUIRE(file.values.size() == 3);
    CHECK(file.values[0] == IntervalValue{begin, begin + std::chrono::hours(1), 100});
    CHECK(file.values[2].value == 50);
    CHECK(file.values[2].to == begin + std::chrono::hours(3));

    const auto problem = [&](std::string_view text, std::optional<std::string> column) {
        const auto wrong =
            parse_values(text, "p.csv", zone, {.column = column, .scale = 1, .profile_begin = begin});
        REQUIRE_FALSE(wrong.ok());
        return wrong.problems.front().message();
    };
    CHECK(problem("timestep,demand,pv\n1,2,3\n", std::nullopt) ==
          "p.csv:1: has the columns demand, pv: column must name one of them");
    CHECK(problem("timestep,demand,pv\n1,2,3\n", "wind") ==
          "p.csv:1: has no column \"wind\", it has demand, pv");
    CHECK(problem("timestep,demand\n1,2\n3,2\n", std::nullopt) ==
          "p.csv:3: timestep: must be 2, hours are numbered from 1, got \"3\"");
    CHECK(problem("timestamp,a,b\n2026-01-01T00:00,1\n", "a") == "p.csv:2: must have 3 cells, got 2");
    CHECK(problem("timestamp,a\n2026-01-01T00:00,10,5\n", "a") == "p.csv:2: must have 2 cells, got 3");
    CHECK(problem("MARGINALPDBC;\n2026;06;15;1;80.0;81.0;\n*\n", "a") ==
          "p.csv:1: has no column \"a\", it has Portugal, Spain");
}

TEST_CASE("what is wrong in a file of values is said with its line and column") {
    CHECK(first_problem("timestamp,price\n2025-10-01T00:00,x\n") ==
          "p.csv:2: price: must be a number, got \"x\"");
    CHECK(first_problem("timestamp,price\n2025-10-01T01:00,1\n2025-10-01T00:00,2\n2025-10-01T03:00,2\n") ==
          "p.csv:3: timestamp: must be later than the row above");
    CHECK(first_problem("time,price\n")
              .starts_with(
                  "p.csv:1: has the header \"time,price\", which is none of those known: a plain table "
                  "(timestamp,price); "));
    CHECK(first_problem("").starts_with("p.csv: "));
    CHECK(first_problem("OMIE;;;29/03/2020;;\n\nPrecio marginal en el sistema espanol;1,0;2,0;\n") ==
          "p.csv:3: must have 23 hours or 92 quarters on 2020-03-29, got 2");
}

TEST_CASE("neighbours of equal value are one interval") {
    const auto t = test::madrid().parse("2026-06-15T00:00").value();
    using std::chrono::hours;
    CHECK(joined({{t, t + hours(1), 3},
                  {t + hours(1), t + hours(2), 3},
                  {t + hours(2), t + hours(3), 4},
                  {t + hours(4), t + hours(5), 4}}) ==
          std::vector<IntervalValue>{
              {t, t + hours(2), 3}, {t + hours(2), t + hours(3), 4}, {t + hours(4), t + hours(5), 4}});
    CHECK(joined({}).empty());
}

}  // namespace
}  // namespace hil::planfile
