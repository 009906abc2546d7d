#include "scenario/sample.hpp"
#include "scenario/sentence.hpp"
#include "scenario/span_text.hpp"

#include <algorithm>

namespace hil::scenario {
namespace {

using namespace std::chrono_literals;

const std::string an_expectation = R"({ "plant": "lib", "runs": true })";

std::string said(const Scenario& scenario, std::size_t i = 0) {
    return sentence(scenario.expectations.at(i), Face(madrid(), scenario.from, scenario.length));
}

bool complains(const Read& read, std::string_view about) {
    for (const auto& problem : read.problems)
        UNSCOPED_INFO(problem);
    return std::ranges::any_of(
        read.problems, [about](const auto& problem) { return problem.find(about) != std::string::npos; });
}

}  // namespace

TEST_CASE("spans of time are said in words") {
    CHECK(span_text(90s) == "90 s");
    CHECK(span_text(2100ms) == "2.1 s");
    CHECK(span_text(90min) == "1 h 30 min");
}

TEST_CASE("moments are spans since the begin, times of day, or steps") {
    const auto scenario = good(R"({ "id": "lost", "at": "3m", "restart_plant": "lib" },
                                  { "at": 200, "restart_plant": "vrfb" },
                                  { "at": "lost + 30s", "restart_plant": "lib" },
                                  { "at": "2025-10-01T10:04:00", "restart_plant": "lib" },
                                  { "at": "2025-10-01T08:05:00Z", "restart_plant": "lib" })",
                               an_expectation);
    std::vector<Duration> at;
    for (const auto& step : scenario.steps)
        at.push_back(step.at);
    CHECK(at == std::vector<Duration>{3min, 200s, 210s, 4min, 5min});
}

TEST_CASE("steps are done in order of time, those of one instant in the order of the file") {
    const auto scenario = good(R"({ "id": "c", "at": "2m", "restart_plant": "lib" },
                                  { "id": "a", "at": "1m", "restart_plant": "lib" },
                                  { "id": "d", "at": "2m", "restart_plant": "lib" })",
                               an_expectation);
    std::string order;
    for (const auto& step : scenario.steps)
        order += step.id;
    CHECK(order == "acd");
}

TEST_CASE("every kind of step is understood") {
    const auto scenario = good(
        R"({ "id": "f", "at": 1, "fault": { "kind": "delay", "ms": 20, "plant": "lib" } },
           { "at": 2, "end_fault": "f" },
           { "at": 3, "command": { "kind": "estop", "reason": "test" } },
           { "at": 4, "plan": [{ "timestamp": "2025-10-01T10:05:00", "lib_p_kw": 10, "vrfb_q_kvar": 3 }] },
           { "at": 5, "soc": { "plant": "lib", "pu": 0.5 } },
           { "at": 6, "write": { "plant": "lib", "point": "enable", "value": 0 } },
           { "at": 7, "platform_faults": [{ "status": 503 }] },
           { "at": 8, "restart_service": { "how": "kill", "absent": "20s" } },
           { "at": 9, "restart_plant": "vrfb" },
           { "at": 10, "load": { "plant": "lib", "kw": 12 } })",
        an_expectation, R"("platform": true, )");
    std::vector<std::string> said;
    for (const auto& step : scenario.steps)
        said.push_back(step.sentence);
    CHECK(said == std::vector<std::string>{
                      "fault delay of lib", "f ends", "estop", "new plan of lib_p, vrfb_q",
                      "state of charge of lib set to 0.5", "another master writes 0 to enable of lib",
                      R"(the platform fails: [{"status":503}])", "the service is killed",
                      "the controller of vrfb restarts", "a load of 12 kW between battery and POI of lib"});
    const auto& ask = std::get<AskFor>(scenario.steps[2].action);
    CHECK(ask.payload.at("reason").as_string() == "test");
    CHECK_FALSE(ask.payload.contains("kind"));
}

TEST_CASE("an expectation says in a sentence what it holds against what") {
    const auto step = R"({ "id": "stop", "at": "30s", "command": { "kind": "plant.stop", "plant": "lib" } })";
    const auto says = [&](const std::string& expectation) {
        return said(good(step, expectation, R"("platform": true, )"));
    };
    CHECK(says(R"({ "plant": "lib", "state": "stopped", "after": "stop", "within": "5s" })") ==
          "within 5 s of stop (10:00:30) lib is stopped");
    CHECK(says(R"({ "plant": "lib", "runs": false, "from": "stop + 10s", "to": "end" })") ==
          "from stop + 10 s (10:00:40) to the end lib does not run by its own registers");
    CHECK(says(R"({ "plant": "lib", "writes": "p_setpoint", "at_most": 1000 })") ==
          "always every write to p_setpoint of lib is at most 1000");
    CHECK(says(R"({ "plant": "lib", "writes": "p_setpoint", "times": 0, "from": 60, "to": 70 })") ==
          "from 10:01:00 to 10:01:10 there is no write to p_setpoint of lib");
    CHECK(says(R"({ "plant": "lib", "register": "soc", "between": [0.2, 0.3], "at": "end" })") ==
          "at the end register soc of lib is between 0.2 and 0.3 pu");
    CHECK(says(R"({ "plant": "lib", "off_plan": "p", "counts": 1, "but_for": "3s" })") ==
          "always, but for 3 s at a stretch, p_setpoint of lib follows the plan within 1 count");
    CHECK(says(R"({ "alert": "lib/link", "after": "begin", "within": "15s" })") ==
          "within 15 s of the begin alert lib/link is active");
    CHECK(says(R"({ "plant": "lib", "energy": "discharged", "between": [9, 11] })") ==
          "always the energy discharged by lib is between 9 and 11 kWh");
    CHECK(says(R"({ "command": "stop", "ends": "succeeded", "result": { "disable_ok": true } })") ==
          R"(within 60 s of stop (10:00:30) plant.stop of lib ends succeeded with {"disable_ok":true})");
    CHECK(
        says(
            R"({ "name": "soon", "event": "plant.lost_running", "plant": "lib", "after": 0, "within": 4 })") ==
        "soon: within 4 s of 10:00:00 event plant.lost_running of lib happens");
    CHECK(says(R"({ "outbox": "waiting", "at_most": 10, "at": "end" })") ==
          "at the end the number of values that wait to be posted is at most 10");
}

TEST_CASE("what nobody says is expected all the same: started plants run, commands succeed") {
    const auto scenario = good(R"({ "at": "30s", "command": { "kind": "plant.stop", "plant": "lib" } })",
                               an_expectation, R"("start": ["vrfb"], )");
    REQUIRE(scenario.expectations.size() == 3);
    CHECK(said(scenario, 1) == "within 60 s of the begin vrfb is running");
    CHECK(said(scenario, 2).find("plant.stop of lib ends succeeded") != std::string::npos);
    CHECK(scenario.expectations[2].implied);
}

TEST_CASE("times are shown with date and offset where the time of day alone would not do") {
    const auto from = madrid().parse("2025-10-26T00:30:00").value();
    CHECK(Face(madrid(), from, 1h).text(30min) == "01:00:00");
    CHECK(Face(madrid(), from, 5h).text(30min) == "2025-10-26T01:00:00+02:00");
    CHECK(Face(madrid(), from - 3h, 4h).text(Duration{}) == "2025-10-25T21:30:00+02:00");
}

TEST_CASE("every problem of a scenario is found in one run, with place, value and rule") {
    const auto bad = read(R"({
        "from": "yesterday", "duration": "-1s", "sed": 3, "soc_pu": { "lib": 2, "nowhere": 0.5 },
        "start": ["nobody"],
        "plan": [{ "timestamp": "2025-10-01T10:00:00", "lib_p_kw": "much" }],
        "steps": [
          { "at": 0, "write": { "plant": "lib", "point": "nothing", "value": 1 } },
          { "at": 0, "fault": { "what": "delay" } },
          { "at": 0 },
          { "at": 0, "command": { "kind": "plant.explode", "plant": "lib" } },
          { "at": 0, "load": { "plant": "vrfb", "kw": 1 } },
        ],
        "expect": [
          { "plant": "lib", "state": "asleep" },
          { "plant": "lib", "runs": true, "gate": "open" },
          { "plant": "lib", "register": "soc" },
          { "outbox": "waiting", "at_most": 1 },
        ] })");
    CHECK(complains(bad, "s.json: `name` is missing"));
    CHECK(complains(bad, "s.json: /from: must be a time"));
    CHECK(complains(bad, "/duration: must be a number of seconds, or a text"));
    CHECK(complains(bad, R"(/sed: unknown key, did you mean "seed"?)"));
    CHECK(complains(bad, "/soc_pu/lib: must be a number 0..1, got 2"));
    CHECK(complains(bad, "/soc_pu/nowhere: unknown key"));
    CHECK(complains(bad, "/start: there is no plant \"nobody\""));
    CHECK(complains(bad, "/plan/0/lib_p_kw: must be a finite number, got \"much\""));
    CHECK(complains(bad, "/steps/0/write/point: must be a point of lib"));
    CHECK(complains(bad, "/steps/1/fault: kind: must be"));
    CHECK(complains(bad, "/steps/2: must have one of fault"));
    CHECK(complains(bad, "/steps/3/command/kind: must be one of plant.start"));
    CHECK(complains(bad, "/steps/4/load/plant: must be one that measures"));
    CHECK(complains(bad, "/expect/0/state: must be one of stopped"));
    CHECK(complains(bad, "/expect/1: only one of `runs` and `gate`"));
    CHECK(complains(bad, "/expect/2: must have `is`, `between`"));
    CHECK(complains(bad, "/expect/3/outbox: there is no platform"));
}

TEST_CASE("what refers to something else refers to what is there") {
    CHECK(complains(read(R"({ "at": 5, "end_fault": "f" })", an_expectation),
                    "/steps/0/end_fault: must be the id"));
    CHECK(complains(read("", R"({ "command": "stop", "ends": "failed" })"),
                    "/expect/0/command: must be the id"));
    CHECK(complains(read("", R"({ "plant": "lib", "runs": true, "from": "lost" })"),
                    "/expect/0/from: must be seconds"));
    CHECK(complains(read("", R"({ "plant": "lib", "runs": true, "from": "11m" })"),
                    "must lie within the 10 min"));
    CHECK(complains(read("", R"({ "plant": "lib", "runs": true, "from": "2m", "to": "1m" })"),
                    "`to` is before `from`"));
    CHECK(
        complains(read("", R"({ "plant": "lib", "runs": true, "after": "2m" })"), "`after` needs `within`"));
    CHECK(complains(read("", R"({ "plant": "lib", "rows": "null" })"), "must have `times`"));
    CHECK(complains(
        read(
            R"({ "id": "a", "at": 1, "restart_plant": "lib" }, { "id": "a", "at": 2, "restart_plant": "lib" })",
            an_expectation),
        "/steps/1/id: must be used once"));
    CHECK(complains(read(R"({ "id": "begin", "at": 1, "restart_plant": "lib" })", an_expectation),
                    "/steps/0/id: must be"));
}

TEST_CASE("changes of the configuration are put over it member by member") {
    auto document = boost::json::parse(R"({ "a": { "b": 1, "c": [1, 2] }, "d": 3 })").get_object();
    merge(document, boost::json::parse(R"({ "a": { "c": [3], "e": 4 }, "d": { "f": 5 } })").get_object());
    CHECK(document ==
          boost::json::parse(R"({ "a": { "b": 1, "c": [3], "e": 4 }, "d": { "f": 5 } })").get_object());
}

}  // namespace hil::scenario
