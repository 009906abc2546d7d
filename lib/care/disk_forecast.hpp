// When a disk will be full, from how its free space went in the last hours. Without I/O.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <deque>
#include <optional>

namespace hil::care {

class DiskForecast {
  public:
    // A look at the disk. Looks come in any rhythm; those older than a day are forgotten.
    void add(WallTime at, std::uint64_t free_bytes);
    // In how many days nothing is free any more, by the least squares line through the looks; none while less
    // than an hour was seen, and where it does not shrink.
    [[nodiscard]] std::optional<double> days_left() const;

  private:
    struct Look {
        WallTime at;
        double free = 0;
    };
    std::deque<Look> looks_;
};

}  // namespace hil::care
