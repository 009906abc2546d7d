// The scenarios that are shipped, and what became of them.
#pragma once

#include "simulate/scenarios/run.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace hil::simulate {

inline const std::filesystem::path scenario_directory = HIL_SOURCE_DIR "/etc/scenarios";

inline std::vector<std::filesystem::path> shipped_scenarios() {
    std::vector<std::filesystem::path> out;
    for (const auto& entry : std::filesystem::directory_iterator(scenario_directory))
        if (entry.path().extension() == ".json") out.push_back(entry.path());
    std::ranges::sort(out);
    return out;
}

inline ScenarioSetup loaded(const std::filesystem::path& file) {
    auto read = load_scenario(file, HIL_SOURCE_DIR "/etc/hil.json");
    if (const auto* problems = std::get_if<std::vector<std::string>>(&read)) {
        for (const auto& problem : *problems)
            UNSCOPED_INFO(problem);
        FAIL("a scenario was refused");
    }
    return std::move(std::get<ScenarioSetup>(read));
}

// The verdicts of those expectations that were not kept, a line each.
inline std::string broken(const ScenarioOutcome& outcome) {
    std::string out;
    for (const auto& verdict : outcome.verdicts)
        if (!verdict.kept) out += verdict.sentence + ": " + verdict.finding + "\n";
    return out;
}

}  // namespace hil::simulate
