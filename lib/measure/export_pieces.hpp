// How the exports go through a range.
#pragma once

#include "measure/export.hpp"

#include <functional>
#include <vector>

namespace hil::measure {

// Hands over the rows of a request in order, a day at a time; false when `take` refused.
bool export_pieces(HistoryTables& history, const ExportRequest& request,
                   const std::function<bool(const std::vector<Row>&)>& take);

}  // namespace hil::measure
