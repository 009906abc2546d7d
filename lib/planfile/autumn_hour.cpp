#include "planfile/autumn_hour.hpp"

#include <fmt/format.h>

namespace hil::planfile {

std::string autumn_note(WallTime from, WallTime to, const Zone& zone) {
    const auto before = zone.local(from).offset, after = zone.local(to).offset;
    if (after != before - std::chrono::hours(1)) return {};
    // Where the clock is put back: found by halves.
    WallTime low = from, high = to;
    while (high - low > Duration(1)) {
        const auto middle = low + (high - low) / 2;
        (zone.local(middle).offset == before ? low : high) = middle;
    }
    const auto change = high;
    if (to - change < std::chrono::hours(1) || change - from > std::chrono::hours(1)) return {};
    return fmt::format(
        "the hour from {} to {}, which the clock shows a second time, has no rows of its own: what stands "
        "at {} holds through it (write offsets to say otherwise)",
        zone.format(change), zone.format(change + std::chrono::hours(1)), zone.format(from));
}

}  // namespace hil::planfile
