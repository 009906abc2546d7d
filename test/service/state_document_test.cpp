#include "service/state_document.hpp"
#include "service/operator_actions.hpp"
#include "service/site_rig.hpp"
#include "web/json_writer.hpp"

#include <boost/json/parse.hpp>

using namespace hil;
using namespace hil::service;
using namespace hil::service::test;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

std::string text(const json::value& value) {
    return web::to_text(value);
}

// As it is written, whatever blanks stand in the literal.
std::string expected(const char* literal) {
    return text(json::parse(literal));
}

}  // namespace

TEST_CASE("the state of a site nobody has seen is null, not a plausible number [D-28]", "[D-28]") {
    SiteRig rig("2025-10-01T08:00:00", [](config::Config& config) { config.istentore_api.base_url.clear(); });
    const auto state = state_document(*rig.service, "1.2.3");
    json::object site = state;
    site.stable_erase("plants");
    auto& templates = site.at("site").at("templates").as_array();
    REQUIRE_FALSE(templates.empty());
    CHECK(templates[0] == "constant");
    templates.clear();
    CHECK(text(site) == expected(R"({
      "time": "2025-10-01T06:00:00Z", "version": "1.2.3", "transport_mode": "local",
      "active_schedule_source": "manual", "transport_switching": false, "schedule_switching": false,
      "estop": {"latched": false, "reason": null, "since": null},
      "clock": {"speed": 1.0, "paused": false, "settable": false},
      "market": {"state": "disconnected", "connected": false, "last_error": null, "reason": "no_platform",
        "last_success": null, "last_attempt": null, "fetch": "disabled", "password_stored": false,
        "today": {"date": "2025-10-01", "fetched": false, "points": {"lib": 0, "vrfb": 0}, "expected": 96,
          "at": null},
        "tomorrow": {"date": "2025-10-02", "fetched": false, "points": {"lib": 0, "vrfb": 0}, "expected": 96,
          "at": null},
        "next_activation": null},
      "posting": {"enabled": false, "effective": false, "state": "disabled", "why_not": null},
      "alerts": [],
      "site": {"name": null, "zone": "Europe/Madrid", "dispatch_period_s": 2.0, "measurement_period_s": 2.0,
        "templates": [], "plan_validity_s": 900},
      "last_event": null,
      "schedules": {
        "lib_p": {"plant": "lib", "signal": "p", "enabled": false, "state": "inactive", "version": 0,
          "staged_version": 0, "end": null, "error": null},
        "lib_q": {"plant": "lib", "signal": "q", "enabled": false, "state": "inactive", "version": 0,
          "staged_version": 0, "end": null, "error": null},
        "vrfb_p": {"plant": "vrfb", "signal": "p", "enabled": false, "state": "inactive", "version": 0,
          "staged_version": 0, "end": null, "error": null},
        "vrfb_q": {"plant": "vrfb", "signal": "q", "enabled": false, "state": "inactive", "version": 0,
          "staged_version": 0, "end": null, "error": null}}
    })"));
    json::object lib = state.at("plants").at("lib").as_object();
    lib.stable_erase("model");
    lib.stable_erase("plan_revision");
    CHECK(text(lib) == expected(R"({
      "name": "LIB", "transition": "stopped", "desired": "none", "operating_state": "unknown", "enabled": null,
      "operation": null, "recording": {"on": false, "file": null},
      "dispatch": {"sending_enabled": false, "p_kw": null, "q_kvar": null, "source": null, "status": "none",
        "last_success_at": null, "last_error": null,
        "target": {
          "p": {"value": 0.0, "source": "none", "reason": "no_plan", "until": null, "next": null, "base": null,
            "asked": 0.0, "limit": null, "end": null, "held": null},
          "q": {"value": 0.0, "source": "none", "reason": "no_plan", "until": null, "next": null, "base": null,
            "asked": 0.0, "limit": null, "end": null, "held": null}}},
      "link": {"status": "unknown", "silent_since": null, "age_s": null, "consecutive_failures": 0, "last_error": null,
        "rtt_ms": null, "slow_ms": 250.0, "lost": 0},
      "latest": {"timestamp": null, "p_setpoint_kw": null, "battery_active_power_kw": null,
        "q_setpoint_kvar": null, "battery_reactive_power_kvar": null, "soc_pu": null, "p_poi_kw": null,
        "q_poi_kvar": null, "v_poi_kV": null},
      "posting": {"pending_queue_count": 0, "oldest_pending_age_s": null, "last_success": null,
        "last_attempt": null, "last_error": null, "last_enqueue": null},
      "alerts": [], "trips": [], "signals": ["p", "q"]
    })"));
}

TEST_CASE("the state of a running plant says what it does, why, and what comes next") {
    SiteRig rig("2025-10-01T08:00:00");
    rig.begin();
    rig.store.set_manual(0, schedule::Signal::p,
                         schedule::Series({{*rig.setup.zone.parse("2025-10-01T08:00:00"), 1500.0},
                                           {*rig.setup.zone.parse("2025-10-01T09:00:00"), -50.0}},
                                          *rig.setup.zone.parse("2025-10-01T10:00:00")),
                         "anna");
    REQUIRE(rig.command("fleet.start_all").state == control::CommandState::succeeded);
    rig.clock.run_for(20s);
    rig.alerts.raise("lib/thing", observe::Severity::warning, "look", "lib");
    const auto state = state_document(*rig.service, "1.2.3");
    const auto& lib = state.at("plants").at("lib");
    CHECK(lib.at("transition") == "running");
    CHECK(lib.at("desired") == "running");
    CHECK(lib.at("operating_state") == "running");
    CHECK(lib.at("enabled") == true);
    CHECK(text(lib.at("recording")) == R"({"on":true,"file":"20251001_lib.csv"})");
    CHECK(lib.at("dispatch").at("p_kw") == 1000.0);
    CHECK(lib.at("dispatch").at("status") == "ok");
    CHECK(lib.at("dispatch").at("last_error").is_null());
    CHECK(text(lib.at("dispatch").at("target").at("p")) == expected(R"({"value": 1000.0, "source": "manual",
      "reason": "plan", "until": "2025-10-01T07:00:00Z",
      "next": {"value": -50.0, "source": "manual", "reason": "plan"}, "base": null, "asked": 1500.0, "limit": "p_max_kw",
      "end": null, "held": null})"));
    CHECK(lib.at("link").at("status") == "ok");
    CHECK(lib.at("link").at("age_s").as_double() <= 2);
    CHECK(lib.at("latest").at("p_setpoint_kw") == 1000.0);
    CHECK(lib.at("latest").at("v_poi_kV") == 20.0);
    CHECK(lib.at("latest").at("timestamp").as_string().ends_with("Z"));
    CHECK(lib.at("alerts").as_array().size() == 1);
    CHECK(state.at("alerts").as_array().empty());
    CHECK(lib.at("model").at("capacity_kwh") == 500.0);
    const auto& series = state.at("schedules").at("lib_p");
    CHECK(series.at("state") == "active");
    CHECK(series.at("end") == "2025-10-01T08:00:00Z");
    CHECK(series.at("version").to_number<int>() > 0);
}

TEST_CASE("an empty battery under a plan that it cannot follow says so, and is the alarm at once") {
    SiteRig rig("2025-10-01T08:00:00", [](config::Config& config) { config.startup.initial_soc_pu = 0; });
    rig.begin();
    rig.plan(0, schedule::Signal::p, 400);
    rig.plan(1, schedule::Signal::p, -50);
    REQUIRE(rig.command("fleet.start_all").state == control::CommandState::succeeded);
    rig.clock.run_for(5s);
    const auto state = state_document(*rig.service, "");
    const auto& lib = state.at("plants").at("lib");
    CHECK(lib.at("dispatch").at("target").at("p").at("end") == "empty");
    CHECK(lib.at("dispatch").at("target").at("p").at("asked") == 400.0);
    REQUIRE(lib.at("alerts").as_array().size() == 1);
    CHECK(lib.at("alerts").at(0).at("key") == "lib/plan_not_feasible");
    CHECK(lib.at("alerts").at(0).at("message") ==
          "empty at a state of charge of 0.0 %: 0.0 of 400.0 kW discharge");
    CHECK(lib.at("alerts").at(0).at("because_of").is_null());
    const auto& vrfb = state.at("plants").at("vrfb");
    CHECK(vrfb.at("dispatch").at("target").at("p").at("end").is_null());
    CHECK(vrfb.at("alerts").as_array().empty());
    // Asked the other way it is well again.
    rig.plan(0, schedule::Signal::p, -400);
    rig.clock.run_for(10s);
    const auto later = state_document(*rig.service, "").at("plants").at("lib");
    CHECK(later.at("dispatch").at("target").at("p").at("end").is_null());
    CHECK(later.at("alerts").as_array().empty());
}

TEST_CASE("a plan that is changed tells which step went from what to what, and every command is an event") {
    SiteRig rig("2025-10-01T08:00:00");
    rig.begin();
    const auto at = [&](const char* time) { return *rig.setup.zone.parse(time); };
    const auto stage = [&](double value) {
        rig.service->parts().drafts.stage(
            0, schedule::Signal::p,
            schedule::Series({{at("2025-10-01T09:00:00"), value}}, at("2025-10-01T10:00:00")), "test");
    };
    stage(100);
    REQUIRE(rig.command("schedule.activate", "", {{"series", "lib_p"}}).state ==
            control::CommandState::succeeded);
    stage(150);
    REQUIRE(rig.command("schedule.update", "", {{"series", "lib_p"}}).state ==
            control::CommandState::succeeded);
    std::vector<std::string> changed, actions;
    for (const auto& event : rig.events.events()) {
        if (event.kind == changed_plan_kind) changed.push_back(event.message);
        if (event.kind == action_kind) actions.push_back(event.message);
    }
    REQUIRE(changed.size() == 2);
    CHECK(changed[0].ends_with("changed lib_p: 09:00:00 to 10:00:00 from no plan to 100 kW"));
    CHECK(changed[1].ends_with("changed lib_p: 09:00:00 to 10:00:00 from 100 to 150 kW"));
    REQUIRE(actions.size() == 2);
    CHECK(actions[1].starts_with("update the series lib_p (asked by "));
}

TEST_CASE("the document names the operation that is under way for a plant") {
    SiteRig rig("2025-10-01T08:00:00");
    rig.begin();
    rig.plan(0, schedule::Signal::p, 100);
    REQUIRE(rig.command("fleet.start_all").state == control::CommandState::succeeded);
    rig.clock.run_for(10s);
    const auto id = rig.service->parts().commands.submit("plant.stop", "lib", {}, "test").id;
    rig.clock.run_for(100ms);
    const auto operation = state_document(*rig.service, "").at("plants").at("lib").at("operation");
    REQUIRE(operation.is_object());
    CHECK(std::string(operation.at("id").as_string()) == id);
    CHECK(operation.at("kind") == "plant.stop");
    CHECK_FALSE(operation.at("step").as_string().empty());
    rig.clock.run_for(30s);
    CHECK(state_document(*rig.service, "").at("plants").at("lib").at("operation").is_null());
}

TEST_CASE("the keys of the document are the same whatever is known, so that it can be patched") {
    SiteRig rig("2025-10-01T08:00:00");
    const std::function<std::string(const json::value&)> keys = [&keys](const json::value& value) {
        std::string out;
        if (!value.is_object()) return out;
        for (const auto& [key, member] : value.get_object())
            out += std::string(key) + "{" + keys(member) + "}";
        return out;
    };
    // Only what is null or an object as a whole may come and go.
    const auto stable = [&](json::object state) {
        for (auto& [id, plant] : state["plants"].as_object()) {
            plant.as_object()["operation"] = nullptr;
            for (const char* signal : {"p", "q"})
                plant.at("dispatch").at("target").at(signal).as_object()["next"] = nullptr;
        }
        state["last_event"] = nullptr;
        return keys(state);
    };
    const auto before = stable(state_document(*rig.service, ""));
    rig.begin();
    REQUIRE(rig.command("fleet.start_all").state == control::CommandState::succeeded);
    rig.clock.run_for(10s);
    CHECK(stable(state_document(*rig.service, "")) == before);
}

TEST_CASE("without a recording the state has live values, none older than two periods [AC-68][D-10]",
          "[AC-68][D-10]") {
    SiteRig rig("2025-10-01T08:00:00");
    const auto latest = [&](const char* plant) {
        const auto state = state_document(*rig.service, "1.2.3");
        return state.at("plants").at(plant).at("latest").as_object();
    };
    rig.begin();
    rig.plan(0, schedule::Signal::p, 250);
    rig.service->unit(0).control().set_dispatch_enabled(true);
    REQUIRE(rig.command("plant.start", "lib").state == control::CommandState::succeeded);
    rig.clock.run_for(10s);
    REQUIRE_FALSE(rig.service->parts().recorder.recording(0));
    for (int i = 0; i < 200; ++i) {
        rig.clock.run_for(170ms);  // at every phase of the periods
        for (const char* plant : {"lib", "vrfb"}) {
            const auto row = latest(plant);
            const auto at = rig.setup.zone.parse(web::std_view(row.at("timestamp").as_string()));
            REQUIRE(at);
            CHECK(rig.clock.wall_now() - *at <= 2 * rig.setup.config.timing.measurement_period);
            for (const auto& [name, value] : row) {
                CAPTURE(plant, std::string(name));
                CHECK_FALSE(value.is_null());
            }
        }
    }
    CHECK(latest("lib").at("p_poi_kw") == 250.0);
    // ... and they follow the plant.
    rig.plan(0, schedule::Signal::p, -100);
    rig.clock.run_for(10s);
    CHECK(latest("lib").at("p_poi_kw") == -100.0);
    CHECK(rig.files->files().empty());
}

TEST_CASE("a site whose clock can be set says so") {
    SiteRig real, simulated("2025-10-01T00:00:00", {}, false);
    const auto settable = [](SiteRig& rig) {
        return state_document(*rig.service, "1.2.3").at("clock").at("settable").as_bool();
    };
    CHECK_FALSE(settable(real));
    CHECK(settable(simulated));
    simulated.service->ending();
    CHECK_FALSE(settable(simulated));
}
