#include "planfile/plan_file.hpp"

#include "base/number.hpp"
#include "base/random.hpp"
#include "schedule/arbiter.hpp"
#include "schedule/madrid.hpp"
#include "schedule/window.hpp"
#include "support/catch.hpp"

#include <filesystem>
#include <fstream>

using namespace hil;
using namespace hil::planfile;
using namespace hil::schedule;
using namespace hil::schedule::test;
using namespace std::chrono_literals;

namespace {

PlanFile parse(std::string_view text) {
    return parse_plan(text, "plan", plants(), madrid());
}

PlanFile good(std::string_view text) {
    PlanFile plan = parse(text);
    for (const auto& problem : plan.problems)
        FAIL_CHECK(problem.message());
    return plan;
}

const std::filesystem::path data = std::filesystem::path(HIL_TEST_DATA) / "schedule";

}  // namespace

TEST_CASE("the plans of days of 96, 100 and 92 quarters end at local midnight") {
    struct Day {
        const char* file;
        LocalDate date;
        std::size_t quarters;
    };
    using std::chrono::year;
    for (const Day& day : {Day{"es_2025-10-01.csv", year{2025} / 10 / 1, 96},
                           Day{"es_2022-10-30_25h.csv", year{2022} / 10 / 30, 100},
                           Day{"es_2020-03-29_23h.csv", year{2020} / 3 / 29, 92}}) {
        CAPTURE(day.file);
        const PlanFile plan = load_plan(data / day.file, plants(), madrid());
        for (const auto& problem : plan.problems)
            FAIL_CHECK(problem.message());
        REQUIRE(plan.columns.size() == 4);
        const schedule::Window window = schedule::day_window(day.date, madrid());
        for (const PlanColumn& column : plan.columns) {
            REQUIRE(column.series.size() == day.quarters);
            CHECK(column.series.begin_time() == window.from);
            CHECK(column.series.end_time() == window.to);
            for (std::size_t i = 0; i < day.quarters; ++i) {
                REQUIRE(column.series.rows()[i].at == window.from + 15min * static_cast<int>(i));
                REQUIRE(column.series.rows()[i].line == i + 2);
            }
        }
        CHECK(plan.columns[0].plant == lib);
        CHECK(plan.columns[3].plant == vrfb);
        CHECK(plan.columns[3].signal == Signal::q);
    }
}

TEST_CASE("values stand where the file has them") {
    const PlanFile plan = load_plan(data / "es_2025-10-01.csv", plants(), madrid());
    REQUIRE(plan.ok());
    const schedule::Series& p = plan.columns[0].series;
    CHECK(p.at(at("2025-10-01T00:00")).row->value == 750.0);
    CHECK(p.at(at("2025-10-01T00:45:00")).row->value == -1000.0);
    CHECK(p.at(at("2025-10-01T00:59:59.999999")).row->value == -1000.0);
    CHECK(p.at(at("2025-10-01T23:59:59")).row->value == -750.0);
    CHECK(p.at(at("2025-10-02T00:00")).kind == schedule::SeriesPosition::Kind::ended);
}

TEST_CASE("the last row holds as long as the interval before it") {
    const PlanFile plan =
        good("timestamp,lib_p_kw\n2025-10-01T10:00,1\n2025-10-01T10:05,2\n2025-10-01T10:35,3\n");
    CHECK(plan.columns[0].series.end_time() == at("2025-10-01T11:05"));
}

TEST_CASE("a single row holds to the end of its local day, however long that is") {
    CHECK(good("timestamp,lib_p_kw\n2025-10-01T10:00,1\n").columns[0].series.end_time() ==
          at("2025-10-02T00:00"));
    CHECK(good("timestamp,lib_p_kw\n2022-10-30T00:00,1\n").columns[0].series.end_time() ==
          at("2022-10-30T00:00") + 25h);
    CHECK(good("timestamp,lib_p_kw\n2020-03-29T00:00,1\n").columns[0].series.end_time() ==
          at("2020-03-29T00:00") + 23h);
}

TEST_CASE("times may carry any offset or none, and of an ambiguous local time the first is meant") {
    const PlanFile plan = good(
        "timestamp,lib_p_kw\n"
        "2022-10-29T23:30:00Z,1\n"       // 01:30 local
        "2022-10-30T02:30,2\n"           // the first of two
        "2022-10-30T02:30:00+01:00,3\n"  // the second
        "2022-10-30 03:00:00,4\n");
    const auto rows = plan.columns[0].series.rows();
    CHECK(rows[1].at - rows[0].at == 1h);
    CHECK(rows[2].at - rows[1].at == 1h);
    CHECK(rows[3].at - rows[2].at == 30min);
}

TEST_CASE("byte order mark, CRLF, lone CR, quotes, blanks and blank last lines are taken as they come") {
    const std::string plain =
        "timestamp,lib_p_kw,vrfb_q_kvar\n2025-10-01T00:00,1.5,-2\n2025-10-01T00:15,+3e1,4\n";
    const PlanFile expected = good(plain);
    for (const char* text :
         {"\xEF\xBB\xBFtimestamp,lib_p_kw,vrfb_q_kvar\r\n2025-10-01T00:00,1.5,-2\r\n2025-10-01T00:15,+3e1,"
          "4\r\n\r\n",
          "timestamp,lib_p_kw,vrfb_q_kvar\r2025-10-01T00:00,1.5,-2\r2025-10-01T00:15,+3e1,4\r",
          "timestamp,lib_p_kw,vrfb_q_kvar\n2025-10-01T00:00,1.5,-2\n2025-10-01T00:15,+3e1,4\n\n \n\n",
          "\n timestamp , \"lib_p_kw\",vrfb_q_kvar\n\"2025-10-01T00:00\",\"1.5\" , "
          "-2\n2025-10-01T00:15,30,\"4\"",
          "\"timestamp\",\"lib_p_kw\",\"vrfb_q_kvar\"\r\n\"2025-10-01T00:00\",\"1.5\",\"-2\"\r\n2025-10-"
          "01T00:15,30,4\r\n"}) {
        CAPTURE(text);
        const PlanFile plan = good(text);
        REQUIRE(plan.columns.size() == 2);
        CHECK(plan.columns[0].series == expected.columns[0].series);
        CHECK(plan.columns[1].series == expected.columns[1].series);
    }
}

TEST_CASE("JSON with the same keys gives the same plan") {
    const PlanFile csv =
        good("timestamp,lib_p_kw,vrfb_q_kvar\n2025-10-01T00:00,1.5,-2\n2025-10-01T00:15,30,0.1\n");
    const PlanFile json = good(R"( [ {"timestamp":"2025-10-01T00:00","lib_p_kw":1.5,"vrfb_q_kvar":-2},
        {"vrfb_q_kvar":1e-1,"lib_p_kw":30,"timestamp":"2025-10-01T00:15:00+02:00"} ]
    )");
    REQUIRE(json.columns.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
        CHECK(json.columns[i].plant == csv.columns[i].plant);
        CHECK(json.columns[i].signal == csv.columns[i].signal);
        CHECK(json.columns[i].series == csv.columns[i].series);
    }
    CHECK(json.columns[0].series.rows()[1].line == 2);
}

TEST_CASE("escapes in the keys and times of a JSON plan mean the characters they stand for") {
    const PlanFile json = good(
        R"([{"time\u0073tamp":"2025-10-01T00\u003A00","\u006cib_p_kw":1},{"timestamp":"2025\u002d10-01T01:00","lib_p_kw":2}])");
    REQUIRE(json.columns.size() == 1);
    CHECK(
        json.columns[0].series ==
        schedule::Series({{at("2025-10-01T00:00"), 1}, {at("2025-10-01T01:00"), 2}}, at("2025-10-01T02:00")));
}

TEST_CASE("numbers of a JSON plan are read to the last bit") {
    Random random(5);
    for (int i = 0; i < 500; ++i) {
        const double value = random.uniform(-1e6, 1e6) * (random.chance(0.5) ? 1 : 1e-9);
        const std::string text = format_number(value);
        const PlanFile json = good(R"([{"timestamp":"2025-10-01T00:00","lib_p_kw":)" + text + "}]");
        REQUIRE(json.columns[0].series.rows()[0].value == value);
    }
}

TEST_CASE("a plan loaded later replaces the series it contains and leaves the others") {
    schedule::PlanStore store(plants());
    apply_plan(good("timestamp,lib_p_kw,lib_q_kvar\n2025-10-01T00:00,1,2\n"), store);
    apply_plan(good("timestamp,lib_p_kw,vrfb_p_kw\n2025-10-01T00:00,10,20\n"), store);
    const schedule::Arbiter arbiter(store, config::ScheduleSource::manual, 15min);
    const WallTime noon = at("2025-10-01T12:00");
    CHECK(arbiter.choose(lib, Signal::p, noon).value == 10);
    CHECK(arbiter.choose(lib, Signal::q, noon).value == 2);
    CHECK(arbiter.choose(vrfb, Signal::p, noon).value == 20);
    CHECK(store.manual(lib, Signal::p).origin == "plan");
    CHECK(store.manual(lib, Signal::p).version > store.manual(lib, Signal::q).version);
}

TEST_CASE("plant ids with underscores and dashes keep their columns apart") {
    const std::vector<std::string> ids{"a", "a_p", "a-b_q"};
    const PlanFile plan =
        parse_plan("timestamp,a_p_p_kw,a-b_q_q_kvar,a_p_kw\n2025-10-01T00:00,1,2,3\n", "plan", ids, madrid());
    REQUIRE(plan.ok());
    CHECK(plan.columns[0].plant == 1);
    CHECK(plan.columns[1].plant == 2);
    CHECK(plan.columns[1].signal == Signal::q);
    CHECK(plan.columns[2].plant == 0);
}

TEST_CASE("a plan of many rows is read whole, in either format") {
    std::string csv = "timestamp,lib_p_kw,lib_q_kvar\n";
    std::string json = "[";
    const WallTime start = at("2025-01-01T00:00");
    constexpr int count = 100'000;
    for (int i = 0; i < count; ++i) {
        const std::string time = madrid().format(start + i * 1min);
        const std::string value = format_number(i * 0.25);
        csv += time + "," + value + ",-" + value + "\n";
        json += std::string(i ? "," : "") + "{\"timestamp\":\"" + time + "\",\"lib_p_kw\":" + value +
                ",\"lib_q_kvar\":-" + value + "}";
    }
    json += "]";
    for (const std::string& text : {csv, json}) {
        const PlanFile plan = good(text);
        REQUIRE(plan.columns.size() == 2);
        CHECK(plan.columns[0].series.size() == count);
        CHECK(plan.columns[0].series.rows().back().value == (count - 1) * 0.25);
        CHECK(plan.columns[1].series.at(start + 12345 * 1min + 30s).row->value == -12345 * 0.25);
    }
}
