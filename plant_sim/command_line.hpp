// The command line of plant_sim, read and checked: one sentence for every mistake.
#pragma once

#include "config/config.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace hil::plant_sim {

struct ProgramOptions {
    std::filesystem::path config_file;
    bool config_found_here = false;   // nobody named it
    std::vector<std::string> plants;  // ids in the order given, each once; empty: every plant of the file
    config::TransportMode endpoint = config::TransportMode::local;  // which endpoint of a plant is served
    double speed = 1.0;
    bool strict = false;              // refuses what a device would refuse, see Strictness
    std::uint64_t seed = 0;           // of noise, and of faults with a probability
    std::optional<Endpoint> control;  // where the control endpoint listens; port 0: one the system chooses
};

struct HelpRequest {
    std::string text;
};

struct UsageError {
    std::string sentence;
};

// `arguments` without the program's name.
std::variant<ProgramOptions, HelpRequest, UsageError> parse_command_line(
    const std::vector<std::string>& arguments);

}  // namespace hil::plant_sim
