// What was recorded of a plant in a scenario.
#pragma once

#include "measure/file_store.hpp"
#include "measure/row.hpp"
#include "service/setup.hpp"

#include <cstddef>
#include <vector>

namespace hil::simulate {

// From the files as they are on the disk in the end, in their order. What cannot be read is not there.
std::vector<measure::Row> recorded_rows(measure::FileStore& files, const service::Setup& setup,
                                        std::size_t plant);

}  // namespace hil::simulate
