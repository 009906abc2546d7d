// The parts of a scenario file, read one by one.
#pragma once

#include "scenario/fields.hpp"
#include "scenario/parser.hpp"
#include "scenario/time_line.hpp"

#include <string>
#include <vector>

namespace hil::scenario {

struct Reading {
    const Subject& subject;
    TimeLine& times;
    config::Problems& problems;
    bool platform = false;  // the site has a market platform
};

// A plan file's name, or rows as in a plan file of JSON.
std::optional<planfile::PlanFile> read_plan(Fields& fields, std::string_view key, const Subject& subject);
// The id of a configured plant.
std::optional<std::string> read_plant(Fields& fields, std::string_view key, const Subject& subject,
                                      bool needed = true);

// "plant.stop of lib"
std::string describe(const AskFor& asked);

std::vector<Step> read_steps(const boost::json::value& value, const Reading& reading);
std::vector<Expectation> read_expectations(const boost::json::value& value, const Reading& reading,
                                           const std::vector<Step>& steps);

}  // namespace hil::scenario
