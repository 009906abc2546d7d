#include "planfile/plan_file.hpp"

#include "schedule/madrid.hpp"
#include "support/catch.hpp"

using namespace hil;
using namespace hil::planfile;
using namespace hil::schedule;
using namespace hil::schedule::test;
using namespace std::chrono_literals;

namespace {

const std::string header =
    "timestamp,p_setpoint_kw,battery_active_power_kw,q_setpoint_kvar,battery_reactive_power_kvar,soc_pu,"
    "p_poi_kw,q_poi_kvar,v_poi_kV\n";
const std::string recording = header +
                              "2025-10-01T12:00:00+02:00,0.0,0.0,0.0,0.0,0.7,0.0,0.0,20.0\n"
                              "2025-10-01T12:00:02+02:00,100.0,99.0,5.0,4.0,0.69,98.0,3.0,20.1\n"
                              "2025-10-01T12:30:00+02:00,100.0,98.5,5.0,4.0,0.68,97.0,3.0,20.2\n"
                              "2025-10-01T12:30:02+02:00,,,,,,,,\n"
                              "2025-10-01T12:40:00+02:00,-50.5,-50.0,0.0,0.0,0.6,0.0,0.0,20.0\n"
                              "2025-10-01T12:40:02+02:00,-50.5,-50.0,0.0,0.0,0.6,0.0,0.0,20.0\n"
                              "2025-10-01T12:4";

PlanFile read(const std::string& text, const std::string& file) {
    return parse_plan(text, file, plants(), madrid());
}

std::string refused(const std::string& text, const std::string& file) {
    const auto plan = read(text, file);
    return plan.problems.empty() ? "accepted" : plan.problems.front().message();
}

}  // namespace

TEST_CASE("a recording is the plan of what was asked of its plant") {
    const auto file = GENERATE("20251001_vrfb.csv", "data/20251001_vrfb.csv", "/x/20251001_vrfb.remote.csv");
    const auto plan = read(recording, file);
    for (const auto& problem : plan.problems)
        UNSCOPED_INFO(problem.message());
    REQUIRE(plan.columns.size() == 2);
    for (const auto& column : plan.columns)
        CHECK(column.plant == vrfb);
    CHECK(plan.columns[0].signal == Signal::p);
    const auto& p = plan.columns[0].series;
    CHECK(p.rows().size() == 5);
    CHECK(p.begin_time() == at("2025-10-01T12:00"));
    CHECK(p.end_time() == at("2025-10-01T12:40:04"));
    CHECK(p.at(at("2025-10-01T12:00:01")).row->value == 0);
    CHECK(p.at(at("2025-10-01T12:20")).row->value == 100);
    CHECK(p.at(at("2025-10-01T12:35")).row->value == 0);  // nobody knows what was asked
    CHECK(p.at(at("2025-10-01T12:40")).row->value == -50.5);
    CHECK(p.at(at("2025-10-01T12:40")).row->line == 6);
    CHECK(plan.columns[1].series.at(at("2025-10-01T12:20")).row->value == 5);
}

TEST_CASE("a measured row counts in place of a null row of its instant") {
    const std::string measured = "2025-10-01T12:00:00+02:00,7.0,0.0,0.0,0.0,0.7,0.0,0.0,20.0\n";
    const std::string null = "2025-10-01T12:00:00+02:00,,,,,,,,\n";
    const std::string after = "2025-10-01T12:00:02+02:00,8.0,0.0,0.0,0.0,0.7,0.0,0.0,20.0\n";
    for (const auto& pair : {null + measured, measured + null}) {
        const auto plan = read(header + pair + after, "20251001_lib.csv");
        REQUIRE(plan.problems.empty());
        const auto& p = plan.columns[0].series;
        CHECK(p.rows().size() == 2);
        CHECK(p.at(at("2025-10-01T12:00:01")).row->value == 7);
    }
    const std::string other = "2025-10-01T12:00:00+02:00,9.0,0.0,0.0,0.0,0.7,0.0,0.0,20.0\n";
    CHECK(refused(header + measured + other, "20251001_lib.csv").find("must be later") != std::string::npos);
    CHECK(read(header + measured + measured + after, "20251001_lib.csv").ok());
}

TEST_CASE("whose recording it is must be known") {
    CHECK(
        refused(recording, "mine.csv") ==
        "mine.csv: is a recording, whose name must be YYYYMMDD_<plant>.csv to say of which plant; there are "
        "lib, vrfb");
    CHECK(refused(recording, "20251001_diesel.csv").find("20251001_diesel.csv: is a recording") == 0);
    const std::vector<std::string> one{"lib"};
    CHECK(parse_plan(recording, "mine.csv", one, madrid()).ok());
}

TEST_CASE("a damaged recording is refused as a plan, with its line") {
    const std::string name = "20251001_lib.csv";
    CHECK(refused(header, name) == "20251001_lib.csv: must have a row after the header");
    CHECK(refused(header + "2025-10-01T12:00,1\n", name) ==
          "20251001_lib.csv:2: must have 9 cells as the header, got 2");
    CHECK(refused(header + "2025-10-01T12:00,many,,,,,,,\n", name) ==
          "20251001_lib.csv:2: lib_p_kw: must be a finite number, got \"many\"");
    CHECK(refused("timestamp,P_Setpoint_kW", name) == "20251001_lib.csv: has no whole line");
}
