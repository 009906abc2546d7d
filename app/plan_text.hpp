// What `hil_scheduler plan` prints.
#pragma once

#include "base/zone.hpp"
#include "config/config.hpp"
#include "planfile/value_file.hpp"
#include "planner/projection.hpp"
#include "planner/validation.hpp"
#include "schedule/effective.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hil::app {

struct PlantPlan {
    const config::Plant* plant = nullptr;
    std::vector<schedule::EffectiveSegment> segments;
    planner::Projection projection;
    planner::Violations violations;
    std::map<std::string, double> facts;             // what a template promises: profit, peak …
    const planfile::ValueFile* made_from = nullptr;  // the prices or loads of a template; null: none
    std::optional<WallTime> goes_on_to;              // the plan's end, when it lies beyond the range
};

struct PlanRange {
    LocalDate date;  // the first day
    int days = 1;
    WallTime from, to;
};

// For people: a plot, the changes, the energy, every violation. `unicode`: with block characters.
std::string plan_table(std::span<const PlantPlan> plans, const PlanRange& range, const Zone& zone,
                       bool unicode);
// A wide plan of the signals that have a plan at all, which --schedule takes.
std::string plan_csv(std::span<const PlantPlan> plans, const Zone& zone);
std::string plan_json(std::span<const PlantPlan> plans, const PlanRange& range, const Zone& zone);

}  // namespace hil::app
