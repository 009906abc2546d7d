#include "planfile/missing_signals.hpp"

#include <fmt/format.h>

namespace hil::planfile {

void refuse_missing_signals(PlanFile& plan, std::span<const std::string> plant_ids, const Takes& takes) {
    if (!plan.ok()) return;
    for (const auto& column : plan.columns) {
        if (takes(column.plant, column.signal)) continue;
        const auto& id = plant_ids[column.plant];
        FileProblem problem;
        problem.file = plan.file;
        problem.row = 1;
        problem.column = fmt::format("{}_{}", id, column.signal == schedule::Signal::p ? "p_kw" : "q_kvar");
        problem.text = fmt::format("plant {} takes no {} power: its map has no {}_setpoint", id,
                                   column.signal == schedule::Signal::p ? "active" : "reactive",
                                   to_string(column.signal));
        plan.problems.push_back(std::move(problem));
    }
    if (!plan.ok()) plan.columns.clear();
}

}  // namespace hil::planfile
