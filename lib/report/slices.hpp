// The table of a range for people and spreadsheets: equal slices of time with energy, means and the state of
// charge at their end.
#pragma once

#include "base/zone.hpp"
#include "measure/history.hpp"
#include "report/episodes.hpp"

#include <array>
#include <string>
#include <vector>

namespace hil::report {

struct Slice {
    WallTime from, to;
    double discharged_kwh = 0, charged_kwh = 0;       // of the battery; of the POI where that is not known
    std::array<double, measure::column_count> means;  // NaN where nothing is known
    double soc_end = measure::unknown;
    double coverage = 0;
};

// Where a range is cut: quarters of an hour up to four days, hours up to a month, local days beyond; first
// and last slice end with the range.
std::vector<WallTime> slice_bounds(measure::Range range, const Zone& zone);

class Slicer {
  public:
    // `bounds`: as above, at least two, each after the one before.
    explicit Slicer(std::vector<WallTime> bounds);

    void take(const Episode& episode);
    [[nodiscard]] std::vector<Slice> result() const;

  private:
    struct Sum {
        std::array<double, measure::column_count> integrals{};
        std::array<Duration, measure::column_count> known{};
        Duration any{};
    };
    std::vector<Slice> slices_;
    std::vector<Sum> sums_;
    std::size_t open_ = 0;
};

}  // namespace hil::report
