#include "plant_sim/plant_server.hpp"
#include "service/site_rig.hpp"

using namespace hil;
using namespace hil::service;
using namespace hil::service::test;
using namespace std::chrono_literals;
using control::CommandState;
using control::PlantState;

namespace {

// The plants at the remote endpoints, as another program would serve them.
struct RemotePlants {
    explicit RemotePlants(SiteRig& rig) {
        for (const auto& plant : rig.setup.config.plants) {
            auto served = plant_sim::PlantServer::open(rig.clock, rig.network, plant, plant.remote);
            REQUIRE(served);
            servers.push_back(std::move(*served));
        }
    }
    std::vector<std::unique_ptr<plant_sim::PlantServer>> servers;
};

void follow_a_plan(SiteRig& rig) {
    rig.plan(0, schedule::Signal::p, 100);
    rig.plan(1, schedule::Signal::p, 50);
    REQUIRE(rig.command("fleet.start_all").state == CommandState::succeeded);
    rig.clock.run_for(10s);
}

}  // namespace

TEST_CASE("a switch to remote stops the plants and starts from nothing at the other endpoints [D-21]",
          "[AC-40][D-21]") {
    SiteRig rig;
    RemotePlants remote(rig);
    rig.begin();
    follow_a_plan(rig);
    REQUIRE(rig.held(0, "p_battery") == Approx(100));
    const auto ended = rig.command("transport.switch", {}, {{"mode", "remote"}});
    CHECK(ended.state == CommandState::succeeded);
    CHECK(ended.result.at("noop") == false);
    CHECK(rig.service->transport() == config::TransportMode::remote);
    CHECK(rig.service->switching() == Service::Switching::nothing);
    for (std::size_t i = 0; i < 2; ++i) {
        CHECK_FALSE(rig.service->unit(i).control().dispatch_enabled());
        CHECK(rig.service->unit(i).control().state() == PlantState::stopped);
        CHECK_FALSE(rig.service->parts().recorder.recording(i));
        CHECK_FALSE(rig.service->parts().live.plant(i).latest.has_value());
        CHECK_FALSE(rig.service->unit(i).control().operating().value_or(false));
        CHECK(rig.service->unit(i).emulator() == nullptr);
    }
    // Nobody listens at the local endpoints any more: plant_sim could serve them.
    auto listener = rig.network.listen(rig.setup.config.plants[0].local.address);
    CHECK(listener);
    listener.value().reset();

    rig.run([&]() -> awaitable<void> {
        for (std::size_t i = 0; i < 2; ++i)
            CHECK(co_await rig.service->unit(i).control().ready(rig.clock.io_now() + std::chrono::hours(1)));
    });
    follow_a_plan(rig);
    CHECK(remote.servers[0]->emulator().output().p_battery_kw == Approx(100));
    CHECK(rig.files->files().contains(
        (rig.setup.config.general.data_dir / "20251001_lib.csv").lexically_normal().string()));
    REQUIRE(rig.command("fleet.stop_all").state == CommandState::succeeded);
    CHECK(rig.files->files().contains(
        (rig.setup.config.general.data_dir / "20251001_lib.remote.csv").lexically_normal().string()));
}

TEST_CASE("a switch to the transport in use does nothing", "[AC-40]") {
    SiteRig rig;
    rig.begin();
    follow_a_plan(rig);
    const auto ended = rig.command("transport.switch", {}, {{"mode", "local"}});
    CHECK(ended.state == CommandState::succeeded);
    CHECK(ended.result.at("noop") == true);
    CHECK(rig.service->unit(0).control().state() == PlantState::running);
}

TEST_CASE("a switch there and back leaves plants that can be started", "[AC-40]") {
    SiteRig rig;
    RemotePlants remote(rig);
    rig.begin();
    const auto tasks = rig.service->tasks();
    for (int i = 0; i < 3; ++i) {
        REQUIRE(rig.command("transport.switch", {}, {{"mode", "remote"}}).state == CommandState::succeeded);
        rig.clock.run_for(5s);
        REQUIRE(rig.command("transport.switch", {}, {{"mode", "local"}}).state == CommandState::succeeded);
        rig.clock.run_for(5s);
    }
    CHECK(rig.service->tasks() == tasks);
    follow_a_plan(rig);
    CHECK(rig.held(0, "p_battery") == Approx(100));
    CHECK(rig.service->unit(0).sampler().counters().skipped == 0);
}

TEST_CASE("a busy local port fails the switch and changes nothing but that the plants are stopped [D-14]",
          "[D-14]") {
    SiteRig rig;
    RemotePlants remote(rig);
    rig.begin();
    REQUIRE(rig.command("transport.switch", {}, {{"mode", "remote"}}).state == CommandState::succeeded);
    rig.clock.run_for(5s);
    auto busy = rig.network.listen(rig.setup.config.plants[1].local.address);
    REQUIRE(busy);
    const auto ended = rig.command("transport.switch", {}, {{"mode", "local"}});
    CHECK(ended.state == CommandState::failed);
    CHECK(ended.message == "port_in_use");
    CHECK(ended.result.at("plant") == "vrfb");
    CHECK(rig.service->transport() == config::TransportMode::remote);
    CHECK(rig.service->switching() == Service::Switching::nothing);
    // The emulator that could listen was ended again.
    CHECK(rig.network.listen(rig.setup.config.plants[0].local.address));
    rig.clock.run_for(5s);
    follow_a_plan(rig);
    CHECK(remote.servers[0]->emulator().output().p_battery_kw == Approx(100));
}

TEST_CASE("a plant that cannot be disabled refuses the switch, force overrides [D-05]", "[D-05]") {
    SiteRig rig;
    auto remote = std::make_unique<RemotePlants>(rig);
    rig.begin();
    REQUIRE(rig.command("transport.switch", {}, {{"mode", "remote"}}).state == CommandState::succeeded);
    rig.clock.run_for(5s);
    follow_a_plan(rig);
    rig.run([&]() -> awaitable<void> { co_await remote->servers[0]->stop(); });
    auto ended = rig.command("transport.switch", {}, {{"mode", "local"}});
    CHECK(ended.state == CommandState::failed);
    CHECK(ended.message == "disable_failed");
    CHECK(ended.result.at("per_plant").at("lib").at("disable_ok") == false);
    CHECK(ended.result.at("per_plant").at("vrfb").at("disable_ok") == true);
    CHECK(rig.service->transport() == config::TransportMode::remote);
    CHECK(rig.service->unit(0).control().state() == PlantState::unknown);

    ended = rig.command("transport.switch", {}, {{"mode", "local"}, {"force", true}});
    CHECK(ended.state == CommandState::succeeded);
    CHECK(rig.service->transport() == config::TransportMode::local);
}

TEST_CASE("a clock that is not the real one never switches to remote") {
    SiteRig rig("2025-10-01T00:00:00", {}, false);
    rig.begin();
    const auto ended = rig.command("transport.switch", {}, {{"mode", "remote"}});
    CHECK(ended.state == CommandState::rejected);
    CHECK(ended.message == "real_time_only");
    CHECK(rig.command("transport.switch", {}, {{"mode", "away"}}).message == "invalid_payload");
    CHECK(rig.command("transport.switch", {}, {{"mode", "remote"}, {"force", 1}}).message ==
          "invalid_payload");
}

TEST_CASE("a switch of the source stops all plants first") {
    SiteRig rig;
    rig.begin();
    follow_a_plan(rig);
    const auto ended = rig.command("source.switch", {}, {{"source", "api"}});
    CHECK(ended.state == CommandState::succeeded);
    CHECK(rig.service->parts().arbiter.source() == config::ScheduleSource::api);
    CHECK(rig.service->unit(0).control().state() == PlantState::stopped);
    CHECK(rig.held(0, "enable") == 0);
    CHECK(rig.service->parts().recorder.recording(0));
    CHECK(rig.command("source.switch", {}, {{"source", "api"}}).result.at("noop") == true);
    CHECK(rig.command("source.switch", {}, {{"source", "moon"}}).message == "invalid_payload");
}

TEST_CASE("a switch to a side that a plant lacks is refused with its name, and nothing is stopped") {
    SiteRig rig("2025-10-01T00:00:00", [](config::Config& config) { config.plants[1].has_remote = false; });
    rig.begin();
    follow_a_plan(rig);
    const auto ended = rig.command("transport.switch", {}, {{"mode", "remote"}});
    CHECK(ended.state == CommandState::rejected);
    CHECK(ended.message == "no_endpoint: no modbus.remote is configured for vrfb");
    rig.clock.run_for(5s);
    CHECK(rig.service->transport() == config::TransportMode::local);
    for (std::size_t i = 0; i < 2; ++i)
        CHECK(rig.service->unit(i).control().state() == PlantState::running);
    CHECK(rig.held(0, "p_setpoint") == Approx(100));
}
