#include "base/water_filling.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace hil {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

double part_of(const Share& share, double level) {
    if (!(share.weight > 0)) return std::clamp(0.0, share.least, std::max(share.least, share.most));
    return std::clamp(level * share.weight, share.least, std::max(share.least, share.most));
}

// The sum at a level, how it rises to either side of it, and where it bends next.
struct At {
    double sum = 0, slope_below = 0, slope_above = 0, bend_below = -infinite, bend_above = infinite;
};

At look(std::span<const Share> shares, double level) {
    At out;
    for (const auto& share : shares) {
        const double part = part_of(share, level);
        out.sum += part;
        if (!(share.weight > 0)) continue;
        const double low = share.least / share.weight,
                     high = std::max(share.least, share.most) / share.weight;
        if (low < level && level <= high) out.slope_below += share.weight;
        if (low <= level && level < high) out.slope_above += share.weight;
        for (const double bend : {low, high}) {
            if (bend < level) out.bend_below = std::max(out.bend_below, bend);
            if (bend > level) out.bend_above = std::min(out.bend_above, bend);
        }
    }
    return out;
}

}  // namespace

WaterFilling fill(std::span<const Share> shares, double demand) {
    WaterFilling out;
    double least = 0, most = 0, low = infinite, high = -infinite;
    for (const auto& share : shares) {
        least += part_of(share, -infinite);
        most += part_of(share, infinite);
        if (!(share.weight > 0)) continue;
        low = std::min(low, share.least / share.weight);
        high = std::max(high, std::max(share.least, share.most) / share.weight);
    }
    const double wanted = std::clamp(demand, least, std::max(least, most));
    if (low <= high) {
        double level = std::clamp(0.0, low, high);
        // Each pass halves what is left at worst; Newton ends within a handful.
        for (int pass = 0; pass < 200; ++pass) {
            const auto at = look(shares, level);
            const double off = wanted - at.sum;
            if (std::abs(off) <= 1e-12 * std::max(1.0, std::abs(wanted))) break;
            (off > 0 ? low : high) = level;
            double next = off > 0 ? at.bend_above : at.bend_below;
            const double slope = off > 0 ? at.slope_above : at.slope_below;
            if (slope > 0) {
                // Straight up to the next bend; beyond it a guess that the bounds keep safe.
                const double step = level + off / slope;
                const bool before_bend = off > 0 ? step <= at.bend_above : step >= at.bend_below;
                next = step;
                if (!before_bend && (step <= low || step >= high)) next = (low + high) / 2;
            }
            if (!std::isfinite(next) || next == level) break;
            level = std::clamp(next, low, high);
        }
        out.level = level;
    }
    out.parts.reserve(shares.size());
    for (const auto& share : shares) {
        out.parts.push_back(part_of(share, out.level));
        out.delivered += out.parts.back();
    }
    out.missing = demand - out.delivered;
    if (std::abs(out.missing) <= 1e-9 * std::max(1.0, std::abs(demand))) out.missing = 0;
    return out;
}

double optimality_residual(std::span<const Share> shares, const WaterFilling& filling) {
    double worst = 0, least = 0, most = 0, sum = 0;
    for (std::size_t i = 0; i < shares.size(); ++i) {
        const auto& share = shares[i];
        const double part = filling.parts[i], top = std::max(share.least, share.most);
        sum += part;
        least += part_of(share, -infinite);
        most += part_of(share, infinite);
        worst = std::max({worst, share.least - part, part - top});
        if (!(share.weight > 0)) continue;
        // Between its bounds a part is its share of the level; at a bound the level pulls it there.
        const double pull = filling.level * share.weight - part;
        if (part > share.least && pull < 0) worst = std::max(worst, -pull);
        if (part < top && pull > 0) worst = std::max(worst, pull);
    }
    const double wanted = std::clamp(filling.delivered + filling.missing, least, std::max(least, most));
    return std::max(worst, std::abs(sum - wanted));
}

}  // namespace hil
