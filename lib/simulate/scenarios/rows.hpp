// What was recorded of a plant in a scenario.
#pragma once

#include "measure/file_store.hpp"
#include "measure/row.hpp"
#include "scenario/judge.hpp"
#include "service/setup.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace hil::simulate {

// From the files as they are on the disk in the end, in their order. What cannot be read is not there.
std::vector<measure::Row> recorded_rows(measure::FileStore& files, const service::Setup& setup,
                                        std::size_t plant);

// Each of them, told to the judge as "measured" or "null", and as "out_of_order" where times do not grow.
void judge_rows(scenario::Judge& judge, const std::string& plant, WallTime from,
                const std::vector<measure::Row>& rows);

}  // namespace hil::simulate
