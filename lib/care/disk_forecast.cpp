#include "care/disk_forecast.hpp"

namespace hil::care {
namespace {

constexpr Duration remembered = std::chrono::hours(24), least = std::chrono::hours(1);
constexpr double day_s = 86'400;
constexpr std::size_t most_looks = 2000;

}  // namespace

void DiskForecast::add(WallTime at, std::uint64_t free_bytes) {
    // The wall clock was set back: what was seen before tells nothing of when.
    if (!looks_.empty() && at <= looks_.back().at) looks_.clear();
    looks_.push_back({at, static_cast<double>(free_bytes)});
    while (at - looks_.front().at > remembered || looks_.size() > most_looks)
        looks_.pop_front();
}

std::optional<double> DiskForecast::days_left() const {
    if (looks_.size() < 3 || looks_.back().at - looks_.front().at < least) return std::nullopt;
    const auto n = static_cast<double>(looks_.size());
    double t = 0, y = 0;
    for (const auto& look : looks_) {
        t += to_seconds(look.at - looks_.front().at) / n;
        y += look.free / n;
    }
    double tt = 0, ty = 0;
    for (const auto& look : looks_) {
        const double dt = to_seconds(look.at - looks_.front().at) - t;
        tt += dt * dt;
        ty += dt * (look.free - y);
    }
    const double slope = ty / tt;  // bytes a second
    // Less than a megabyte a day is no trend that anybody could act on.
    if (slope > -1e6 / day_s) return std::nullopt;
    return looks_.back().free / -slope / day_s;
}

}  // namespace hil::care
