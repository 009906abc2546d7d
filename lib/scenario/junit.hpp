// Verdicts as JUnit XML, which every continuous integration reads.
#pragma once

#include "base/time.hpp"
#include "scenario/judge.hpp"

#include <span>
#include <string>
#include <vector>

namespace hil::scenario {

struct Suite {
    std::string name;  // of the scenario
    std::string file;
    double wall_s = 0;  // how long it took to run
    std::vector<Verdict> verdicts;
};

std::string junit(std::span<const Suite> suites);

}  // namespace hil::scenario
