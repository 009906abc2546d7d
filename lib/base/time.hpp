// The two notions of time every part shares, as types that cannot be mixed up.
#pragma once

#include <chrono>
#include <cstdint>

namespace hil {

using Duration = std::chrono::nanoseconds;

// Monotonic time of the site: simulated when the site is. Never reads a system clock by itself.
struct Timeline {
    using rep = Duration::rep;
    using period = Duration::period;
    using duration = Duration;
    using time_point = std::chrono::time_point<Timeline, Duration>;
    static constexpr bool is_steady = true;
};
using Instant = Timeline::time_point;

// Unscaled monotonic time, for deadlines of real sockets and round-trip times.
struct IoTimeline {
    using rep = Duration::rep;
    using period = Duration::period;
    using duration = Duration;
    using time_point = std::chrono::time_point<IoTimeline, Duration>;
    static constexpr bool is_steady = true;
};
using IoInstant = IoTimeline::time_point;

// UTC. Shown to people and written to files in the configured zone (see zone.hpp).
using WallTime = std::chrono::sys_time<Duration>;

constexpr Duration seconds(double s) {
    return Duration{static_cast<std::int64_t>(s * 1e9 + (s < 0 ? -0.5 : 0.5))};
}

constexpr double to_seconds(Duration d) {
    return static_cast<double>(d.count()) * 1e-9;
}

}  // namespace hil
