#include "app/plan_text.hpp"

#include "app/plan_plot.hpp"
#include "base/number.hpp"
#include "observe/json_text.hpp"
#include "planfile/plan_writer.hpp"
#include "planner/projected_battery.hpp"

#include <fmt/format.h>

namespace hil::app {
namespace {

std::string json_string(std::string_view text) {
    std::string out;
    observe::append_json_string(out, text);
    return out;
}

std::string because(const schedule::ActiveEntry& active) {
    if (active.planned()) return std::string(schedule::to_string(active.source));
    return std::string(schedule::to_string(active.reason));
}

std::string because(const schedule::EffectiveSegment& segment) {
    const auto p = because(segment.p), q = because(segment.q);
    return p == q ? p : p + " / " + q;
}

double soc_at_end(const PlantPlan& plan, const schedule::EffectiveSegment& segment) {
    return plan.projection.soc_at(segment.to);
}

// Rows of a plan that repeat a value are one line.
std::vector<schedule::EffectiveSegment> merged(std::span<const schedule::EffectiveSegment> segments) {
    std::vector<schedule::EffectiveSegment> out;
    for (const auto& segment : segments) {
        if (!out.empty() && out.back().p.value == segment.p.value && out.back().q.value == segment.q.value &&
            because(out.back()) == because(segment)) {
            out.back().to = segment.to;
        } else {
            out.push_back(segment);
        }
    }
    return out;
}

std::string heading(const PlantPlan& plan, const PlanRange& range, const Zone& zone) {
    const auto hours = (range.to - range.from) / std::chrono::hours(1);
    const auto days = range.days == 1
                          ? to_string(range.date)
                          : fmt::format("{} and the {} days after", to_string(range.date), range.days - 1);
    return fmt::format("{} ({}) on {}: {} h, times in {}\n", plan.plant->name, plan.plant->id, days, hours,
                       zone.name());
}

std::string facts_line(const std::map<std::string, double>& facts) {
    std::string out;
    for (const auto& [name, value] : facts)
        out += fmt::format("{}{} {}", out.empty() ? "  promises      " : ", ", name, format_number(value, 4));
    return out.empty() ? out : out + '\n';
}

std::string made_from_line(const PlantPlan& plan) {
    if (plan.made_from == nullptr) return {};
    const auto& from = plan.made_from->provenance;
    return fmt::format("  made from     {} ({}{}{})\n", plan.made_from->file, from.text(),
                       from.unit.empty() ? "" : ", in ", from.unit);
}

std::string violations_text(const planner::Violations& violations) {
    if (violations.list.empty()) return "  no violation\n";
    std::string out = fmt::format("  {} violation{}, limits are applied all the same:\n",
                                  violations.list.size() + violations.omitted,
                                  violations.list.size() + violations.omitted == 1 ? "" : "s");
    for (const auto& violation : violations.list)
        out += fmt::format("    {}\n", violation.text);
    if (violations.omitted > 0) out += fmt::format("    and {} more\n", violations.omitted);
    return out;
}

std::string table_of(const PlantPlan& plan, const PlanRange& range, const Zone& zone, bool unicode) {
    const auto& projection = plan.projection;
    const auto shown = [&zone](WallTime at) {
        return zone.format(std::chrono::floor<std::chrono::seconds>(at));
    };
    std::string out = heading(plan, range, zone);
    if (plan.segments.empty()) return out + "\n";
    out += '\n' + plot_schedule(plan.segments, projection, zone, unicode) + '\n';
    out += fmt::format("  {:<26} {:>10} {:>10} {:>12}  {}\n", "from", "P kW", "Q kvar", "SoC % after",
                       "decided by");
    for (const auto& segment : merged(plan.segments)) {
        out += fmt::format("  {:<26} {:>10.1f} {:>10.1f} {:>12.1f}  {}\n", shown(segment.from),
                           segment.p.value + 0.0, segment.q.value + 0.0, soc_at_end(plan, segment) * 100,
                           because(segment));
    }
    out += fmt::format(
        "\n  energy        {:.1f} kWh out, {:.1f} kWh in\n"
        "  SoC           {:.1f} % at the begin, {:.1f} % at the end, lowest {:.1f} %, highest {:.1f} %\n",
        projection.energy_out_kwh, projection.energy_in_kwh, projection.soc_start * 100,
        projection.soc_end * 100, projection.soc_min * 100, projection.soc_max * 100);
    out += fmt::format("  projected as  {}\n", planner::battery_text(plan.plant->model));
    out += made_from_line(plan);
    out += facts_line(plan.facts);
    if (plan.goes_on_to) {
        out += fmt::format("  the plan goes on until {}: --days and --date show the rest\n",
                           shown(*plan.goes_on_to));
    }
    return out + violations_text(plan.violations) + "\n";
}

// Whether any plan says anything of the signal.
bool has_plan(const PlantPlan& plan, schedule::Signal signal) {
    for (const auto& segment : plan.segments) {
        if (segment.active(signal).source != schedule::Source::none) return true;
    }
    return false;
}

// JSON of a number as people write it.
std::string number(double value, int decimals = -1) {
    return format_number(value + 0.0, decimals);
}

std::string segment_json(const PlantPlan& plan, const schedule::EffectiveSegment& segment, const Zone& zone) {
    return fmt::format(
        R"({{"from":{},"to":{},"p_kw":{},"q_kvar":{},"soc_end_pu":{},"p_source":{},"p_reason":{},)"
        R"("q_source":{},"q_reason":{}}})",
        json_string(zone.format(segment.from)), json_string(zone.format(segment.to)), number(segment.p.value),
        number(segment.q.value), number(soc_at_end(plan, segment), 6),
        json_string(schedule::to_string(segment.p.source)),
        json_string(schedule::to_string(segment.p.reason)),
        json_string(schedule::to_string(segment.q.source)),
        json_string(schedule::to_string(segment.q.reason)));
}

std::string violation_json(const planner::Violation& violation, const Zone& zone) {
    return fmt::format(R"({{"kind":{},"signal":{},"from":{},"to":{},"value":{},"limit":{},"detail":{}}})",
                       json_string(planner::to_string(violation.kind)),
                       json_string(schedule::to_string(violation.signal)),
                       json_string(zone.format(violation.from)), json_string(zone.format(violation.to)),
                       number(violation.value), number(violation.limit), json_string(violation.text));
}

template <class List, class Text>
std::string joined(const List& list, const Text& text) {
    std::string out;
    for (const auto& entry : list) {
        if (!out.empty()) out += ',';
        out += text(entry);
    }
    return out;
}

std::string made_from_json(const PlantPlan& plan) {
    if (plan.made_from == nullptr) return "null";
    const auto& from = plan.made_from->provenance;
    return fmt::format(
        R"({{"file":{},"layout":{},"area":{},"auction":{},"column":{},"unit":{},"timezone":{},"notes":[{}]}})",
        json_string(plan.made_from->file), json_string(from.layout), json_string(from.area),
        json_string(from.auction), json_string(from.column), json_string(from.unit), json_string(from.zone),
        joined(plan.made_from->notes, [](const auto& note) { return json_string(note); }));
}

}  // namespace

std::string plan_table(std::span<const PlantPlan> plans, const PlanRange& range, const Zone& zone,
                       bool unicode) {
    std::string out;
    for (const auto& plan : plans)
        out += table_of(plan, range, zone, unicode);
    return out;
}

std::string plan_csv(std::span<const PlantPlan> plans, const Zone& zone) {
    std::vector<planfile::NamedSeries> series;
    for (const auto& plan : plans) {
        for (const auto signal : schedule::all_signals) {
            if (has_plan(plan, signal))
                series.push_back({{plan.plant->id, signal}, planfile::series_of(plan.segments, signal)});
        }
    }
    std::optional<WallTime> from;
    if (!plans.empty() && !plans.front().segments.empty()) from = plans.front().segments.front().from;
    return planfile::to_plan_csv(series, zone, from);
}

std::string plan_json(std::span<const PlantPlan> plans, const PlanRange& range, const Zone& zone) {
    const auto plant = [&](const PlantPlan& plan) {
        const auto& p = plan.projection;
        return fmt::format(
            R"({}:{{"segments":[{}],"energy_out_kwh":{},"energy_in_kwh":{},"soc_start_pu":{},"soc_end_pu":{},)"
            R"("soc_min_pu":{},"soc_max_pu":{},"facts":{{{}}},"made_from":{},"violations":[{}]}})",
            json_string(plan.plant->id),
            joined(plan.segments, [&](const auto& segment) { return segment_json(plan, segment, zone); }),
            number(p.energy_out_kwh, 6), number(p.energy_in_kwh, 6), number(p.soc_start, 6),
            number(p.soc_end, 6), number(p.soc_min, 6), number(p.soc_max, 6),
            joined(plan.facts,
                   [&](const auto& fact) {
                       return fmt::format("{}:{}", json_string(fact.first), number(fact.second));
                   }),
            made_from_json(plan), joined(plan.violations.list, [&](const auto& violation) {
                return violation_json(violation, zone);
            }));
    };
    return fmt::format("{{\"date\":{},\"days\":{},\"timezone\":{},\"plants\":{{{}}}}}\n",
                       json_string(to_string(range.date)), range.days, json_string(zone.name()),
                       joined(plans, plant));
}

}  // namespace hil::app
