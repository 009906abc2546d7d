// Plans for what a plant does not take.
#include "planfile/missing_signals.hpp"

#include "schedule/madrid.hpp"
#include "support/catch.hpp"

using namespace hil;
using namespace hil::planfile;
using namespace hil::schedule;
using namespace hil::schedule::test;

namespace {

bool lib_takes_p_only(PlantIndex plant, Signal signal) {
    return plant != 0 || signal == Signal::p;
}

}  // namespace

TEST_CASE("a column for reactive power of a plant that takes none is refused by its name") {
    auto plan = parse_plan("timestamp,lib_p_kw,lib_q_kvar,vrfb_q_kvar\n2025-10-01T00:00:00,1,2,3\n",
                           "plan.csv", plants(), madrid());
    REQUIRE(plan.ok());
    refuse_missing_signals(plan, plants(), lib_takes_p_only);
    REQUIRE(plan.problems.size() == 1);
    CHECK(plan.problems[0].message() ==
          "plan.csv:1: lib_q_kvar: plant lib takes no reactive power: its map has no q_setpoint");
    CHECK(plan.columns.empty());
}

TEST_CASE("what the plants take stays") {
    auto plan = parse_plan("timestamp,lib_p_kw,vrfb_q_kvar\n2025-10-01T00:00:00,1,3\n", "plan.csv", plants(),
                           madrid());
    refuse_missing_signals(plan, plants(), lib_takes_p_only);
    CHECK(plan.ok());
    CHECK(plan.columns.size() == 2);
}
