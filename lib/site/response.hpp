// What a device gives after what it was told, as far as one can know: each command takes effect after a
// delay, then the power goes there at no more than a rate. Pure; piecewise linear and exact.
#pragma once

#include <deque>

namespace hil::site {

class Response {
  public:
    // `delay_s` >= 0; `kw_per_s` > 0, infinite: at once. It stands at `kw` since ever.
    Response(double delay_s, double kw_per_s, double kw = 0);

    // Told to go to `kw` from here on. Precondition: times do not go back.
    void told(double kw, double at_s);
    // What it gives at any time since the last forget().
    [[nodiscard]] double at(double s) const;
    // Nothing before that time is asked for any more.
    void forget(double before_s);

  private:
    struct Corner {
        double s = 0, kw = 0;
    };

    double delay_, rate_;
    std::deque<Corner> corners_;  // at least one; before the first and after the last it stands still
};

}  // namespace hil::site
