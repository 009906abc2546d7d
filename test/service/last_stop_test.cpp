// The last stop of a service that ends: beside whatever was asked for, and nothing begins after it.
#include "site_rig.hpp"

#include <algorithm>

namespace hil::service::test {
namespace {

using namespace std::chrono_literals;
using control::CommandState;

struct Ending : SiteRig {
    Ending() {
        begin();
        for (std::size_t i = 0; i < service->size(); ++i)
            plan(i, schedule::Signal::p, 100);
    }
    std::vector<Service::StopOutcome> end(Service::LastStop which = Service::LastStop::all) {
        std::vector<Service::StopOutcome> out;
        run([&]() -> awaitable<void> { out = co_await service->stop_plants("test", which); });
        return out;
    }
    [[nodiscard]] bool enabled(std::size_t plant) { return held(plant, "enable") == 1; }
};

}  // namespace

TEST_CASE("a stop that is under way is not taken for one that is done [D-12]", "[D-12]") {
    Ending site;
    REQUIRE(site.command("fleet.start_all").state == CommandState::succeeded);
    site.clock.run_for(10s);
    auto& engine = site.service->parts().commands;
    const auto stop = engine.submit("plant.stop", "lib", {}, "operator").id;
    site.clock.run_for(50ms);
    REQUIRE(engine.find(stop)->state == CommandState::running);
    REQUIRE(site.enabled(0));
    const auto outcomes = site.end();
    REQUIRE(outcomes.size() == 2);
    for (const auto& outcome : outcomes) {
        CHECK(outcome.was_active);
        CHECK(outcome.result.disable_ok);
    }
    CHECK_FALSE(site.enabled(0));
    CHECK_FALSE(site.enabled(1));
}

TEST_CASE("nothing is started while the plants are stopped for the last time [D-12]", "[D-12]") {
    Ending site;
    REQUIRE(site.command("plant.dispatch_enable", "lib").state == CommandState::succeeded);
    REQUIRE(site.command("plant.start", "lib").state == CommandState::succeeded);
    site.clock.run_for(10s);
    auto& engine = site.service->parts().commands;
    std::string late, waiting;
    site.tasks.spawn("impatience", [&]() -> awaitable<void> {
        waiting = engine.submit("plant.stop", "lib", {}, "operator").id;
        waiting = engine.submit("fleet.start_all", "", {}, "operator").id;
        co_await site.clock.sleep_for(100ms);
        late = engine.submit("plant.start", "vrfb", {}, "operator").id;
    });
    site.clock.settle();
    CHECK(site.end().front().result.disable_ok);
    for (const auto& id : {late, waiting}) {
        REQUIRE(engine.find(id) != nullptr);
        CHECK(engine.find(id)->state == CommandState::rejected);
        CHECK(engine.find(id)->message == "shutting_down");
    }
    site.clock.run_for(60s);
    CHECK_FALSE(site.enabled(0));
    CHECK_FALSE(site.enabled(1));
    CHECK(site.command("plant.start", "lib").message == "shutting_down");
}

TEST_CASE("a disk that does not answer holds up no last stop [D-13]", "[D-13]") {
    Ending site;
    REQUIRE(site.command("fleet.start_all").state == CommandState::succeeded);
    site.clock.run_for(10s);
    site.disk.fall_silent();
    auto& engine = site.service->parts().commands;
    (void)engine.submit("plant.record_stop", "lib", {}, "operator");
    site.clock.run_for(1s);
    const auto before = site.clock.now();
    for (const auto& outcome : site.end())
        CHECK(outcome.result.disable_ok);
    CHECK(site.clock.now() - before <= 35s);
    CHECK_FALSE(site.enabled(0));
    site.disk.answer();
}

TEST_CASE("where plants are left as they are only a stop that has begun is brought to its end [D-12]",
          "[D-12]") {
    Ending site;
    REQUIRE(site.command("fleet.start_all").state == CommandState::succeeded);
    site.clock.run_for(10s);
    auto& engine = site.service->parts().commands;
    (void)engine.submit("plant.stop", "lib", {}, "operator");
    site.clock.run_for(50ms);
    const auto outcomes = site.end(Service::LastStop::begun);
    CHECK(outcomes[0].was_active);
    CHECK_FALSE(outcomes[1].was_active);
    CHECK_FALSE(site.enabled(0));
    CHECK(site.enabled(1));
    CHECK(site.held(1, "p_setpoint") == 100);
}

TEST_CASE("the last stop is for a service that ends, not for anybody who asks") {
    Ending site;
    const auto asked = site.command("site.stop");
    CHECK(asked.state == CommandState::rejected);
    CHECK(asked.message == "not_ending");
}

}  // namespace hil::service::test
