#include "report/comparison.hpp"

#include <algorithm>
#include <cmath>

namespace hil::report {
namespace {

using measure::Column;
using FigureValue = std::optional<double>;

FigureValue where_known(double value, Duration known) {
    return known > Duration::zero() && std::isfinite(value) ? FigureValue(value) : std::nullopt;
}

FigureValue where_finite(double value) {
    return std::isfinite(value) ? FigureValue(value) : std::nullopt;
}

struct FigureRow {
    const char* group;
    const char* name;
    const char* key;
    const char* unit;
    int decimals;
    FigureValue (*of)(const PlantPart&);
};

// clang-format off
constexpr FigureRow figure_rows[] = {
    {"Energy", "Discharged, at the POI", "poi_discharged_kwh", "kWh", 1,
     [](const PlantPart& p) { return where_known(p.summary.poi.discharged_kwh, p.summary.poi.known); }},
    {"Energy", "Charged, at the POI", "poi_charged_kwh", "kWh", 1,
     [](const PlantPart& p) { return where_known(p.summary.poi.charged_kwh, p.summary.poi.known); }},
    {"Energy", "Discharged, battery", "battery_discharged_kwh", "kWh", 1,
     [](const PlantPart& p) { return where_known(p.summary.battery.discharged_kwh, p.summary.battery.known); }},
    {"Energy", "Charged, battery", "battery_charged_kwh", "kWh", 1,
     [](const PlantPart& p) { return where_known(p.summary.battery.charged_kwh, p.summary.battery.known); }},
    {"Energy", "Asked for", "asked_kwh", "kWh", 1,
     [](const PlantPart& p) { return where_known(p.summary.delivery.asked_kwh, p.summary.delivery.known); }},
    {"Energy", "Delivered", "delivered_kwh", "kWh", 1,
     [](const PlantPart& p) { return where_known(p.summary.delivery.delivered_kwh, p.summary.delivery.known); }},
    {"Energy", "Missing", "missing_kwh", "kWh", 1,
     [](const PlantPart& p) { return where_known(p.summary.delivery.missing_kwh(), p.summary.delivery.known); }},
    {"Energy", "Stayed in the battery", "stored_kwh", "kWh", 1,
     [](const PlantPart& p) { return p.summary.stored_kwh; }},
    {"Energy", "Full cycles", "full_cycles", "", 3,
     [](const PlantPart& p) { return where_known(p.summary.full_cycles, p.summary.known); }},
    {"Energy", "Round-trip efficiency", "round_trip_pct", "%", 1,
     [](const PlantPart& p) { return p.summary.round_trip.efficiency ? FigureValue(*p.summary.round_trip.efficiency * 100) : std::nullopt; }},
    {"Following the setpoint, active power", "Root mean square of the error", "tracking_rms_kw", "kW", 2,
     [](const PlantPart& p) { return where_known(p.summary.p.rms, p.summary.p.known); }},
    {"Following the setpoint, active power", "Mean magnitude of the error", "tracking_mean_kw", "kW", 2,
     [](const PlantPart& p) { return where_known(p.summary.p.mean_abs, p.summary.p.known); }},
    {"Following the setpoint, active power", "Largest error", "tracking_max_kw", "kW", 1,
     [](const PlantPart& p) { return where_known(std::abs(p.summary.p.largest), p.summary.p.known); }},
    {"Following the setpoint, active power", "Beyond the tolerance", "tracking_beyond_s", "s", 1,
     [](const PlantPart& p) { return where_known(to_seconds(p.summary.p.beyond), p.summary.p.known); }},
    {"Following the setpoint, reactive power", "Root mean square of the error", "tracking_rms_kvar", "kvar", 2,
     [](const PlantPart& p) { return where_known(p.summary.q.rms, p.summary.q.known); }},
    {"Time", "Discharging", "discharging_h", "h", 2,
     [](const PlantPart& p) { return where_known(to_seconds(p.summary.discharging) / 3600, p.summary.known); }},
    {"Time", "Charging", "charging_h", "h", 2,
     [](const PlantPart& p) { return where_known(to_seconds(p.summary.charging) / 3600, p.summary.known); }},
    {"Time", "Idle", "idle_h", "h", 2,
     [](const PlantPart& p) { return where_known(to_seconds(p.summary.idle) / 3600, p.summary.known); }},
    {"State of charge, voltage", "State of charge at the begin", "soc_begin_pct", "%", 2,
     [](const PlantPart& p) { return where_finite(p.summary.span(Column::soc).first * 100); }},
    {"State of charge, voltage", "State of charge at the end", "soc_end_pct", "%", 2,
     [](const PlantPart& p) { return where_finite(p.summary.span(Column::soc).last * 100); }},
    {"State of charge, voltage", "State of charge, least", "soc_min_pct", "%", 2,
     [](const PlantPart& p) { return where_finite(p.summary.span(Column::soc).least * 100); }},
    {"State of charge, voltage", "State of charge, greatest", "soc_max_pct", "%", 2,
     [](const PlantPart& p) { return where_finite(p.summary.span(Column::soc).greatest * 100); }},
    {"State of charge, voltage", "Voltage at the POI, mean", "v_poi_mean_kV", "kV", 3,
     [](const PlantPart& p) { return where_finite(p.summary.span(Column::v_poi).mean); }},
    {"Data", "Data present", "coverage_pct", "%", 2,
     [](const PlantPart& p) { return FigureValue(p.summary.coverage * 100); }},
    {"Data", "Rows", "rows", "", 0,
     [](const PlantPart& p) { return FigureValue(static_cast<double>(p.summary.rows)); }},
    {"Data", "Gaps", "gaps", "", 0,
     [](const PlantPart& p) { return FigureValue(static_cast<double>(p.summary.gaps)); }},
    {"Data", "Length of the range", "length_h", "h", 3,
     [](const PlantPart& p) { return FigureValue(to_seconds(p.summary.range.to - p.summary.range.from) / 3600); }},
};
// clang-format on

// The distinct values of something over the runs of a side.
std::vector<std::string> distinct(const Side& side, std::string (*of)(const RunRecord&)) {
    std::vector<std::string> out;
    for (const auto& run : side.runs)
        out.push_back(of(run));
    std::ranges::sort(out);
    const auto rest = std::ranges::unique(out);
    out.erase(rest.begin(), rest.end());
    return out;
}

std::string versions_of(const RunRecord& run) {
    std::string out;
    for (const auto& [name, version] : run.versions)
        out += name + ' ' + version + '\n';
    return out;
}

}  // namespace

std::optional<double> ComparedFigure::difference() const {
    if (!values[0] || !values[1]) return std::nullopt;
    return *values[1] - *values[0];
}

std::vector<ComparedFigure> compared_figures(const PlantPart& first, const PlantPart& second) {
    std::vector<ComparedFigure> out;
    for (const auto& row : figure_rows)
        out.push_back(
            {row.group, row.name, row.key, row.unit, row.decimals, {row.of(first), row.of(second)}});
    return out;
}

std::vector<std::string> compared_runs(const Comparison& comparison) {
    const auto& [a, b] = comparison.sides;
    if (a.runs.empty() || b.runs.empty()) return {};
    const auto same = [&](std::string (*of)(const RunRecord&)) { return distinct(a, of) == distinct(b, of); };
    return {
        same([](const RunRecord& run) { return run.configuration_digest; }) ? "The same configuration."
                                                                            : "Another configuration.",
        same([](const RunRecord& run) { return run.plan_digest; }) ? "The same plan at the begin."
                                                                   : "Another plan at the begin.",
        same(versions_of) ? "The same version of the program." : "Another version of the program.",
        same([](const RunRecord& run) { return std::to_string(run.seed); }) ? "The same seed."
                                                                            : "Another seed.",
    };
}

std::vector<RunRecord> runs_in(const std::vector<RunRecord>& records, measure::Range range) {
    std::vector<RunRecord> out;
    for (std::size_t i = 0; i < records.size(); ++i) {
        auto end = records[i].end;
        if (!end && i + 1 < records.size()) end = records[i + 1].begin;
        if (records[i].begin < range.to && (!end || *end > range.from)) out.push_back(records[i]);
    }
    return out;
}

std::string file_stem(const Comparison& comparison) {
    return "compare_" + file_token(comparison.sides[0].range.from, comparison.zone) + "_" +
           file_token(comparison.sides[1].range.from, comparison.zone);
}

}  // namespace hil::report
