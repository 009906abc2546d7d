#include "report/distribution.hpp"

#include <cmath>
#include <utility>

namespace hil::report {

void Distribution::add(double magnitude, Duration time) {
    if (time <= Duration::zero()) return;
    constexpr double largest = 1e15;
    times_[static_cast<std::int64_t>(std::llround(std::min(magnitude / quantum_, largest)))] += time;
    total_ += time;
    while (times_.size() > most_values_)
        coarsen();
}

void Distribution::coarsen() {
    quantum_ *= 2;
    std::map<std::int64_t, Duration> fewer;
    for (const auto& [value, time] : times_)
        fewer[(value + 1) / 2] += time;
    times_ = std::move(fewer);
}

double Distribution::quantile(double share) const {
    const double wanted = to_seconds(total_) * share;
    double seen = 0;
    double value = 0;
    for (const auto& [quanta, time] : times_) {
        value = static_cast<double>(quanta) * quantum_;
        seen += to_seconds(time);
        if (seen >= wanted * (1 - 1e-12)) break;
    }
    return value;
}

}  // namespace hil::report
