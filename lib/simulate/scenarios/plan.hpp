// What the plans of a scenario say, remembered beside the service: a mistake of its plan store or of its
// arbiter shows as a register that does not follow.
#pragma once

#include "config/config.hpp"
#include "planfile/plan_file.hpp"

#include <array>
#include <optional>
#include <vector>

namespace hil::simulate {

class ScenarioPlan {
  public:
    explicit ScenarioPlan(const std::vector<config::Plant>& plants);

    // From now on the series of this file are in force, in place of what was before.
    void replace(const planfile::PlanFile& file);
    // From now on there is no plan for this signal.
    void remove(std::size_t plant, schedule::Signal signal);

    // Within the limits of the plant; 0 where there is no plan.
    [[nodiscard]] double value(std::size_t plant, schedule::Signal signal, WallTime at) const;

  private:
    struct Row {
        WallTime at;
        double value = 0;
    };
    struct Series {
        std::vector<Row> rows;
        WallTime end;
        double low = 0, high = 0;
    };
    std::vector<std::array<Series, 2>> series_;  // by plant
};

}  // namespace hil::simulate
