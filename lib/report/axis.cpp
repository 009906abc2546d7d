#include "report/axis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace hil::report {

Axis fitted_axis(double low, double high, bool zero) {
    if (zero) {
        low = std::min(low, 0.0);
        high = std::max(high, 0.0);
    }
    const double room = high > low ? (high - low) * 0.06 : (high != 0 ? std::abs(high) * 0.01 : 0.5);
    return {low - room, high + room};
}

double nice_step(double span, int steps) {
    const double raw = span / steps;
    const double power = std::pow(10, std::floor(std::log10(raw)));
    const double times = raw / power;
    return (times <= 1 ? 1 : times <= 2 ? 2 : times <= 2.5 ? 2.5 : times <= 5 ? 5 : 10) * power;
}

int decimals_of(double step) {
    for (int decimals = 0; decimals < 9; ++decimals) {
        const double scaled = step * std::pow(10, decimals);
        if (std::abs(scaled - std::round(scaled)) < 1e-6 * scaled) return decimals;
    }
    return 9;
}

std::string path_of(const Curve& curve, double end, const std::function<double(WallTime)>& x,
                    const std::function<double(double)>& y) {
    std::string d;
    bool open = false;
    for (const auto& point : curve.points) {
        const double px = x(point.at);
        if (!point.known()) {
            if (open) d += fmt::format("H{:.1f}", px);
            open = false;
            continue;
        }
        const double py = y(point.value);
        d += open ? fmt::format("H{:.1f}V{:.1f}", px, py) : fmt::format("M{:.1f} {:.1f}", px, py);
        open = true;
    }
    if (open) d += fmt::format("H{:.1f}", end);
    return d;
}

}  // namespace hil::report
