// What the plans of a simulated site say, remembered by who judges the dispatch: kept and looked up here once
// more, so that a mistake of the plan store or the arbiter is seen. Values past limits included.
#pragma once

#include "base/time.hpp"

#include <boost/container/small_vector.hpp>

#include <cstddef>
#include <vector>

namespace hil::app {

class PlanMemory {
  public:
    struct Row {
        WallTime at;
        double value = 0;
    };

    // Until the first plan everything is 0. Beyond the limits a value is cut; not a number is 0.
    PlanMemory(double lowest, double highest) : lowest_(lowest), highest_(highest) {}

    // From `when` on this plan is in force: each row until the next one, the last until `end`. Rows are in
    // order.
    void replace(WallTime when, std::vector<Row> rows, WallTime end);

    [[nodiscard]] double value(WallTime at) const;
    // Every value the plans in force said between two instants, both included.
    using Values = boost::container::small_vector<double, 8>;
    [[nodiscard]] Values values(WallTime from, WallTime to) const;

  private:
    struct Plan {
        WallTime since;
        std::vector<Row> rows;
        WallTime end;
    };
    [[nodiscard]] const Plan* in_force(WallTime at) const;
    [[nodiscard]] double look_up(const Plan& plan, WallTime at) const;

    double lowest_, highest_;
    std::vector<Plan> plans_;
};

}  // namespace hil::app
