#include "app/invariant_plan.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hil::app {

void PlanMemory::replace(WallTime when, std::vector<Row> rows, WallTime end) {
    plans_.push_back({when, std::move(rows), end});
}

const PlanMemory::Plan* PlanMemory::in_force(WallTime at) const {
    for (std::size_t i = plans_.size(); i > 0; --i)
        if (plans_[i - 1].since <= at) return &plans_[i - 1];
    return nullptr;
}

double PlanMemory::look_up(const Plan& plan, WallTime at) const {
    if (plan.rows.empty() || at < plan.rows.front().at || at >= plan.end) return 0;
    std::size_t low = 0;
    std::size_t high = plan.rows.size();
    while (high - low > 1) {
        const std::size_t middle = (low + high) / 2;
        (plan.rows[middle].at <= at ? low : high) = middle;
    }
    const double value = plan.rows[low].value;
    if (!std::isfinite(value)) return 0;
    return std::min(std::max(value, lowest_), highest_);
}

double PlanMemory::value(WallTime at) const {
    const Plan* plan = in_force(at);
    return plan == nullptr ? 0 : look_up(*plan, at);
}

PlanMemory::Values PlanMemory::values(WallTime from, WallTime to) const {
    Values out{value(from), value(to)};
    for (const auto& plan : plans_) {
        if (plan.since > from && plan.since <= to) {
            out.push_back(value(plan.since));
            out.push_back(value(plan.since - Duration(1)));
        }
        if (plan.end >= from && plan.end <= to) out.push_back(value(plan.end));
        const auto first = std::lower_bound(plan.rows.begin(), plan.rows.end(), from,
                                            [](const Row& row, WallTime at) { return row.at < at; });
        for (auto row = first; row != plan.rows.end() && row->at <= to; ++row)
            out.push_back(value(row->at));
    }
    return out;
}

}  // namespace hil::app
