#include "service/persistence.hpp"
#include "service/site_commands.hpp"
#include "service/site_rig.hpp"

using namespace hil;
using namespace hil::service;
using namespace hil::service::test;
using namespace std::chrono_literals;
using control::CommandState;
using control::PlantState;

TEST_CASE("an emergency stop stops every plant at once, is latched, and refuses what gives power") {
    SiteRig rig;
    rig.begin();
    rig.plan(0, schedule::Signal::p, 100);
    rig.plan(1, schedule::Signal::p, 50);
    REQUIRE(rig.command("fleet.start_all").state == CommandState::succeeded);
    rig.clock.run_for(10s);
    REQUIRE(rig.held(0, "p_setpoint") == Approx(100));

    const auto ended = rig.command("estop", {}, {{"reason", "smoke"}});
    CHECK(ended.state == CommandState::succeeded);
    CHECK(ended.result.at("per_plant").at("lib").at("disable_ok") == true);
    CHECK(ended.result.at("per_plant").at("vrfb").at("disable_ok") == true);
    for (const std::size_t plant : {std::size_t{0}, std::size_t{1}}) {
        CHECK(rig.held(plant, "p_setpoint") == 0);
        CHECK(rig.held(plant, "enable") == 0);
        CHECK(rig.service->unit(plant).control().state() == PlantState::stopped);
        CHECK_FALSE(rig.service->unit(plant).control().dispatch_enabled());
    }
    CHECK(rig.service->parts().recorder.recording(0));
    CHECK(rig.alerts.find("estop")->message.find("smoke") != std::string::npos);

    for (const char* kind : {"plant.start", "plant.dispatch_enable", "plant.adopt"}) {
        CAPTURE(kind);
        const auto refused = rig.command(kind, "lib");
        CHECK(refused.state == CommandState::rejected);
        CHECK(refused.message == "estop_latched");
    }
    CHECK(rig.command("fleet.start_all").message == "estop_latched");
    CHECK(rig.command("transport.switch", {}, {{"mode", "remote"}}).message == "estop_latched");
    CHECK(rig.command("source.switch", {}, {{"source", "api"}}).message == "estop_latched");
    // What takes power back, and what has nothing to do with power, is not refused.
    CHECK(rig.command("plant.dispatch_disable", "lib").state == CommandState::succeeded);
    CHECK(rig.command("plant.record_stop", "lib").state == CommandState::succeeded);

    CHECK(rig.command("estop.reset").state == CommandState::succeeded);
    CHECK(rig.alerts.find("estop") == nullptr);
    CHECK(rig.command("estop.reset").message == "not_latched");
    CHECK(rig.command("plant.start", "lib").state == CommandState::succeeded);
}

TEST_CASE("an emergency stop overtakes a safe stop that waits for the power to decay") {
    SiteRig rig;
    rig.begin();
    rig.plan(0, schedule::Signal::p, 100);
    REQUIRE(rig.command("fleet.start_all").state == CommandState::succeeded);
    rig.clock.run_for(10s);
    auto& engine = rig.service->parts().commands;
    const auto stop = engine.submit("fleet.stop_all", {}, {}, "test").id;
    rig.clock.run_for(100ms);
    REQUIRE(engine.find(stop)->state == CommandState::running);
    const auto before = rig.clock.now();
    CHECK(rig.command("estop").state == CommandState::succeeded);
    CHECK(rig.clock.now() - before <= 200ms);
    CHECK(rig.held(0, "enable") == 0);
    rig.clock.run_for(60s);
    CHECK(control::ended(engine.find(stop)->state));
}

TEST_CASE("an emergency stop during a switch keeps the transport") {
    SiteRig rig;
    rig.begin();
    rig.plan(0, schedule::Signal::p, 100);
    REQUIRE(rig.command("fleet.start_all").state == CommandState::succeeded);
    rig.clock.run_for(10s);
    auto& engine = rig.service->parts().commands;
    const auto change = engine.submit("transport.switch", {}, {{"mode", "remote"}}, "test").id;
    rig.clock.run_for(100ms);
    REQUIRE(engine.find(change)->state == CommandState::running);
    CHECK(rig.service->switching() == Service::Switching::transport);
    CHECK(rig.command("estop").state == CommandState::succeeded);
    rig.clock.run_for(60s);
    CHECK(engine.find(change)->state == CommandState::failed);
    CHECK(rig.service->transport() == config::TransportMode::local);
    CHECK(rig.service->switching() == Service::Switching::nothing);
}

TEST_CASE("a latched emergency stop outlives the process") {
    asio::io_context context;
    VirtualClock clock(context, WallTime{});
    std::shared_ptr<Persistence> kept;
    {
        auto opened = Persistence::open(clock, make_inline_executor(clock), std::filesystem::path());
        REQUIRE(std::holds_alternative<std::unique_ptr<Persistence>>(opened));
        kept = std::move(std::get<0>(opened));
    }
    {
        SiteRig rig("2025-10-01T00:00:00", {}, true, &kept->safety());
        rig.begin();
        REQUIRE(rig.command("estop", {}, {{"reason", "smoke"}}).state == CommandState::succeeded);
    }
    SiteRig rig("2025-10-01T01:00:00", {}, true, &kept->safety());
    rig.begin();
    REQUIRE(rig.service->parts().safety.latched());
    CHECK(rig.service->parts().safety.latched()->reason == "smoke");
    CHECK(rig.command("plant.start", "lib").message == "estop_latched");
    REQUIRE(rig.alerts.find("estop") != nullptr);
    CHECK(rig.alerts.find("estop")->raised == 1);  // told once
    CHECK(rig.command("estop.reset").state == CommandState::succeeded);
}

TEST_CASE("a command that is cancelled ends only after the stops that it began have let go of it") {
    SiteRig rig;
    rig.begin();
    rig.plan(0, schedule::Signal::p, 100);
    REQUIRE(rig.command("fleet.start_all").state == CommandState::succeeded);
    rig.clock.run_for(10s);
    const auto held = std::make_shared<int>();
    TaskGroup command(rig.clock);
    command.spawn("stop", [&rig, held]() -> awaitable<void> {
        (void)co_await commands::stop_all(*rig.service, [held](std::string) {});
    });
    rig.clock.run_for(100ms);
    REQUIRE(command.size() == 1);
    command.cancel();
    while (command.size() > 0)
        rig.clock.run_for(1ms);
    CHECK(held.use_count() == 1);
}
