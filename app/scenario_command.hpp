// The runs of `hil_scheduler run --scenario`.
#pragma once

#include <filesystem>
#include <vector>

namespace hil::app {

struct ScenarioOptions {
    std::filesystem::path config_file;
    std::vector<std::filesystem::path> scenarios;   // files, or directories of them
    std::filesystem::path junit;                    // empty: none
    std::filesystem::path data_dir, trace, report;  // the same; with one scenario only
};

int scenario_command(const ScenarioOptions& options);

}  // namespace hil::app
