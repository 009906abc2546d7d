// The runs of `hil_scheduler run --scenario`.
#pragma once

#include <filesystem>
#include <vector>

namespace hil::app {

struct ScenarioOptions {
    std::filesystem::path config_file;
    bool config_found_here = false;                // nobody named it
    std::vector<std::filesystem::path> scenarios;  // files, or directories of them
    std::filesystem::path junit;                   // empty: none
    std::filesystem::path data_dir, trace;         // the same; with one scenario only
    std::filesystem::path report;                  // the same; of several scenarios a directory, a file each
};

int scenario_command(const ScenarioOptions& options);

}  // namespace hil::app
