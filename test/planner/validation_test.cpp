#include "planner/validation.hpp"

#include "planfile/plan_file.hpp"
#include "schedule/madrid.hpp"
#include "support/catch.hpp"

using namespace hil;
using namespace hil::planfile;
using namespace hil::planner;
using namespace hil::schedule;
using namespace hil::schedule::test;
using namespace std::chrono_literals;

namespace {

struct Site {
    Site() { model.capacity_kwh = 500; }

    void load(std::string_view text) {
        PlanFile plan = planfile::parse_plan(text, "plan.csv", plants(), madrid());
        REQUIRE(plan.ok());
        apply_plan(std::move(plan), store);
    }
    [[nodiscard]] Violations check(double soc = 0.5, std::size_t at_most = 1000) const {
        const WallTime from = at("2025-10-01T00:00");
        const auto schedule = effective_schedule(arbiter, lib, from, from + 24h);
        const Projection projection = project(schedule, model, soc);
        return validate({store, lib, model, schedule, projection, 2s}, madrid(), at_most);
    }

    schedule::PlanStore store{plants()};
    schedule::Arbiter arbiter{store, config::ScheduleSource::manual, 15min};
    config::PlantModel model;
};

}  // namespace

TEST_CASE("a plan within all limits has no violation") {
    Site site;
    site.load("timestamp,lib_p_kw,lib_q_kvar\n2025-10-01T00:00,100,600\n2025-10-01T01:00,-100,-600\n");
    site.model.ramp_kw_per_s = 100;
    CHECK(site.check().list.empty());
}

TEST_CASE("power beyond a limit is reported with its place in the file, equal neighbours as one") {
    Site site;
    site.load(
        "timestamp,lib_p_kw,lib_q_kvar\n2025-10-01T00:00,0,0\n2025-10-01T00:01,1500,0\n2025-10-01T00:02,1500,"
        "-700\n"
        "2025-10-01T00:03,-1200.5,0\n");
    const Violations found = site.check();
    REQUIRE(found.list.size() == 3);
    const Violation& high = found.list[0];
    CHECK(high.kind == ViolationKind::power_limit);
    CHECK(high.plant == "lib");
    CHECK(high.signal == Signal::p);
    CHECK(high.from == at("2025-10-01T00:01"));
    CHECK(high.to == at("2025-10-01T00:03"));
    CHECK(high.value == 1500);
    CHECK(high.limit == 1000);
    CHECK(high.origin == "plan.csv");
    CHECK(high.line == 3);
    CHECK(high.text ==
          "plan.csv:3: lib_p_kw: 1500 kW is above p_max_kw 1000 from 2025-10-01T00:01:00+02:00 to "
          "2025-10-01T00:03:00+02:00");
    CHECK(found.list[1].text ==
          "plan.csv:5: lib_p_kw: -1200.5 kW is below p_min_kw -1000 from 2025-10-01T00:03:00+02:00 to "
          "2025-10-01T00:04:00+02:00");
    CHECK(found.list[2].text ==
          "plan.csv:4: lib_q_kvar: -700 kvar is below q_min_kvar -600 from 2025-10-01T00:02:00+02:00 to "
          "2025-10-01T00:03:00+02:00");
}

TEST_CASE("a state of charge out of bounds is reported from the moment the bound is reached") {
    Site site;
    site.load(
        "timestamp,lib_p_kw\n2025-10-01T00:00,500\n2025-10-01T01:00,100\n2025-10-01T02:00,-600\n2025-10-"
        "01T03:00,0\n");
    const Violations found = site.check();
    REQUIRE(found.list.size() == 2);
    const Violation& empty = found.list[0];
    CHECK(empty.kind == ViolationKind::state_of_charge);
    CHECK(empty.from == at("2025-10-01T00:30"));
    CHECK(empty.to == at("2025-10-01T02:00"));
    CHECK(empty.value == Approx(-0.7));
    CHECK(empty.limit == 0);
    CHECK(empty.text ==
          "plan.csv:2: lib_p_kw: the battery is empty and a discharge of 350 kWh more is planned, to a state "
          "of charge of -0.7 "
          "from 2025-10-01T00:30:00+02:00 to 2025-10-01T02:00:00+02:00");
    CHECK(found.list[1].text ==
          "plan.csv:4: lib_p_kw: the battery is full and a charge of 100 kWh more is planned, to a state of "
          "charge of 1.2 "
          "from 2025-10-01T02:50:00+02:00 to 2025-10-01T03:00:00+02:00");
    CHECK(found.list[1].limit == 1);
}

TEST_CASE("steps beyond the ramp are reported only where a ramp is configured") {
    Site site;
    site.load(
        "timestamp,lib_p_kw\n2025-10-01T00:00,0\n2025-10-01T00:01,1500\n2025-10-01T00:02,800\n2025-10-01T00:"
        "03,0\n");
    CHECK(site.check().list.size() == 1);
    site.model.ramp_kw_per_s = 100;  // 200 kW in a dispatch period of 2 s
    const Violations found = site.check();
    REQUIRE(found.list.size() == 3);
    const Violation& step = found.list[1];
    CHECK(step.kind == ViolationKind::ramp);
    CHECK(step.value == 1000);
    CHECK(step.limit == 200);
    CHECK(step.from == at("2025-10-01T00:01"));
    CHECK(step.to == at("2025-10-01T00:01:10"));
    CHECK(step.text ==
          "plan.csv:3: lib_p_kw: the step from 0 to 1000 kW takes 10 s at ramp_kw_per_s 100 "
          "from 2025-10-01T00:01:00+02:00 to 2025-10-01T00:01:10+02:00");
    CHECK(found.list[2].from == at("2025-10-01T00:03"));
    site.model.ramp_kw_per_s = 0;
    CHECK(site.check().list.size() == 4);
}

TEST_CASE(
    "a plan from elsewhere than a file names where it came from, and a plant without capacity says so") {
    Site site;
    const WallTime from = at("2025-10-01T00:00");
    site.store.set_manual(lib, Signal::p, schedule::Series({{from, 10}}, from + 1h), "operator anna");
    site.model.capacity_kwh = 0;
    const Violations found = site.check();
    REQUIRE(found.list.size() == 1);
    CHECK(found.list[0].line == 0);
    CHECK(found.list[0].text ==
          "operator anna: lib_p_kw: the plant has no capacity from 2025-10-01T00:00:00+02:00 to "
          "2025-10-01T01:00:00+02:00");
}

TEST_CASE("very many violations are listed up to a bound and the rest counted") {
    Site site;
    std::string text = "timestamp,lib_q_kvar\n";
    for (int i = 0; i < 600; ++i)
        text += madrid().format(at("2025-10-01T00:00") + i * 1min) + "," + std::to_string(1000 + i) + "\n";
    site.load(text);
    const Violations found = site.check(0.5, 10);
    CHECK(found.list.size() == 10);
    CHECK(found.omitted == 590);
}
