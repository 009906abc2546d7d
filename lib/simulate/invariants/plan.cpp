#include "simulate/invariants/plan.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hil::simulate {

void PlanMemory::replace(WallTime when, std::vector<Row> rows, WallTime end) {
    plans_.push_back({when, std::move(rows), end});
    standing_.reset();
}

const PlanMemory::Plan* PlanMemory::in_force(WallTime at) const {
    for (std::size_t i = plans_.size(); i > 0; --i)
        if (plans_[i - 1].since <= at) return &plans_[i - 1];
    return nullptr;
}

void PlanMemory::set_base(WallTime when, const BaseMemory* base) {
    bases_.push_back({when, base});
}

const BaseMemory* PlanMemory::base(WallTime at) const {
    for (std::size_t i = bases_.size(); i > 0; --i)
        if (bases_[i - 1].since <= at) return bases_[i - 1].memory;
    return nullptr;
}

double PlanMemory::cut(double value) const {
    if (!std::isfinite(value)) return 0;
    return std::min(std::max(value, lowest_), highest_);
}

std::optional<double> PlanMemory::look_up(const Plan& plan, WallTime at) const {
    if (plan.rows.empty() || at < plan.rows.front().at || at >= plan.end) return std::nullopt;
    std::size_t low = 0;
    std::size_t high = plan.rows.size();
    while (high - low > 1) {
        const std::size_t middle = (low + high) / 2;
        (plan.rows[middle].at <= at ? low : high) = middle;
    }
    if (plan.rows[low].silent) return std::nullopt;
    const double value = cut(plan.rows[low].value);
    if (&plan == &plans_.back()) {
        standing_ = {std::max(plan.since, plan.rows[low].at),
                     high < plan.rows.size() ? std::min(plan.end, plan.rows[high].at) : plan.end, value};
    }
    return value;
}

void PlanMemory::add(Values& out, WallTime at) const {
    if (const auto only = standing(at)) {
        out.push_back(*only);
        return;
    }
    const Plan* plan = in_force(at);
    const auto own = plan == nullptr ? std::nullopt : look_up(*plan, at);
    const auto* below = own ? nullptr : base(at);
    if (below == nullptr) {
        out.push_back(own.value_or(0));
        return;
    }
    for (const double value : below->values(at))
        out.push_back(cut(value));
}

double PlanMemory::value(WallTime at) const {
    Values out;
    add(out, at);
    return out.front();
}

PlanMemory::Values PlanMemory::values(WallTime from, WallTime to) const {
    constexpr Duration before(1);
    Values out;
    add(out, from);
    if (to == from) return out;
    add(out, to);
    // Whatever changes by itself in between, with what was before it.
    const auto look = [&](WallTime at) {
        if (at <= from || at > to) return;
        add(out, at);
        add(out, at - before);
    };
    for (const auto& plan : plans_) {
        look(plan.since);
        look(plan.end);
        const auto first = std::lower_bound(plan.rows.begin(), plan.rows.end(), from,
                                            [](const Row& row, WallTime at) { return row.at < at; });
        for (auto row = first; row != plan.rows.end() && row->at <= to; ++row)
            look(row->at);
    }
    for (const auto& step : bases_)
        look(step.since);
    if (base(to) != nullptr || base(from) != nullptr)
        look(WallTime(to.time_since_epoch() / BaseMemory::period * BaseMemory::period));
    return out;
}

}  // namespace hil::simulate
