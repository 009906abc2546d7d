// Fewer rows that still show every peak.
#pragma once

#include "measure/history.hpp"
#include "measure/row.hpp"

#include <span>
#include <vector>

namespace hil::measure {

// The rows of a stretch that carry the smallest and the largest value of each column (the first of several),
// and its first null row, in order of time: seventeen at most. The extremes of such rows of two stretches are
// those of both.
std::vector<Row> extremes(std::span<const Row> rows);

// At most `points` of the rows (but never fewer than seventeen): the range is cut into equal intervals, as
// many as `points` allow, and each keeps its extremes. First and last row stay.
std::vector<Row> downsample(std::vector<Row> rows, Range range, std::size_t points);

}  // namespace hil::measure
