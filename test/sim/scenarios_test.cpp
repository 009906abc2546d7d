#include "sim/scenario_sample.hpp"

#include "app/load_setup.hpp"
#include "app/scenario_command.hpp"
#include "plant_sim/faults.hpp"
#include "scenario/parser.hpp"
#include "support/temporary_directory.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <fstream>
#include <iterator>

namespace hil::simulate {
namespace {

std::string text_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::filesystem::path written(const test::TemporaryDirectory& directory, const std::string& text) {
    const auto file = directory.path() / "scenario.json";
    std::ofstream(file) << text;
    return file;
}

}  // namespace

TEST_CASE("every shipped scenario passes", "[scenarios]") {
    const auto files = shipped_scenarios();
    CHECK(files.size() >= 10);
    for (const auto& file : files) {
        const auto outcome = run_scenario(loaded(file));
        INFO(file.filename().string() << "\n" << broken(outcome));
        CHECK(outcome.kept());
        CHECK(outcome.requests > 0);
    }
}

TEST_CASE("a scenario is the same every time, to the last byte", "[scenarios]") {
    const auto setup = loaded(scenario_directory / "emergency_stop.json");
    const auto run = [&setup] {
        std::string trace;
        const auto outcome = run_scenario(setup, [&trace](std::string_view line) { trace += line; });
        return std::pair(trace, outcome.files);
    };
    const auto first = run(), second = run();
    CHECK(first.first.size() > 1000);
    CHECK(first.first == second.first);
    CHECK(first.second == second.second);
    CHECK(first.second.contains("20251001_lib.remote.csv"));
}

TEST_CASE("what a scenario did to the site is marked for a time line", "[scenarios]") {
    const auto outcome = run_scenario(loaded(scenario_directory / "second_master.json"));
    REQUIRE(outcome.marks.size() == 7);
    CHECK(outcome.marks[0].kind == "write");
    CHECK(outcome.marks[0].plant == "lib");
    CHECK(outcome.marks[0].text == "another master writes -700 to p_setpoint of lib");
    CHECK(outcome.marks[2].kind == "ignore_writes");
    CHECK(outcome.marks[2].at == outcome.from + std::chrono::minutes(3));
    CHECK(outcome.marks[2].until == outcome.from + std::chrono::minutes(4));
}

TEST_CASE("steps that cannot be done fail the scenario", "[scenarios]") {
    const test::TemporaryDirectory directory;
    const auto file =
        written(directory, R"({ "name": "s", "from": "2025-10-01T10:00:00", "duration": "3m", "start": "all",
        "steps": [
          { "at": "1m", "soc": { "plant": "lib", "pu": 0.3 } },
          { "at": "1m", "restart_service": { "how": "kill", "absent": "30s" } },
          { "at": "70s", "command": { "kind": "plant.stop", "plant": "lib" } },
        ],
        "expect": [ { "plant": "lib", "runs": true, "at": "90s" } ] })");
    const auto outcome = run_scenario(loaded(file));
    const auto wrong = broken(outcome);
    INFO(wrong);
    CHECK(wrong.find("step at 10:01:00: state of charge of lib set to 0.3: ") != std::string::npos);
    CHECK(wrong.find("step at 10:01:10: plant.stop of lib: the service is not there") != std::string::npos);
    CHECK(wrong.find("lib runs by its own registers") == std::string::npos);
}

TEST_CASE("a load between battery and POI shows at the POI alone", "[scenarios]") {
    const test::TemporaryDirectory directory;
    const auto file =
        written(directory, R"({ "name": "s", "from": "2025-10-01T10:00:00", "duration": "3m", "start": "all",
        "plan": [ { "timestamp": "2025-10-01T10:00:00", "lib_p_kw": 100 } ],
        "steps": [ { "id": "load", "at": "1m", "load": { "plant": "lib", "kw": 30 } } ],
        "expect": [
          { "plant": "lib", "register": "p_poi", "is": 100, "from": "30s", "to": "load" },
          { "plant": "lib", "register": "p_poi", "is": 70, "from": "load + 3s", "to": "end" },
          { "plant": "lib", "register": "p_battery", "is": 100, "from": "30s", "to": "end" },
        ] })");
    const auto outcome = run_scenario(loaded(file));
    INFO(broken(outcome));
    CHECK(outcome.kept());
}

TEST_CASE("the command engine knows every command a scenario may ask for", "[scenarios]") {
    boost::json::array steps;
    for (const auto kind : scenario::command_kinds()) {
        boost::json::object command{{"kind", kind}};
        if (kind.starts_with("plant.") || kind == "trip.reset") command["plant"] = "lib";
        steps.push_back(boost::json::object{{"at", "10s"}, {"command", std::move(command)}});
    }
    const boost::json::object document{{"name", "s"},
                                       {"from", "2025-10-01T10:00:00"},
                                       {"duration", "2m"},
                                       {"platform", true},
                                       {"steps", std::move(steps)},
                                       {"expect", {boost::json::object{{"estop", "reset"}, {"at", "5s"}}}}};
    const test::TemporaryDirectory directory;
    const auto outcome = run_scenario(loaded(written(directory, boost::json::serialize(document))));
    CHECK(broken(outcome).find("unsupported_command") == std::string::npos);
    CHECK(outcome.verdicts.size() == scenario::command_kinds().size() + 2);
}

TEST_CASE("problems of the file and of the configuration it makes are found together", "[scenarios]") {
    const test::TemporaryDirectory directory;
    const auto file = written(directory, R"({ "name": "s", "from": "2025-10-01T10:00:00", "duration": "3m",
        "config": { "timing": { "scheduler_period_s": -1 } },
        "steps": [ { "at": 0, "fault": { "kind": "melt" } }, { "at": 0, "fault": { "kind": "noise", "point": "p_poi" } } ],
        "expect": [ { "plant": "lib", "runs": "maybe" } ] })");
    const auto read = load_scenario(file, HIL_SOURCE_DIR "/etc/hil.json");
    const auto* problems = std::get_if<std::vector<std::string>>(&read);
    REQUIRE(problems != nullptr);
    const auto all = fmt::format("{}", fmt::join(*problems, "\n"));
    INFO(all);
    CHECK(all.find("hil.json with /config of ") != std::string::npos);
    CHECK(all.find("/timing/scheduler_period_s: must be") != std::string::npos);
    CHECK(all.find("/steps/0/fault: kind: must be one of refuse_connections") != std::string::npos);
    CHECK(all.find("/steps/1/fault: sigma: must be given") != std::string::npos);
    CHECK(all.find("/expect/0/runs: must be true or false") != std::string::npos);
}

TEST_CASE("run --scenario ends with 0, 1 or 2, and writes what it was asked for", "[scenarios]") {
    const test::TemporaryDirectory directory;
    app::ScenarioOptions options;
    options.config_file = HIL_SOURCE_DIR "/etc/hil.json";
    options.scenarios = {scenario_directory / "second_master.json"};
    options.junit = directory.path() / "junit.xml";
    options.data_dir = directory.path() / "data";
    CHECK(app::scenario_command(options) == app::exit_done);
    CHECK(text_of(options.junit).find("failures=\"0\"") != std::string::npos);
    CHECK(text_of(options.data_dir / "20251001_lib.remote.csv").starts_with("timestamp,p_setpoint_kw"));

    options.scenarios = {written(directory, R"({ "name": "s", "from": "2025-10-01T10:00:00", "duration": "1m",
        "expect": [ { "plant": "lib", "runs": true, "at": "end" } ] })")};
    options.data_dir.clear();
    CHECK(app::scenario_command(options) == app::exit_failed);
    CHECK(text_of(options.junit).find("<failure message=\"no at 10:01:00\"/>") != std::string::npos);

    options.scenarios = {directory.path() / "nothing.json"};
    CHECK(app::scenario_command(options) == app::exit_usage);
}

}  // namespace hil::simulate
