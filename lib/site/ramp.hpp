// How fast a value may follow what is asked for. Pure.
#pragma once

#include <algorithm>
#include <cmath>

namespace hil::site {

class Ramp {
  public:
    // `kw_per_s` > 0; infinite: at once. A change of less than `dead_band_kw` is made at once as well.
    Ramp(double kw_per_s, double dead_band_kw) : rate_(kw_per_s), dead_band_(dead_band_kw) {}

    // The value after so many seconds on the way to `target_kw`.
    double next(double target_kw, double dt_s) {
        constexpr double there = 0.001;  // kW: what is so near is there
        const double way = target_kw - value_;
        const double most = rate_ * std::max(dt_s, 0.0);
        value_ = std::abs(way) < dead_band_ || std::abs(way) <= most + there
                     ? target_kw
                     : value_ + std::copysign(most, way);
        return value_;
    }
    // In an emergency, and where another has written the value: at once.
    void set(double kw) { value_ = kw; }
    [[nodiscard]] double value() const { return value_; }
    // How long the way takes, in seconds.
    [[nodiscard]] double duration_s(double target_kw) const {
        const double way = std::abs(target_kw - value_);
        return way < dead_band_ ? 0 : way / rate_;
    }

  private:
    double rate_, dead_band_, value_ = 0;
};

}  // namespace hil::site
