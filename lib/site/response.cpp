#include "site/response.hpp"

#include <cmath>

namespace hil::site {

Response::Response(double delay_s, double kw_per_s, double kw) : delay_(delay_s), rate_(kw_per_s) {
    corners_.push_back({-1e300, kw});
}

void Response::told(double kw, double at_s) {
    const double begins = at_s + delay_;
    const double from = at(begins);
    while (corners_.size() > 1 && corners_.back().s >= begins)
        corners_.pop_back();
    corners_.push_back({begins, from});
    const double lasts = std::isfinite(rate_) ? std::abs(kw - from) / rate_ : 0.0;
    corners_.push_back({begins + lasts, kw});
}

double Response::at(double s) const {
    auto after = corners_.begin();
    while (after != corners_.end() && after->s <= s)
        ++after;
    if (after == corners_.begin()) return after->kw;
    const auto before = std::prev(after);
    if (after == corners_.end() || after->s <= before->s) return before->kw;
    // The first corner lies before all time, and what follows it begins where it stands.
    if (before->s < -1e299) return before->kw;
    return before->kw + (after->kw - before->kw) * (s - before->s) / (after->s - before->s);
}

void Response::forget(double before_s) {
    while (corners_.size() > 2 && corners_[1].s < before_s)
        corners_.pop_front();
}

}  // namespace hil::site
