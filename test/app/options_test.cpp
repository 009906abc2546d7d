#include "app/options.hpp"

#include "support/catch.hpp"

using namespace hil;
using namespace hil::app;

namespace {

template <class T>
T parsed(const std::vector<std::string>& arguments) {
    auto command = parse_command_line(arguments);
    if (const auto* error = std::get_if<UsageError>(&command)) FAIL(error->sentence);
    REQUIRE(std::holds_alternative<T>(command));
    return std::get<T>(command);
}

std::string refused(const std::vector<std::string>& arguments) {
    const auto command = parse_command_line(arguments);
    const auto* error = std::get_if<UsageError>(&command);
    return error ? error->sentence : "accepted";
}

}  // namespace

TEST_CASE("run is the default sub-command and headless implies start and record") {
    const auto run =
        parsed<RunOptions>({"--headless", "--schedule", "a.csv", "--schedule", "b.json", "--speed", "1440",
                            "--duration", "24h", "--from", "2025-10-01T00:00:00"});
    CHECK(run.headless);
    CHECK(run.start);
    CHECK(run.record);
    CHECK(run.start_plants.empty());
    CHECK(run.common.schedules == std::vector<std::filesystem::path>{"a.csv", "b.json"});
    CHECK(run.speed == 1440);
    CHECK(run.duration == Duration{std::chrono::hours(24)});
    CHECK(run.from == "2025-10-01T00:00:00");
}

TEST_CASE("start takes no plant for all, or a list") {
    CHECK(parsed<RunOptions>({"run", "--start"}).start_plants.empty());
    CHECK(parsed<RunOptions>({"run", "--start=lib,vrfb"}).start_plants ==
          std::vector<std::string>{"lib", "vrfb"});
    CHECK(parsed<RunOptions>({"run", "--start", "lib"}).start_plants == std::vector<std::string>{"lib"});
    CHECK_FALSE(parsed<RunOptions>({"run"}).start);
}

TEST_CASE("a run may begin paused, with and without a dashboard to resume it") {
    CHECK(parsed<RunOptions>({"run", "--paused", "--start"}).paused);
    CHECK_FALSE(parsed<RunOptions>({"run"}).paused);
    CHECK(parsed<RunOptions>({"run", "--paused", "--headless"}).paused);
    CHECK(parsed<RunOptions>({"run", "--strict-plan"}).strict_plan);
    CHECK_FALSE(parsed<RunOptions>({"run"}).strict_plan);
}

TEST_CASE("a length of time is read alike wherever one stands") {
    CHECK(parsed<RunOptions>({"run", "--duration", "1h30m"}).duration == Duration{std::chrono::minutes(90)});
    CHECK(refused({"run", "--duration", "0s"}).find("got \"0s\"") != std::string::npos);
    CHECK(parsed<SimulateOptions>({"simulate", "--days", "1.5"}).length == Duration{std::chrono::hours(36)});
    CHECK(parsed<SimulateOptions>({"simulate", "--days", "1d12h"}).length ==
          Duration{std::chrono::hours(36)});
    CHECK(refused({"simulate", "--days", "10m"}).find("half an hour") != std::string::npos);
    const auto deadline = parsed<PlanOptions>(
        {"plan", "--template", "arbitrage", "--plant", "lib", "--prices", "p.csv", "--deadline", "1m30s"});
    CHECK(deadline.made.value().deadline_s == 90);
    const auto square = parsed<PlanOptions>(
        {"plan", "--template", "square", "--plant", "lib", "--level-kw", "100", "--period-s", "30m"});
    CHECK(square.made.value().parameters.at("period_s") == 1800);
    CHECK(
        refused({"plan", "--template", "square", "--plant", "lib", "--level-kw", "1h"}).find("--level-kw") !=
        std::string::npos);
}

TEST_CASE("the charge of emulated plants at the begin is a number of 0 to 1") {
    CHECK(parsed<RunOptions>({"run", "--soc", "0.25"}).soc_pu == 0.25);
    CHECK_FALSE(parsed<RunOptions>({"run"}).soc_pu);
    CHECK(refused({"run", "--soc", "25"}) == "hil_scheduler run: --soc: must be 0..1, got \"25\"");
}

TEST_CASE("a mistake on the command line is one sentence that names option, value and rule") {
    CHECK(refused({"run", "--speed", "fast"}) ==
          "hil_scheduler run: --speed: must be a number above 0 and at most 1000000, got \"fast\"");
    CHECK(refused({"run", "--speed", "0"}).find("--speed") != std::string::npos);
    CHECK(refused({"run", "--speed", "inf"}).find("--speed") != std::string::npos);
    CHECK(refused({"run", "--duration", "24"}).find("as 30s, 15m, 1h30m or 2d, got \"24\"") !=
          std::string::npos);
    CHECK(refused({"run", "--transport", "wire"}) ==
          "hil_scheduler run: --transport: must be local or remote, got \"wire\"");
    CHECK(refused({"run", "--port", "70000"}).find("1..65535") != std::string::npos);
    CHECK(refused({"run", "--nonsense"}).find("nonsense") != std::string::npos);
    CHECK(refused({"run", "stray"}).find("hil_scheduler run:") == 0);
    CHECK(
        refused({"fly"}) ==
        "hil_scheduler: unknown sub-command \"fly\"; there are run, check, plan, simulate, "
        "export, report, import, compress, why, identify, estimate, twin, study, backup, restore, doctor and "
        "hash-password");
    CHECK(refused({"plan", "--format", "xml"}).find("table or csv or json") != std::string::npos);
}

TEST_CASE("a simulation takes one seed or a range, days and a fault profile") {
    const auto one =
        parsed<SimulateOptions>({"simulate", "--seed", "7", "--days", "0.5", "--faults", "none"});
    CHECK(one.first_seed == 7);
    CHECK(one.last_seed == 7);
    CHECK(one.length == std::chrono::hours(12));
    CHECK(one.faults == "none");
    const auto many = parsed<SimulateOptions>({"simulate", "--seeds", "3..9"});
    CHECK(many.first_seed == 3);
    CHECK(many.last_seed == 9);
    CHECK(many.faults == "default");
    CHECK(refused({"simulate", "--seeds", "9..3"}).find("must not be below") != std::string::npos);
    CHECK(refused({"simulate", "--seeds", "9"}).find("must be A..B") != std::string::npos);
    CHECK(refused({"simulate", "--seed", "x"}).find("must be a whole number, got \"x\"") !=
          std::string::npos);
    CHECK(refused({"simulate", "--days", "0"}).find("--days") != std::string::npos);
    CHECK(refused({"simulate", "--seeds", "1..2", "--trace", "f"}).find("single seed") != std::string::npos);
    CHECK(refused({"simulate", "--transport", "remote"}).find("no remote plants") != std::string::npos);
}

TEST_CASE("a scenario says itself what is run") {
    const auto some = parsed<ScenarioOptions>({"run", "--scenario", "a.json", "--scenario", "etc/scenarios",
                                               "--junit", "out.xml", "--config", "site.json"});
    CHECK(some.scenarios == std::vector<std::filesystem::path>{"a.json", "etc/scenarios"});
    CHECK(some.junit == "out.xml");
    CHECK(some.config_file == "site.json");
    CHECK(some.data_dir.empty());
    for (const auto* other : {"--speed", "--from", "--duration", "--transport", "--schedule", "--port"}) {
        const auto why = refused(
            {"run", "--scenario", "a.json", other, other == std::string("--transport") ? "local" : "2"});
        INFO(why);
        CHECK(why.find(": not together with --scenario") != std::string::npos);
    }
    CHECK(refused({"run", "--scenario", "a.json", "--headless"}).find("--headless: not together") !=
          std::string::npos);
    CHECK(refused({"run", "--junit", "out.xml"}) ==
          "hil_scheduler run: --junit: only together with --scenario");
}

TEST_CASE("help is offered for the program and for each sub-command") {
    CHECK(parsed<HelpRequest>({"--help"}).text.find("Sub-commands") != std::string::npos);
    CHECK(parsed<HelpRequest>({"run", "--help"}).text.find("--headless") != std::string::npos);
    CHECK(parsed<HelpRequest>({"check", "-h"}).text.find("--probe") != std::string::npos);
    CHECK(parsed<HelpRequest>({"plan", "--help"}).text.find("--date") != std::string::npos);
}
