// How long to wait after the n-th failure in a row: twice as long each time, up to a limit.
#pragma once

#include "base/random.hpp"
#include "base/time.hpp"

#include <optional>

namespace hil {

class Backoff {
  public:
    // Precondition: 0 < first <= longest.
    Backoff(Duration first, Duration longest);
    // Each delay is shortened at random by up to `jitter` (0..1) of itself, so that many peers do not come
    // back at the same moment.
    Backoff(Duration first, Duration longest, double jitter, Random random);

    // The delay after one more failure.
    Duration next();
    // After a success: the next delay is the first one again.
    void reset() { delay_ = first_; }

  private:
    Duration first_, longest_, delay_;
    double jitter_ = 0;
    std::optional<Random> random_;
};

}  // namespace hil
