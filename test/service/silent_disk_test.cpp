// What a disk that does not answer may hold up, and what not.
#include "service/persistence.hpp"
#include "service/web_wiring.hpp"

#include "service/site_rig.hpp"

using namespace hil;
using namespace hil::service;
using namespace hil::service::test;
using control::CommandState;
using namespace std::chrono_literals;

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
    CHECK_FALSE(rig.service->parts().recorder.recording(0));
    rig.disk.answer();
    rig.clock.settle();
    CHECK(rig.service->parts().recorder.waiting_rows(0) == 0);
}

TEST_CASE("a disk that hangs while rows are recorded is an alert within ten seconds, until it answers") {
    SiteRig rig;
    rig.begin();
    REQUIRE(rig.command("plant.record_start", "lib").state == CommandState::succeeded);
    rig.clock.run_for(3min);
    REQUIRE(rig.alerts.find("recording/disk") == nullptr);
    rig.disk.fall_silent();
    // Nobody asks for anything: it is the periodic write that does not come back.
    const auto write_period = rig.setup.config.timing.measurements_write_period;
    rig.clock.run_for(write_period + 10s);
    const auto* alert = rig.alerts.find("recording/disk");
    REQUIRE(alert != nullptr);
    CHECK(alert->severity == observe::Severity::alarm);
    CHECK(alert->plant.empty());
    CHECK(rig.service->parts().recorder.silent());
    CHECK(rig.service->parts().recorder.recording(0));
    rig.clock.run_for(10min);
    CHECK(rig.alerts.find("recording/disk")->raised == 1);
    rig.disk.answer();
    rig.clock.run_for(1s);
    CHECK(rig.alerts.find("recording/disk") == nullptr);
    CHECK_FALSE(rig.service->parts().recorder.silent());
    CHECK(rig.service->parts().recorder.waiting_rows(0) == 0);
}

TEST_CASE("health asks the recorder whether recordings are written, not the alerts") {
    SiteRig rig;
    rig.begin();
    auto opened = Persistence::open(rig.clock, make_inline_executor(rig.clock), std::filesystem::path());
    auto& kept = *std::get<std::unique_ptr<Persistence>>(opened);
    const auto recordings = [&] {
        for (const auto& check : health_of(*rig.service, kept, 0s).ready)
            if (check.name == "recordings") return check;
        return web::HealthCheck{"recordings", false, "not asked"};
    };
    REQUIRE(rig.command("plant.record_start", "lib").state == CommandState::succeeded);
    rig.clock.run_for(1min);
    CHECK(recordings().ok);
    // An alert of somebody else that happens to have such a key.
    rig.alerts.raise("lib/recording", observe::Severity::alarm, "nothing of the recorder's", "lib");
    CHECK(recordings().ok);
    rig.disk.fall_silent();
    rig.clock.run_for(2min);
    REQUIRE(rig.alerts.clear("recording/disk"));
    CHECK_FALSE(recordings().ok);
    CHECK(recordings().detail == "the disk does not answer: rows wait");
    rig.disk.answer();
    rig.clock.run_for(1s);
    CHECK(recordings().ok);
    rig.clock.jump_wall(-10min);
    rig.clock.run_for(10s);
    CHECK_FALSE(recordings().ok);
    CHECK(recordings().detail.starts_with("the wall clock was set back: rows of lib are kept apart until"));
}
