#include "simulate/scenarios/plan.hpp"

#include <algorithm>
#include <cmath>

namespace hil::simulate {

ScenarioPlan::ScenarioPlan(const std::vector<config::Plant>& plants) {
    for (const auto& plant : plants) {
        const auto& limits = plant.model.power_limits;
        series_.push_back({Series{{}, {}, limits.p_min_kw, limits.p_max_kw},
                           Series{{}, {}, limits.q_min_kvar, limits.q_max_kvar}});
    }
}

void ScenarioPlan::replace(const planfile::PlanFile& file) {
    for (const auto& column : file.columns) {
        auto& series = series_[column.plant][schedule::index(column.signal)];
        series.rows.clear();
        for (const auto& row : column.series.rows())
            series.rows.push_back({row.at, row.silent ? 0 : row.value});
        series.end = column.series.empty() ? WallTime{} : column.series.end_time();
    }
}

void ScenarioPlan::remove(std::size_t plant, schedule::Signal signal) {
    series_[plant][schedule::index(signal)].rows.clear();
}

double ScenarioPlan::value(std::size_t plant, schedule::Signal signal, WallTime at) const {
    const auto& series = series_[plant][schedule::index(signal)];
    if (series.rows.empty() || at >= series.end) return 0;
    double said = 0;
    for (const auto& row : series.rows) {
        if (row.at > at) break;
        said = row.value;
    }
    return std::isnan(said) ? 0 : std::clamp(said, series.low, series.high);
}

}  // namespace hil::simulate
