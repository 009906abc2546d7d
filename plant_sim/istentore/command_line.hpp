// The command line of istentore_sim, read and checked: one sentence for every mistake.
#pragma once

#include "plant_sim/command_line.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace hil::plant_sim {

struct IstentoreOptions {
    std::string host = "127.0.0.1";                    // the address it listens on
    std::uint16_t port = 0;                            // 0: one the system chooses
    std::filesystem::path certificate_file, key_file;  // PEM
    std::filesystem::path products_file, faults_file;  // empty: none
    std::uint64_t seed = 0;                            // of tokens, and of faults with a probability
    std::string email, password;                       // from the environment
};

// `arguments` without the program's name. The login is not among them: it comes from the environment.
std::variant<IstentoreOptions, HelpRequest, UsageError> parse_istentore_command_line(
    const std::vector<std::string>& arguments);

}  // namespace hil::plant_sim
