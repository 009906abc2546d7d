// Runs a scenario: the production service, its plants and its platform in one process, over streams in memory
// and on a clock that jumps, so that a day takes about a second and is the same every time.
#pragma once

#include "measure/row.hpp"
#include "report/document.hpp"
#include "scenario/judge.hpp"
#include "simulate/scenarios/setup.hpp"
#include "simulate/trace.hpp"
#include "store/database.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace hil::simulate {

struct ScenarioOutcome {
    std::vector<scenario::Verdict> verdicts;
    std::vector<report::Mark> marks;  // what was done to the site, for a time line
    WallTime from, until;
    std::map<std::string, std::string> files;  // by path below "data"
    std::uint64_t requests = 0;
    std::shared_ptr<store::Database> database;    // with events, plans, commands
    std::vector<std::vector<measure::Row>> rows;  // recorded, by plant

    [[nodiscard]] bool kept() const;
};

ScenarioOutcome run_scenario(const ScenarioSetup& setup, Trace::Sink trace = {});

}  // namespace hil::simulate
