#include "planfile/relative_series.hpp"
#include "service/site_rig.hpp"

using namespace hil;
using namespace hil::service;
using namespace hil::service::test;
using namespace std::chrono_literals;
using control::CommandState;
using control::PlantState;

TEST_CASE("start all records before the first start and enables dispatch before its start", "[AC-39]") {
    SiteRig rig;
    rig.begin();
    rig.plan(0, schedule::Signal::p, 100);
    std::vector<std::string> order;
    for (std::size_t i = 0; i < 2; ++i) {
        PlantObserver observer;
        observer.on_write = [&rig, &order, i](const control::PlantControl::WriteEvent& write) {
            const auto& unit = rig.service->unit(i);
            order.push_back(unit.plant().id + " " + unit.link().map().point(write.point).name);
            CHECK(unit.control().dispatch_enabled());
            CHECK(rig.service->parts().recorder.recording(0));
            CHECK(rig.service->parts().recorder.recording(1));
        };
        rig.service->unit(i).observe(std::move(observer));
    }
    const auto ended = rig.command("fleet.start_all");
    CHECK(ended.state == CommandState::succeeded);
    CHECK(ended.result.at("per_plant").at("lib").at("state") == "succeeded");
    CHECK(ended.result.at("per_plant").at("lib").at("result").at("initial_p_kw") == 100.0);
    REQUIRE(order.size() >= 4);
    CHECK(rig.command("fleet.start_all").state == CommandState::succeeded);  // already_running is fine
}

TEST_CASE("stop all ends the recordings only after the safe stops", "[AC-39]") {
    SiteRig rig;
    rig.begin();
    REQUIRE(rig.command("fleet.start_all").state == CommandState::succeeded);
    bool recorded_disable = false;
    PlantObserver observer;
    observer.on_write = [&](const control::PlantControl::WriteEvent& write) {
        if (rig.service->unit(0).link().map().point(write.point).name == "enable" && write.value == 0)
            recorded_disable = rig.service->parts().recorder.recording(0);
    };
    rig.service->unit(0).observe(std::move(observer));
    const auto ended = rig.command("fleet.stop_all");
    CHECK(ended.state == CommandState::succeeded);
    CHECK(ended.result.at("per_plant").at("vrfb").at("disable_ok") == true);
    CHECK(recorded_disable);
    CHECK_FALSE(rig.service->parts().recorder.recording(0));
    CHECK_FALSE(rig.service->parts().recorder.recording(1));
    CHECK_FALSE(rig.service->unit(0).control().dispatch_enabled());
}

namespace {

void impatient(config::Config& config) {
    for (auto& plant : config.plants)
        plant.local.start_retry = std::chrono::seconds(60);
}

}  // namespace

TEST_CASE("start all with a plant that is not there says which one failed") {
    SiteRig rig("2025-10-01T00:00:00", impatient);
    rig.begin();
    rig.run([&]() -> awaitable<void> { co_await rig.service->unit(1).emulator()->stop(); });
    rig.clock.run_for(3s);
    const auto ended = rig.command("fleet.start_all");
    CHECK(ended.state == CommandState::failed);
    CHECK(ended.message == "fleet_start_partial_failure");
    CHECK(ended.result.at("per_plant").at("lib").at("state") == "succeeded");
    CHECK(ended.result.at("per_plant").at("vrfb").at("message") == "not_connected");
    CHECK(rig.service->unit(0).control().state() == PlantState::running);
    CHECK(rig.service->unit(1).control().dispatch_enabled());
    CHECK(rig.service->parts().recorder.recording(1));
}

TEST_CASE("a start with dispatch disabled sends no setpoint and leaves dispatch disabled", "[AC-34]") {
    SiteRig rig;
    rig.begin();
    rig.plan(0, schedule::Signal::p, 100);
    const auto ended = rig.command("plant.start", "lib");
    CHECK(ended.state == CommandState::succeeded);
    CHECK(ended.result.at("initial_setpoint_write_skipped") == true);
    CHECK(ended.result.at("dispatch_enabled") == false);
    rig.clock.run_for(10s);
    CHECK(rig.held(0, "p_setpoint") == 0);
    CHECK(rig.command("plant.start", "lib").message == "already_running");
    CHECK(rig.command("plant.dispatch_enable", "lib").result.at("previous") == false);
    rig.clock.run_for(10s);
    CHECK(rig.held(0, "p_setpoint") == Approx(100));
    // Paused: the last setpoint stays.
    CHECK(rig.command("plant.dispatch_disable", "lib").result.at("current") == false);
    rig.clock.run_for(10s);
    CHECK(rig.held(0, "p_setpoint") == Approx(100));
}

TEST_CASE("a plant seen stopped is not stopped again, any other is") {
    SiteRig rig;
    rig.begin();
    CHECK(rig.command("plant.stop", "lib").message == "already_stopped");
    REQUIRE(rig.command("plant.start", "lib").state == CommandState::succeeded);
    const auto ended = rig.command("plant.stop", "lib");
    CHECK(ended.state == CommandState::succeeded);
    CHECK(ended.result == boost::json::value{{"threshold_reached", true}, {"disable_ok", true}});
}

TEST_CASE("a stop of a plant that is not there goes on, and holds up nothing else") {
    SiteRig rig;
    rig.begin();
    REQUIRE(rig.command("plant.start", "lib").state == CommandState::succeeded);
    rig.run([&]() -> awaitable<void> { co_await rig.service->unit(0).emulator()->stop(); });
    rig.clock.run_for(20s);
    auto& engine = rig.service->parts().commands;
    const auto stop = engine.submit("plant.stop", "lib", {}, "test").id;
    rig.clock.run_for(60s);
    CHECK(engine.find(stop)->state == CommandState::running);
    CHECK(engine.find(stop)->message.find("; again") != std::string::npos);
    CHECK(rig.command("plant.record_start", "lib").state == CommandState::succeeded);
    CHECK(rig.command("estop").message == "disable_failed");
    rig.clock.run_for(10s);
    CHECK(engine.find(stop)->message == "superseded");
    CHECK(rig.service->unit(0).control().state() == PlantState::unknown);
}

TEST_CASE("a start that is tried again holds up nothing else, and says how often it was tried") {
    SiteRig rig;
    rig.begin();
    rig.run([&]() -> awaitable<void> { co_await rig.service->unit(0).emulator()->stop(); });
    rig.clock.run_for(5s);
    auto& engine = rig.service->parts().commands;
    const auto start = engine.submit("plant.start", "lib", {}, "test").id;
    rig.clock.run_for(20s);
    CHECK(engine.find(start)->state == CommandState::running);
    CHECK(engine.find(start)->message.starts_with("start 5 failed: not_connected"));
    CHECK(rig.command("plant.dispatch_enable", "lib").state == CommandState::succeeded);
    CHECK(rig.command("plant.start", "lib").message == "already_running");
    CHECK(rig.command("fleet.start_all").state == CommandState::succeeded);  // already_running is fine
    const auto stop = engine.submit("plant.stop", "lib", {}, "test").id;
    rig.clock.run_for(1s);
    CHECK(engine.find(start)->message == "superseded");
    CHECK(engine.find(stop)->state == CommandState::running);
    CHECK(rig.command("estop").message == "disable_failed");
    rig.clock.run_for(10s);
}

TEST_CASE("a start that is given up is an alert until the plant is started or stopped") {
    SiteRig rig("2025-10-01T00:00:00", impatient);
    rig.begin();
    rig.run([&]() -> awaitable<void> { co_await rig.service->unit(0).emulator()->stop(); });
    rig.clock.run_for(5s);
    const auto ended = rig.command("plant.start", "lib");
    CHECK(ended.message == "not_connected");
    CHECK(ended.result.at("tries").to_number<int>() > 5);
    REQUIRE(rig.alerts.find("lib/start") != nullptr);
    CHECK(rig.alerts.find("lib/start")->message.starts_with("the start is given up after "));
    CHECK(rig.command("estop").message == "disable_failed");
    CHECK(rig.alerts.find("lib/start") == nullptr);
}

TEST_CASE(
    "a run whose plant is not there waits for it for as long as a start is tried, and gives up with an "
    "alert") {
    SiteRig rig("2025-10-01T00:00:00", impatient);
    rig.begin();
    rig.run([&]() -> awaitable<void> { co_await rig.service->unit(0).emulator()->stop(); });
    rig.clock.run_for(5s);
    std::string why;
    const auto before = rig.clock.now();
    rig.run([&]() -> awaitable<void> { why = co_await rig.service->start_plant(0, false, "test"); });
    CHECK(why.starts_with("not_connected ("));
    CHECK(rig.clock.now() - before >= 60s);
    CHECK(rig.clock.now() - before < 61s);
    REQUIRE(rig.alerts.find("lib/start") != nullptr);
    CHECK(rig.alerts.find("lib/start")->message.starts_with("the start is given up: "));
}

TEST_CASE("a run that waits for its plant does not start it after somebody has decided otherwise") {
    SiteRig rig("2025-10-01T00:00:00", impatient);
    rig.begin();
    rig.run([&]() -> awaitable<void> { co_await rig.service->unit(0).emulator()->stop(); });
    rig.clock.run_for(5s);
    std::string why;
    rig.tasks.spawn("start",
                    [&]() -> awaitable<void> { why = co_await rig.service->start_plant(0, false, "test"); });
    rig.clock.run_for(5s);
    CHECK(rig.command("estop").message == "disable_failed");
    REQUIRE(rig.command("estop.reset").state == CommandState::succeeded);
    rig.clock.run_for(2min);
    CHECK(why == "superseded");
    CHECK(rig.alerts.find("lib/start") == nullptr);
}

TEST_CASE("an unknown plant or kind is refused by name and touches nothing", "[AC-43]") {
    SiteRig rig;
    rig.begin();
    CHECK(rig.command("plant.start", "xyz").message == "invalid_plant");
    CHECK(rig.command("plant.explode", "lib").message == "unsupported_command");
    CHECK(rig.command("plant.start", "lib", {{"hurry", true}}).message == "invalid_payload");
    CHECK(rig.service->size() == 2);
}

TEST_CASE("recordings are begun and ended by commands, twice is no harm [D-32]", "[D-32]") {
    SiteRig rig;
    rig.begin();
    auto ended = rig.command("plant.record_start", "lib");
    CHECK(ended.result == boost::json::value{{"noop", false}, {"file_path", "20251001_lib.csv"}});
    CHECK(rig.command("plant.record_start", "lib").result.at("noop") == true);
    rig.clock.run_for(10s);
    CHECK(rig.service->parts().live.plant(0).file == "20251001_lib.csv");
    CHECK(rig.command("plant.record_stop", "lib").result.at("noop") == false);
    CHECK(rig.command("plant.record_stop", "lib").result.at("noop") == true);
}

TEST_CASE("the state of charge of a stopped emulator can be set, of a running one not", "[AC-21]") {
    SiteRig rig;
    rig.begin();
    CHECK(rig.command("plant.soc_seed", "lib").message == "invalid_payload");
    auto ended = rig.command("plant.soc_seed", "lib", {{"soc_pu", 0.77}});
    CHECK(ended.state == CommandState::succeeded);
    CHECK(rig.held(0, "soc") == Approx(0.77));
    REQUIRE(rig.command("plant.start", "lib").state == CommandState::succeeded);
    ended = rig.command("plant.soc_seed", "lib", {{"soc_pu", 0.1}});
    CHECK(ended.state == CommandState::rejected);
    CHECK(ended.message == "plant_running");
}

TEST_CASE("a start sets the state of charge at whatever moment between two steps of the emulator [D-06]",
          "[D-06]") {
    SiteRig rig;
    rig.begin();
    for (int i = 0; i < 21; ++i) {
        REQUIRE(rig.command("plant.soc_seed", "lib", {{"soc_pu", 0.77}}).state == CommandState::succeeded);
        rig.clock.run_for(2s + i * 100ms);
        REQUIRE(rig.held(0, "soc") == Approx(0.77));
        // Taken before the plant is enabled and without waiting for a step.
        const auto before = rig.clock.now();
        auto& commands = rig.service->parts().commands;
        const auto id = commands.submit("plant.start", "lib", {}, "test").id;
        rig.clock.settle();
        CHECK(rig.clock.now() == before);
        REQUIRE(commands.find(id)->state == CommandState::succeeded);
        CHECK(rig.held(0, "soc") == Approx(0.5));
        REQUIRE(rig.command("plant.stop", "lib").state == CommandState::succeeded);
    }
}

TEST_CASE("staged series come into force by command", "[AC-45]") {
    SiteRig rig;
    rig.begin();
    const boost::json::object series{{"series", "lib_p"}};
    CHECK(rig.command("schedule.activate", {}, series).message == "invalid_payload");
    CHECK(rig.command("schedule.activate", {}, {{"series", "xyz_p"}}).message == "invalid_series_key");
    CHECK(rig.command("schedule.activate").message == "invalid_payload");
    const auto rows = planfile::normalise({{0, 0, 0, 1.0}, {0, 15, 0, 2.0}});
    rig.service->parts().drafts.stage(0, schedule::Signal::p,
                                      planfile::to_series(rows.rows, rig.clock.wall_now()).value(), "anna");
    CHECK(rig.command("schedule.update", {}, series).message == "not_active");
    const auto ended = rig.command("schedule.activate", {}, series);
    CHECK(ended.state == CommandState::succeeded);
    CHECK(ended.result.at("active") == true);
    CHECK(ended.result.at("row_count") == 2);
    CHECK(rig.command("schedule.inactivate", {}, series).result.at("active") == false);
    CHECK_FALSE(rig.store.manual(0, schedule::Signal::p).enabled);
    CHECK(rig.store.manual(0, schedule::Signal::p).series.size() == 2);
}

TEST_CASE("an alert is acknowledged by whoever asked") {
    SiteRig rig;
    rig.begin();
    const auto id = rig.alerts.raise("lib/thing", observe::Severity::warning, "look", "lib");
    CHECK(rig.command("alert.acknowledge", {}, {{"id", id}}).state == CommandState::succeeded);
    CHECK(rig.alerts.find("lib/thing")->acknowledged_by == "test");
    CHECK(rig.command("alert.acknowledge", {}, {{"id", 4711}}).message == "unknown_alert");
    CHECK(rig.command("alert.acknowledge", {}, {{"id", "x"}}).message == "invalid_payload");
}

TEST_CASE("the clock of a real site is not set") {
    SiteRig rig;
    rig.begin();
    CHECK(rig.command("clock.set", {}, {{"speed", 2}}).message == "real_clock");
    CHECK(rig.command("clock.set").message == "invalid_payload");
    CHECK(rig.command("clock.set", {}, {{"speed", -1}}).message == "invalid_payload");
}

TEST_CASE("a clock is stepped only while it is paused, and set beside whatever waits for it") {
    SiteRig rig("2025-10-01T00:00:00", {}, false);
    rig.begin();
    const auto refusal = [&](boost::json::object payload) {
        return rig.command("clock.set", {}, std::move(payload)).message;
    };
    CHECK(refusal({{"step_s", 2}}) == "not_paused");
    CHECK(refusal({{"step_s", 2}, {"paused", false}}) == "not_paused");
    CHECK(refusal({{"step_s", "1m30s"}}) == "not_paused");
    for (const auto& payload : {boost::json::object{{"step_s", 0}, {"paused", true}},
                                {{"step_s", "2d"}, {"paused", true}},
                                {{"step_s", 86'401}, {"paused", true}},
                                {{"step_s", "2"}, {"paused", true}},
                                {{"speed", 1e7}},
                                {{"speed", nullptr}},
                                {{"paused", 1}}})
        CHECK(refusal(payload) == "invalid_payload");
    CHECK(rig.command("clock.set", "lib", {{"speed", 2}}).message == "invalid_payload");

    // A stop that waits for power to decay needs the clock; whoever paused it must be able to resume it.
    rig.service->unit(0).control().set_dispatch_enabled(true);
    rig.plan(0, schedule::Signal::p, 1000);
    REQUIRE(rig.command("plant.start", "lib").state == control::CommandState::succeeded);
    rig.clock.run_for(std::chrono::seconds(10));
    auto& commands = rig.service->parts().commands;
    const auto stop = commands.submit("fleet.stop_all", {}, {}, "test").id;
    rig.clock.settle();
    REQUIRE(commands.find(stop)->state == control::CommandState::running);
    const auto set = commands.submit("clock.set", {}, {{"paused", false}}, "test").id;
    rig.clock.settle();
    CHECK(control::ended(commands.find(set)->state));
    CHECK(commands.find(stop)->state == control::CommandState::running);
    rig.clock.run_for(std::chrono::minutes(1));

    rig.service->ending();
    CHECK(refusal({{"paused", true}}) == "shutting_down");
}
