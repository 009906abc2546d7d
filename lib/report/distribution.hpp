// How long a magnitude was how large: for quantiles by time, in bounded memory.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <map>

namespace hil::report {

class Distribution {
  public:
    // Magnitudes are told apart to a thousandth, and less finely once there are too many different ones.
    explicit Distribution(std::size_t most_values = 50'000) : most_values_(most_values) {}

    // Precondition: the magnitude is finite and not negative.
    void add(double magnitude, Duration time);
    // The least magnitude that was not exceeded for that share (0..1) of the time; 0 without any time.
    [[nodiscard]] double quantile(double share) const;

  private:
    void coarsen();

    std::size_t most_values_;
    double quantum_ = 1e-3;
    std::map<std::int64_t, Duration> times_;  // by magnitude in quanta
    Duration total_{};
};

}  // namespace hil::report
