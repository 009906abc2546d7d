#include "control/heartbeat.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace hil::control {

Heartbeat::Heartbeat(Clock& clock, plant::Link& link, const config::Heartbeat& beat, std::uint64_t from)
    : clock_(clock), link_(link), period_(beat.period) {
    const auto point = link.map().find(beat.point);
    if (!point) throw std::invalid_argument(fmt::format("the endpoint has no point {}", beat.point));
    point_ = *point;
    most_ = static_cast<std::uint64_t>(link.map().codec(point_).most_counts());
    value_ = std::min(from, most_);
}

awaitable<void> Heartbeat::run(Instant anchor) {
    Ticker ticker(clock_, anchor, period_, Phase::other);
    for (;;) {
        const auto step = co_await ticker.next();
        const auto& status = link_.status();
        if (status.state != plant::LinkState::connected) {
            last_.reset();
            continue;
        }
        if (status.session != session_) {
            session_ = status.session;
            last_.reset();
        } else {
            statistics_.skipped += static_cast<std::uint64_t>(step.skipped);
        }
        statistics_.worst_lateness = std::max(statistics_.worst_lateness, step.lateness);
        value_ = value_ >= most_ ? 0 : value_ + 1;
        const auto value = link_.map().codec(point_).from_counts(static_cast<double>(value_));
        auto written = co_await link_.write(point_, value, plant::Priority::control, link_.epoch());
        // A stop or a pause that came meanwhile is no reason to be taken for dead.
        if (written.error() == plant::errc::superseded)
            written = co_await link_.write(point_, value, plant::Priority::control, link_.epoch());
        if (!written) {
            ++statistics_.failed;
            continue;
        }
        ++statistics_.beats;
        const auto now = clock_.now();
        if (last_) statistics_.longest_silence = std::max(statistics_.longest_silence, now - *last_);
        last_ = now;
    }
}

}  // namespace hil::control
