// What a site says of plants that are not there, or not as they should be.
#include "site_rig.hpp"

#include <boost/asio/error.hpp>

using namespace hil;
using namespace hil::service;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

// Until then nobody listens where lib is.
void keep_away(test::SiteRig& rig, const bool& away) {
    rig.network.on_dial = [&rig, &away](const Endpoint& to) {
        MemoryNetwork::Dial dial;
        if (away && to == rig.setup.config.plants[0].local.address)
            dial.refuse = asio::error::connection_refused;
        return dial;
    };
}

}  // namespace

TEST_CASE("a start that waits for its plant says so after ten seconds, and why") {
    test::SiteRig rig;
    bool away = true;
    keep_away(rig, away);
    rig.run([&]() -> awaitable<void> { co_await rig.service->load(); });
    rig.service->begin();
    std::optional<std::string> started;
    rig.tasks.spawn(
        "start", [&]() -> awaitable<void> { started = co_await rig.service->start_plant(0, false, "test"); });
    rig.clock.run_for(9900ms);
    CHECK(rig.alerts.find("lib/start") == nullptr);
    rig.clock.run_for(200ms);
    const auto* alert = rig.alerts.find("lib/start");
    REQUIRE(alert != nullptr);
    CHECK_THAT(alert->message, Contains("the start waits") && Contains("refused"));
    CHECK_FALSE(started);

    away = false;
    rig.clock.run_for(40s);
    REQUIRE(started);
    CHECK(started->empty());
    CHECK(rig.alerts.find("lib/start") == nullptr);
    CHECK(rig.service->unit(0).following().ran());
    CHECK_FALSE(rig.service->unit(1).following().ran());
}

TEST_CASE("a start that does not wait long says nothing") {
    test::SiteRig rig;
    rig.begin();
    std::optional<std::string> started;
    rig.tasks.spawn(
        "start", [&]() -> awaitable<void> { started = co_await rig.service->start_plant(0, false, "test"); });
    rig.clock.run_for(15s);
    REQUIRE(started);
    CHECK(rig.alerts.find("lib/start") == nullptr);
    CHECK(rig.alerts.find("lib/link") == nullptr);
}

TEST_CASE("an emptied battery is told while its plan goes on, with what is missing") {
    test::SiteRig rig("2025-10-01T00:00:00", [](config::Config& config) {
        config.startup.initial_soc_pu = 0.5;
        auto& lib = config.plants[0];
        lib.safety.soc = {};  // nobody takes anything back
        lib.safety.setpoint_not_followed = {};
    });
    const auto& lib = rig.setup.config.plants[0];
    rig.plan(0, schedule::Signal::p, 200);
    rig.begin();
    std::optional<std::string> started;
    rig.tasks.spawn(
        "start", [&]() -> awaitable<void> { started = co_await rig.service->start_plant(0, true, "test"); });
    // Half of the battery at 200 kW.
    const auto empty = seconds(lib.model.capacity_kwh / 2 / 200 * 3600);
    rig.clock.run_for(empty - 30s);
    REQUIRE(started);
    CHECK(rig.alerts.find("lib/plan_not_feasible") == nullptr);
    rig.clock.run_for(90s);
    const auto* alert = rig.alerts.find("lib/plan_not_feasible");
    REQUIRE(alert != nullptr);
    CHECK_THAT(alert->message, Contains("empty at a state of charge of 0.0 %: 0.0 of 200.0 kW discharge"));
    const auto& shortfall = rig.service->unit(0).following().shortfall();
    CHECK(shortfall.ever_infeasible());
    CHECK(shortfall.delivered_kwh() == Approx(lib.model.capacity_kwh / 2).margin(1));
    CHECK(shortfall.missing_kwh() == Approx(200.0 * 60 / 3600).margin(1));

    rig.plan(0, schedule::Signal::p, -50);
    rig.service->unit(0).control().wake();
    rig.clock.run_for(30s);
    CHECK(rig.alerts.find("lib/plan_not_feasible") == nullptr);
}
