// From a scenario's file to what is run: the configuration with the scenario's changes, the plants as they
// really are, and the scenario checked against both.
#pragma once

#include "scenario/scenario.hpp"
#include "service/setup.hpp"

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace hil::simulate {

// Where the platform of a scenario is.
inline const Endpoint scenario_platform{"127.0.0.1", 8443};

struct ScenarioSetup {
    std::filesystem::path file;
    service::Setup setup;                // of the service, remote transport
    std::vector<config::Plant> devices;  // the plants, which the service reaches at their remote endpoints
    scenario::Scenario scenario;
};

// Every problem of the file and of the configuration it makes, or what to run. `config_file` is what it
// changes; nothing else of the environment matters, so that a scenario is the same everywhere.
std::variant<ScenarioSetup, std::vector<std::string>> load_scenario(const std::filesystem::path& file,
                                                                    const std::filesystem::path& config_file);

}  // namespace hil::simulate
