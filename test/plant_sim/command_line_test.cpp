#include "plant_sim/command_line.hpp"

#include "support/catch.hpp"

using namespace hil;
using namespace hil::plant_sim;

namespace {

ProgramOptions accepted(const std::vector<std::string>& arguments) {
    const auto command = parse_command_line(arguments);
    if (const auto* mistake = std::get_if<UsageError>(&command)) FAIL(mistake->sentence);
    REQUIRE(std::holds_alternative<ProgramOptions>(command));
    return std::get<ProgramOptions>(command);
}

std::string refused(const std::vector<std::string>& arguments) {
    const auto command = parse_command_line(arguments);
    const auto* mistake = std::get_if<UsageError>(&command);
    return mistake ? mistake->sentence : "";
}

}  // namespace

TEST_CASE("without options every plant is served on its local endpoint in real time") {
    const auto options = accepted({});
    CHECK(options.config_file.filename() == "hil.json");
    CHECK(options.plants.empty());
    CHECK(options.endpoint == config::TransportMode::local);
    CHECK(options.speed == 1.0);
    CHECK(options.seed == 0);
}

TEST_CASE("every option is taken over") {
    const auto options =
        accepted({"--config", "a/b.json", "--plant", "vrfb", "--plant=lib", "--plant", "vrfb", "--endpoint",
                  "remote", "--speed", "2.5", "--seed", "18446744073709551615"});
    CHECK(options.config_file == "a/b.json");
    CHECK(options.plants == std::vector<std::string>{"vrfb", "lib"});
    CHECK(options.endpoint == config::TransportMode::remote);
    CHECK(options.speed == 2.5);
    CHECK(options.seed == 18446744073709551615U);
}

TEST_CASE("a mistake on the command line is a sentence that names option and value") {
    CHECK(refused({"--endpoint", "both"}) == "--endpoint: must be local or remote, got \"both\"");
    for (const auto* speed : {"0", "-1", "nan", "inf", "1e7", "fast", "2x", ""}) {
        CHECK(refused({"--speed=" + std::string(speed)}).find("--speed") != std::string::npos);
    }
    for (const auto* seed : {"-1", "1.5", "18446744073709551616", "x"}) {
        CHECK(refused({"--seed=" + std::string(seed)}).find("--seed: must be a whole number") == 0);
    }
    CHECK(refused({"--config", ""}).find("config") != std::string::npos);
    CHECK(refused({"--speeed", "3"}).find("speeed") != std::string::npos);
    CHECK(refused({"--plan", "lib"}).find("plan") != std::string::npos);  // no guessing of a prefix
    CHECK(refused({"stray"}) != "");
    CHECK(refused({"--speed", "1", "--speed", "2"}) != "");
}

TEST_CASE("what this version does not have yet is refused by name") {
    CHECK(refused({"--control", "9000"}) == "--control: must be HOST:PORT, got \"9000\"");
    CHECK(refused({"--control", "localhost:99999"}) ==
          "--control: must be HOST:PORT, got \"localhost:99999\"");
    CHECK(refused({"--scenario", "x.json"}) == "--scenario: scenarios are not part of this version");
}

TEST_CASE("help lists the options and needs nothing else to be right") {
    const auto command = parse_command_line({"--help", "--speed", "0"});
    REQUIRE(std::holds_alternative<HelpRequest>(command));
    CHECK(std::get<HelpRequest>(command).text.find("--endpoint local|remote") != std::string::npos);
}
