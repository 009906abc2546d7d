// One signal of a range as few points that still show all of it: what a plot is drawn from.
//
// A point says from when on the signal had a value; NaN: from when on it was not known. Where it changed more
// often than there is room for, the range is cut into equal cells and each keeps its first, least, greatest
// and last point and where it ended to be known ("M4": U. Jugel et al., "M4: a visualization-oriented time
// series data aggregation", PVLDB 7(10), 2014), so every peak and every gap stays.
#pragma once

#include "measure/history.hpp"
#include "report/episodes.hpp"

#include <vector>

namespace hil::report {

struct Point {
    WallTime at;
    double value;

    [[nodiscard]] bool known() const { return value == value; }
};

struct Curve {
    std::vector<Point> points;  // in order of time, neighbours different
    bool thinned = false;
};

class CurveMaker {
  public:
    // At most about four points a cell.
    CurveMaker(measure::Range range, std::size_t cells);

    // Stretches in order; `value` NaN where it is not known.
    void take(const Episode& episode, double value);
    [[nodiscard]] Curve result();

  private:
    void keep(const Point& point);
    void close_cell();

    measure::Range range_;
    double cell_;  // seconds
    std::int64_t open_ = -1;
    std::vector<Point> waiting_;  // of the open cell
    Curve curve_;
    std::vector<Point> all_;  // until there are too many of them
    std::size_t most_;
    bool any_ = false;
    double latest_ = measure::unknown;
};

// The same signal in fewer cells.
Curve thin(const Curve& curve, measure::Range range, std::size_t cells);

}  // namespace hil::report
