#include "planfile/even_grid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace hil::planfile {

namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

Duration beside(WallTime at, WallTime origin, Duration step) {
    const auto rest = ((at - origin) % step + step) % step;
    return std::min(rest, step - rest);
}

WallTime nearest(WallTime at, WallTime origin, Duration step) {
    const auto rest = ((at - origin) % step + step) % step;
    return rest <= step / 2 ? at - rest : at + (step - rest);
}

bool all_within(std::span<const WallTime> times, WallTime origin, Duration step, Duration reach) {
    return std::ranges::all_of(times, [&](WallTime at) { return beside(at, origin, step) <= reach; });
}

std::optional<MovedToGrid> moved(std::span<WallTime> times, WallTime origin, Duration step, Duration reach) {
    MovedToGrid out{.step = step};
    for (std::size_t i = 0; i < times.size(); ++i) {
        const auto off = beside(times[i], origin, step);
        if (off > reach) return std::nullopt;
        if (i > 0 && nearest(times[i], origin, step) <= nearest(times[i - 1], origin, step))
            return std::nullopt;
        out.farthest = std::max(out.farthest, off);
    }
    if (out.farthest == Duration{}) return std::nullopt;
    for (auto& at : times)
        at = nearest(at, origin, step);
    return out;
}

}  // namespace

std::string MovedToGrid::note() const {
    const auto off = farthest < milliseconds(1) ? std::string("less than 1")
                                                : fmt::format("up to {}", farthest / milliseconds(1));
    const auto grid = step == Duration(minutes(1))   ? std::string("whole minutes")
                      : step == Duration(seconds(1)) ? std::string("whole seconds")
                                                     : fmt::format("{} s", step / seconds(1));
    return fmt::format("the times lie {} ms beside an even grid of {} and were put on it", off, grid);
}

std::optional<MovedToGrid> put_on_even_grid(std::span<WallTime> times, bool computed) {
    // A single number of a workbook is a little beside its minute as well as many are.
    if (times.size() < (computed ? 1U : 2U)) return std::nullopt;
    const Duration minute = minutes(1), second = seconds(1);
    const auto first = std::chrono::round<std::chrono::seconds>(times.front());
    // Whole seconds that all are beside the minute alike may be meant.
    if (first == times.front() && all_within(times, first, minute, Duration{})) return std::nullopt;
    for (const WallTime origin : {WallTime{}, WallTime(first)}) {
        if (auto out = moved(times, origin, minute, second)) return out;
    }
    if (computed) {
        if (auto out = moved(times, WallTime{}, second, milliseconds(250))) return out;
    }
    // Shorter steps drift by less; whole seconds, or the same part of one everywhere, are meant.
    if (all_within(times, times.front(), second, Duration{})) return std::nullopt;
    for (const auto step : {seconds(30), seconds(20), seconds(15), seconds(10), seconds(5)}) {
        if (auto out = moved(times, WallTime{}, step, std::min<Duration>(second, Duration(step) / 20)))
            return out;
    }
    return std::nullopt;
}

std::string common_offset_note(std::span<const WallTime> times) {
    if (times.size() < 2) return {};
    const Duration minute = minutes(1);
    const auto beyond = ((times.front() - WallTime{}) % minute + minute) % minute;
    const auto tolerance = seconds(1);
    if (beyond < tolerance || minute - beyond < tolerance ||
        !all_within(times, times.front(), minute, milliseconds(20)))
        return {};
    const auto whole = beyond / seconds(1);
    return fmt::format(
        "all times lie {} s behind a whole minute, {} s before the next, and are taken so; some programs "
        "write them so by mistake",
        whole, 60 - whole);
}

}  // namespace hil::planfile
