// Rows written by hand, and what a plant's summary makes of them.
#pragma once

#include "measure/site.hpp"
#include "report/plant_summary.hpp"

#include <vector>

namespace hil::report::test {

using namespace std::chrono_literals;
using measure::Column;
using measure::Row;

inline const WallTime noon = std::chrono::sys_days{std::chrono::year{2025} / 10 / 1} + 12h;

struct Values {
    double setpoint = measure::unknown, p = measure::unknown, soc = measure::unknown;
    double poi = measure::unknown, v = measure::unknown;
};

inline Row row(Duration since_noon, Values values) {
    Row out{.at = noon + since_noon, .values = {}, .null = false};
    out.values.fill(measure::unknown);
    out.values[measure::index(Column::p_setpoint)] = values.setpoint;
    out.values[measure::index(Column::p_battery)] = values.p;
    out.values[measure::index(Column::soc)] = values.soc;
    out.values[measure::index(Column::p_poi)] = values.poi;
    out.values[measure::index(Column::v_poi)] = values.v;
    return out;
}

inline Row nothing(Duration since_noon) {
    return measure::null_row(noon + since_noon);
}

inline const SummaryRules rules{
    .longest_hold = 2h, .capacity_kwh = 100, .p_tolerance_kw = 5, .q_tolerance_kvar = 5, .idle_kw = 1};

inline PlantSummary summary_of(const std::vector<Row>& rows, measure::Range range,
                               const SummaryRules& with = rules) {
    Summarizer summarizer("lib", config::TransportMode::local, range, with);
    Episodes episodes(range, with.longest_hold, [&](const Episode& episode) { summarizer.take(episode); });
    episodes.take(rows);
    episodes.finish();
    return summarizer.result();
}

}  // namespace hil::report::test
