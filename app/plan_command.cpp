#include "app/plan_command.hpp"

#include "app/setup.hpp"
#include "base/number.hpp"
#include "schedule/effective.hpp"
#include "schedule/limits.hpp"
#include "schedule/projection.hpp"
#include "schedule/validation.hpp"
#include "schedule/window.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <cstdio>

namespace hil::app {
namespace {

struct PlantPlan {
    const config::Plant* plant;
    std::vector<schedule::EffectiveSegment> segments;
    schedule::Projection projection;
    schedule::Violations violations;
};

std::string compact_number(double value, int decimals) {
    std::string out;
    append_number(out, value, decimals);
    return out;
}

std::string because(const schedule::Choice& choice) {
    if (choice.planned()) return std::string(schedule::to_string(choice.source));
    return std::string(schedule::to_string(choice.reason));
}

double soc_at_end(const PlantPlan& plan, const schedule::EffectiveSegment& segment) {
    return plan.projection.soc_at(segment.to);
}

void print_table(const std::vector<PlantPlan>& plans, const Setup& setup, LocalDate date) {
    for (const auto& plan : plans) {
        const auto& projection = plan.projection;
        fmt::print("{} ({}) on {}, {} h, times in {}\n", plan.plant->name, plan.plant->id, to_string(date),
                   setup.zone.day_length(date) / std::chrono::hours(1), setup.zone.name());
        fmt::print("  {:<26} {:>10} {:>10} {:>8}  {}\n", "from", "P kW", "Q kvar", "SoC %", "source");
        for (const auto& segment : plan.segments) {
            std::string source = because(segment.p);
            if (because(segment.q) != source) source += " / " + because(segment.q);
            fmt::print("  {:<26} {:>10.1f} {:>10.1f} {:>8.2f}  {}\n", setup.zone.format(segment.from),
                       segment.p.value, segment.q.value, soc_at_end(plan, segment) * 100, source);
        }
        fmt::print(
            "  out {:.1f} kWh, in {:.1f} kWh; state of charge {:.1f} % -> {:.1f} % (lowest {:.1f} %, highest "
            "{:.1f} %)\n",
            projection.energy_out_kwh, projection.energy_in_kwh, projection.soc_start * 100,
            projection.soc_end * 100, projection.soc_min * 100, projection.soc_max * 100);
        if (plan.violations.list.empty()) {
            fmt::print("  no violation\n\n");
            continue;
        }
        fmt::print("  violations:\n");
        for (const auto& violation : plan.violations.list)
            fmt::print("    {}\n", violation.text);
        if (plan.violations.omitted > 0) fmt::print("    and {} more\n", plan.violations.omitted);
        fmt::print("\n");
    }
}

void print_csv(const std::vector<PlantPlan>& plans, const Setup& setup) {
    fmt::print("plant,from,to,p_kw,q_kvar,soc_end_pu,p_source,q_source\n");
    for (const auto& plan : plans) {
        for (const auto& segment : plan.segments) {
            fmt::print("{},{},{},{},{},{},{},{}\n", plan.plant->id, setup.zone.format(segment.from),
                       setup.zone.format(segment.to), compact_number(segment.p.value, -1),
                       compact_number(segment.q.value, -1), compact_number(soc_at_end(plan, segment), 6),
                       because(segment.p), because(segment.q));
        }
        for (const auto& violation : plan.violations.list)
            fmt::print(stderr, "{}\n", violation.text);
    }
}

void print_json(const std::vector<PlantPlan>& plans, const Setup& setup, LocalDate date) {
    const auto quoted = [](std::string_view text) {
        return boost::json::serialize(boost::json::value(text));
    };
    std::string out = fmt::format("{{\"date\":{},\"timezone\":{},\"plants\":{{", quoted(to_string(date)),
                                  quoted(setup.zone.name()));
    for (const auto& plan : plans) {
        if (&plan != &plans.front()) out += ',';
        out += fmt::format("{}:{{\"segments\":[", quoted(plan.plant->id));
        for (const auto& s : plan.segments) {
            if (&s != &plan.segments.front()) out += ',';
            out += fmt::format(
                "{{\"from\":{},\"to\":{},\"p_kw\":{},\"q_kvar\":{},\"soc_end_pu\":{},\"p_source\":{},\"p_"
                "reason\":{},"
                "\"q_source\":{},\"q_reason\":{}}}",
                quoted(setup.zone.format(s.from)), quoted(setup.zone.format(s.to)),
                compact_number(s.p.value, -1), compact_number(s.q.value, -1),
                compact_number(soc_at_end(plan, s), 6), quoted(schedule::to_string(s.p.source)),
                quoted(schedule::to_string(s.p.reason)), quoted(schedule::to_string(s.q.source)),
                quoted(schedule::to_string(s.q.reason)));
        }
        const auto& p = plan.projection;
        out += fmt::format(
            "],\"energy_out_kwh\":{},\"energy_in_kwh\":{},\"soc_start_pu\":{},\"soc_end_pu\":{},\"soc_min_"
            "pu\":{},"
            "\"soc_max_pu\":{},\"violations\":[",
            compact_number(p.energy_out_kwh, 6), compact_number(p.energy_in_kwh, 6),
            compact_number(p.soc_start, 6), compact_number(p.soc_end, 6), compact_number(p.soc_min, 6),
            compact_number(p.soc_max, 6));
        for (const auto& v : plan.violations.list) {
            if (&v != &plan.violations.list.front()) out += ',';
            out += fmt::format(
                "{{\"kind\":{},\"signal\":{},\"from\":{},\"to\":{},\"value\":{},\"limit\":{},\"detail\":{}}}",
                quoted(schedule::to_string(v.kind)), quoted(schedule::to_string(v.signal)),
                quoted(setup.zone.format(v.from)), quoted(setup.zone.format(v.to)),
                compact_number(v.value, -1), compact_number(v.limit, -1), quoted(v.text));
        }
        out += "]}";
    }
    fmt::print("{}}}}}\n", out);
}

// The day asked for; otherwise the first day of the plan, or today.
std::optional<LocalDate> choose_date(const PlanOptions& options, const Setup& setup,
                                     const schedule::PlanStore& store, WallTime now) {
    if (options.date) {
        const auto date = parse_date(*options.date);
        if (date) return *date;
        fmt::print(stderr,
                   "hil_scheduler plan: --date: must be a day that exists, as 2025-10-01, got \"{}\"\n",
                   *options.date);
        return std::nullopt;
    }
    std::optional<WallTime> first;
    for (schedule::PlantIndex i = 0; i < store.plant_count(); ++i) {
        for (const auto signal : schedule::all_signals) {
            const auto& series = store.manual(i, signal).series;
            if (!series.empty() && (!first || series.begin_time() < *first)) first = series.begin_time();
        }
    }
    return setup.zone.date(first.value_or(now));
}

}  // namespace

int plan_command(const PlanOptions& options) {
    const auto setup = load_setup(options.common);
    if (!setup) return exit_usage;
    schedule::PlanStore store(setup->plant_ids);
    if (!load_plans(options.common.schedules, *setup, store)) return exit_usage;
    asio::io_context context(1);
    const RealClock clock(context);
    const auto date = choose_date(options, *setup, store, clock.wall_now());
    if (!date) return exit_usage;

    const schedule::Arbiter arbiter(
        store, setup->config.startup.schedule_source,
        std::chrono::minutes(setup->config.istentore_api.schedule_period_minutes));
    const auto day = schedule::day_window(*date, setup->zone);
    std::vector<PlantPlan> plans;
    for (schedule::PlantIndex i = 0; i < setup->config.plants.size(); ++i) {
        const auto& plant = setup->config.plants[i];
        PlantPlan plan{&plant, schedule::effective_schedule(arbiter, i, day.from, day.to), {}, {}};
        plan.projection = schedule::project(plan.segments, plant.model, setup->config.startup.initial_soc_pu);
        plan.violations = schedule::validate({.store = store,
                                              .plant = i,
                                              .model = plant.model,
                                              .schedule = plan.segments,
                                              .projection = plan.projection,
                                              .dispatch_period = setup->config.timing.scheduler_period},
                                             setup->zone);
        plans.push_back(std::move(plan));
    }
    switch (options.format) {
        case PlanOptions::Format::table:
            print_table(plans, *setup, *date);
            break;
        case PlanOptions::Format::csv:
            print_csv(plans, *setup);
            break;
        case PlanOptions::Format::json:
            print_json(plans, *setup, *date);
            break;
    }
    return exit_done;
}

}  // namespace hil::app
