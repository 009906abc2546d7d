// Schedules made from a rule instead of a file: the shapes a laboratory starts from.
//
//   constant         level_kw
//   square           level_kw and low_kw (default -level_kw) in turn, period_s, duty (0..1, default 0.5)
//   ramp             from_kw to to_kw in steps of step_s
//   sine             offset_kw + amplitude_kw * sin(2 pi t / period_s), in steps of step_s
//   peak_shaving     lowest peak of a load file (kW) under the battery's limits
//   arbitrage        most profit from a price file (per MWh) under the battery's limits; max_cycles
//   capacity_test    discharge to soc_min, rest, charge to soc_max, rest, discharge to soc_min, then back to
//                    where it began: power_kw, rest_s
//   efficiency_test  for each of the powers 25, 50, 75 and 100 % of power_kw: down from the middle of the
//                    state of charge by depth_pu, rest, and up again by what the losses demand, rest
//
// The two tests assume the efficiencies given and are cut off at the end of the range.
#pragma once

#include "config/config.hpp"
#include "planfile/value_file.hpp"
#include "planner/solver_watch.hpp"
#include "schedule/plan_store.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hil::planner {

struct TemplateRequest {
    std::string name;
    schedule::Signal signal = schedule::Signal::p;  // shapes only; the others are plans of active power
    WallTime from, to;
    std::map<std::string, double, std::less<>> parameters;
    double soc_start = 0.5;                       // where the battery is at `from`
    std::vector<planfile::IntervalValue> values;  // prices or loads, for the templates that need them
};

struct TemplatePlan {
    schedule::Series series;
    // What it promises, for people: "profit", "peak_kw", "peak_without_kw", "cycles", "hours"; of an
    // optimisation the most that could be (or the lowest peak), "profit_bound" or "peak_bound_kw", and
    // "gap_pu", 0 where it is proven that nothing is better.
    std::map<std::string, double> facts;
    std::vector<std::string> problems;  // sentences naming parameter, value and rule; no series then

    [[nodiscard]] bool ok() const { return problems.empty(); }
};

struct TemplateParameter {
    std::string_view name;
    std::string_view unit;
    std::optional<double> fallback;  // none: must be given, or follows from the plant
    std::string_view text;
    bool needed = false;  // must be given
};
struct TemplateInfo {
    std::string_view name;
    std::string_view text;
    bool needs_values = false;
    std::vector<TemplateParameter> parameters;
    bool shape = false;  // of either signal; the others are plans of active power
};
// Every template, for people and forms.
std::span<const TemplateInfo> templates();
// What the values of a template are, where it needs some.
std::optional<planfile::Quantity> quantity_of(std::string_view template_name);

// Blocks for as long as the optimisation takes, milliseconds as a rule, or until `watch` stops it: what it
// has found by then is the plan, and the fact "gap_pu" says how far it may fall short of the best there is.
TemplatePlan make_plan(const TemplateRequest& request, const config::PlantModel& model,
                       const SolverWatch& watch = {});

}  // namespace hil::planner
