// Rows that are not recorded because the wall clock was set back.
#include "site_rig.hpp"

using namespace hil;
using namespace hil::service;
using namespace hil::service::test;
using namespace std::chrono_literals;
using control::CommandState;

TEST_CASE(
    "a clock that was set back is an alert while rows are kept apart, and none when it is past the old "
    "time") {
    SiteRig rig;
    rig.begin();
    REQUIRE(rig.command("plant.record_start", "lib").state == CommandState::succeeded);
    rig.clock.run_for(1min);
    REQUIRE(rig.alerts.find("lib/recording/clock") == nullptr);
    const auto set_back = rig.clock.wall_now();
    rig.clock.jump_wall(-10min);
    rig.clock.run_for(10s);
    const auto* alert = rig.alerts.find("lib/recording/clock");
    REQUIRE(alert != nullptr);
    CAPTURE(alert->message);
    CHECK(alert->message.starts_with("the wall clock was set back, rows up to 2025-10-01T00:0"));
    CHECK(alert->message.find("rows are kept in 20250930_lib.csv") != std::string::npos);
    CHECK(rig.service->parts().recorder.counters(0).refused == 0);
    rig.clock.run_for(5min);
    REQUIRE(rig.alerts.find("lib/recording/clock") != nullptr);
    CHECK(rig.alerts.find("lib/recording/clock")->raised == 1);
    rig.clock.run_for(set_back - rig.clock.wall_now() + 10s);
    CHECK(rig.alerts.find("lib/recording/clock") == nullptr);
    CHECK(rig.alerts.find("vrfb/recording/clock") == nullptr);
}
