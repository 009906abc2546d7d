// What a disk that does not answer may hold up, and what not.
#include "site_rig.hpp"

using namespace hil;
using namespace hil::service;
using namespace hil::service::test;
using control::CommandState;

TEST_CASE("a start does not wait for a disk that does not give the recordings") {
    SiteRig rig("2025-10-01T00:00:00", {}, true, nullptr, false);
    rig.begin();
    rig.disk.fall_silent();
    const auto failed = rig.command("plant.start", "lib");
    CHECK(failed.state == CommandState::failed);
    CHECK(failed.message == "seed_failed");
    rig.disk.answer();
    CHECK(rig.command("plant.start", "lib").state == CommandState::succeeded);
}

TEST_CASE("a plant stops beside a recording that a silent disk does not let end") {
    SiteRig rig;
    rig.begin();
    REQUIRE(rig.command("plant.record_start", "lib").state == CommandState::succeeded);
    REQUIRE(rig.command("plant.start", "lib").state == CommandState::succeeded);
    rig.disk.fall_silent();
    CHECK(rig.command("plant.record_stop", "lib").state == CommandState::failed);
    CHECK(rig.command("plant.stop", "lib").state == CommandState::succeeded);
    CHECK_FALSE(rig.service->recorder().recording(0));
    rig.disk.answer();
    rig.clock.settle();
    CHECK(rig.service->recorder().waiting_rows(0) == 0);
}
