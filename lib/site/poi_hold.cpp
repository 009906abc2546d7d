#include "site/poi_hold.hpp"

#include <algorithm>
#include <cmath>

namespace hil::site {

PoiHold::PoiHold(const HoldOptions& options)
    : options_(options),
      fast_(options.delay_s / options.delay_factor, options.kw_per_s * options.ramp_factor),
      slow_(options.delay_s * options.delay_factor, options.kw_per_s / options.ramp_factor) {}

void PoiHold::measured(double poi_kw, double at_s) {
    if (!std::isfinite(poi_kw) || (measured_at_ && at_s <= *measured_at_)) return;
    measured_at_ = at_s;
    const double a = poi_kw - fast_.at(at_s), b = poi_kw - slow_.at(at_s);
    const auto [low, high] = std::minmax(a, b);
    disturbance_ = disturbance_ ? std::clamp(*disturbance_, low, high) : (low + high) / 2;
    fast_.forget(at_s);
    slow_.forget(at_s);
}

std::optional<double> PoiHold::decide(double poi_kw, double least_kw, double most_kw, double now_s) {
    if (!disturbance_) return std::nullopt;
    const double wanted = std::clamp(poi_kw - *disturbance_, least_kw, std::max(least_kw, most_kw));
    const bool within = told_kw_ && *told_kw_ >= least_kw && *told_kw_ <= most_kw;
    if (within && std::abs(wanted - *told_kw_) <= options_.dead_band_kw) return told_kw_;
    told(wanted, now_s);
    return told_kw_;
}

void PoiHold::told(double kw, double now_s) {
    if (told_kw_ == kw) return;
    told_kw_ = kw;
    fast_.told(kw, now_s);
    slow_.told(kw, now_s);
}

}  // namespace hil::site
