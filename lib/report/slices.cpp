#include "report/slices.hpp"

#include <algorithm>
#include <cmath>

namespace hil::report {
namespace {

using measure::Column;

constexpr Duration a_day = std::chrono::hours(24);

}  // namespace

std::vector<WallTime> slice_bounds(measure::Range range, const Zone& zone) {
    const Duration length = range.to - range.from;
    std::vector<WallTime> bounds{range.from};
    if (length <= 31 * a_day) {
        const Duration width =
            length <= 4 * a_day ? Duration(std::chrono::minutes(15)) : Duration(std::chrono::hours(1));
        auto at = WallTime{(range.from.time_since_epoch() / width + 1) * width};
        for (; at < range.to; at += width)
            bounds.push_back(at);
    } else {
        for (auto day = next_day(zone.date(range.from)); zone.midnight(day) < range.to; day = next_day(day))
            bounds.push_back(zone.midnight(day));
    }
    bounds.push_back(range.to);
    return bounds;
}

Slicer::Slicer(std::vector<WallTime> bounds) {
    for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
        Slice slice{.from = bounds[i], .to = bounds[i + 1], .means = {}};
        slice.means.fill(measure::unknown);
        slices_.push_back(slice);
    }
    sums_.resize(slices_.size());
}

void Slicer::take(const Episode& episode) {
    if (episode.row == nullptr) return;
    const auto& row = *episode.row;
    while (open_ + 1 < slices_.size() && slices_[open_].to <= episode.from)
        ++open_;
    const double power = std::isnan(row[Column::p_battery]) ? row[Column::p_poi] : row[Column::p_battery];
    for (std::size_t i = open_; i < slices_.size() && (i == open_ || slices_[i].from < episode.to); ++i) {
        auto& slice = slices_[i];
        auto& sum = sums_[i];
        const Duration time = std::min(episode.to, slice.to) - std::max(episode.from, slice.from);
        sum.any += time;
        for (std::size_t c = 0; c < measure::column_count; ++c) {
            if (std::isnan(row.values[c])) continue;
            sum.integrals[c] += row.values[c] * to_seconds(time);
            sum.known[c] += time;
        }
        if (!std::isnan(row[Column::soc])) slice.soc_end = row[Column::soc];
        if (std::isnan(power)) continue;
        (power > 0 ? slice.discharged_kwh : slice.charged_kwh) += std::abs(power) * to_seconds(time) / 3600;
    }
}

std::vector<Slice> Slicer::result() const {
    auto out = slices_;
    for (std::size_t i = 0; i < out.size(); ++i) {
        for (std::size_t c = 0; c < measure::column_count; ++c) {
            if (sums_[i].known[c] > Duration::zero())
                out[i].means[c] = sums_[i].integrals[c] / to_seconds(sums_[i].known[c]);
        }
        out[i].coverage = to_seconds(sums_[i].any) / to_seconds(out[i].to - out[i].from);
    }
    return out;
}

}  // namespace hil::report
