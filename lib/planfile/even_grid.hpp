// Times that a spreadsheet filled down: each a little beside the minute that was meant.
#pragma once

#include "base/time.hpp"

#include <optional>
#include <span>
#include <string>

namespace hil::planfile {

struct MovedToGrid {
    Duration step{};      // of the grid
    Duration farthest{};  // how far the farthest time lay beside it

    // "the times lie up to 20 ms beside an even grid of whole minutes and were put on it"
    [[nodiscard]] std::string note() const;
};

// Puts the times, which increase, on one even grid of minutes when every one of them lies within a second of
// it, and tells how far they were off; times with parts of a second also on one of 30, 20, 15, 10 or 5 s from
// a twentieth of that. Nothing is changed, and none returned, when they lie on an even grid already, when one
// of them lies further off (it is meant then), or when two would become one. `computed`: they are numbers of
// a workbook, where sums drift; then also on whole seconds, from a quarter of one.
std::optional<MovedToGrid> put_on_even_grid(std::span<WallTime> times, bool computed);

// A sentence when all times lie beside whole minutes by the same whole number of seconds, as some programs
// write them that meant the minutes; they are not moved. Empty otherwise.
std::string common_offset_note(std::span<const WallTime> times);

}  // namespace hil::planfile
