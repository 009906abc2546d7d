// Runs a scenario: the production service, its plants and its platform in one process, over streams in memory
// and on a clock that jumps, so that a day takes about a second and is the same every time.
#pragma once

#include "app/scenario_setup.hpp"
#include "app/trace.hpp"
#include "scenario/judge.hpp"

#include <map>
#include <string>
#include <vector>

namespace hil::app {

// Something that was done to the site, for a time line.
struct ScenarioMark {
    WallTime at;
    std::string kind;   // fault, command, plan, service, plant, platform, write
    std::string plant;  // empty: the site
    std::string text;
};

struct ScenarioOutcome {
    std::vector<scenario::Verdict> verdicts;
    std::vector<ScenarioMark> marks;
    WallTime from, until;
    std::map<std::string, std::string> files;  // by path below "data"
    std::uint64_t requests = 0;

    [[nodiscard]] bool kept() const;
};

ScenarioOutcome run_scenario(const ScenarioSetup& setup, Trace::Sink trace = {});

}  // namespace hil::app
