// What a cell of a workbook says as a time.
#pragma once

#include "planfile/workbook.hpp"

#include <string>
#include <string_view>

namespace hil::planfile {

inline constexpr std::string_view formula_without_value =
    "is a formula without its value: open the workbook in a spreadsheet program and save it";

// ISO 8601, with an offset only where the cell's format says it. A cell has no zone: what is written behind
// the time of a date in ISO 8601 is dropped, for some programs write the clock of the wall with a Z. Empty
// for what is no time.
std::string time_of(const WorkbookCell& cell, bool system_1904);

}  // namespace hil::planfile
