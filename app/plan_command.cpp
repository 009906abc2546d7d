#include "app/plan_command.hpp"

#include "app/load_setup.hpp"
#include "app/measurement_place.hpp"
#include "app/plan_plot.hpp"
#include "app/plan_text.hpp"
#include "app/solver_progress.hpp"
#include "base/number.hpp"
#include "planfile/value_file.hpp"
#include "planner/projected_battery.hpp"
#include "planner/projection.hpp"
#include "planner/templates.hpp"
#include "planner/validation.hpp"
#include "schedule/effective.hpp"
#include "schedule/window.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace hil::app {
namespace {

void complain(const std::string& sentence) {
    fmt::print(stderr, "hil_scheduler plan: {}\n", sentence);
}

std::optional<WallTime> begin_of(const schedule::PlanStore& store) {
    std::optional<WallTime> first;
    for (schedule::PlantIndex i = 0; i < store.plant_count(); ++i) {
        for (const auto signal : schedule::all_signals) {
            const auto& series = store.manual(i, signal).series;
            if (!series.empty() && (!first || series.begin_time() < *first)) first = series.begin_time();
        }
    }
    return first;
}

std::optional<WallTime> end_of(const schedule::PlanStore& store, schedule::PlantIndex plant) {
    std::optional<WallTime> last;
    for (const auto signal : schedule::all_signals) {
        const auto& series = store.manual(plant, signal).series;
        if (!series.empty() && (!last || series.end_time() > *last)) last = series.end_time();
    }
    return last;
}

// Whole local days from the one asked for; without one the first of the plan, of the prices, or today.
PlanRange range_of(const PlanOptions& options, const Zone& zone, std::optional<WallTime> first,
                   WallTime now) {
    PlanRange out;
    out.date = options.date ? parse_date(*options.date).value() : zone.date(first.value_or(now));
    out.days = options.days;
    out.from = zone.midnight(out.date);
    auto end = out.date;
    for (int i = 0; i < out.days; ++i)
        end = next_day(end);
    out.to = zone.midnight(end);
    return out;
}

// What a template is made from, besides what the command line says itself.
struct Ground {
    schedule::PlantIndex plant = 0;
    planfile::ValueFile values;
};

std::optional<Ground> read_ground(const TemplateOptions& made, const service::Setup& setup, LocalDate date) {
    const auto plant = find_plant("plan", setup, made.plant);
    if (!plant) return std::nullopt;
    Ground out{.plant = *plant, .values = {}};
    if (made.values.empty()) return out;
    out.values = planfile::load_values(made.values, setup.zone,
                                       {.column = made.column,
                                        .auction = made.auction,
                                        .day_first = setup.day_first,
                                        .quantity = planner::quantity_of(made.name),
                                        .scale = made.scale,
                                        .profile_begin = planfile::begin_of_year(date, setup.zone)});
    for (const auto& problem : out.values.problems)
        complain(problem.message());
    for (const auto& note : out.values.notes)
        complain(fmt::format("note: {}: {}", out.values.file, note));
    if (!out.values.ok()) return std::nullopt;
    return out;
}

// The template's series put into the store as the manual plan of its plant and signal; its facts.
std::optional<std::map<std::string, double>> make_plan(const TemplateOptions& made, const Ground& ground,
                                                       const PlanRange& range, double soc_start,
                                                       const service::Setup& setup,
                                                       schedule::PlanStore& store, const Clock& clock) {
    const auto gaps = made.values.empty() ? std::vector<std::string>{}
                                          : ground.values.gaps(range.from, range.to, setup.zone);
    for (const auto& gap : gaps)
        complain(gap);
    if (!gaps.empty()) return std::nullopt;
    planner::TemplateRequest request{.name = made.name,
                                     .signal = made.signal,
                                     .from = range.from,
                                     .to = range.to,
                                     .parameters = made.parameters,
                                     .soc_start = soc_start,
                                     .values = planfile::joined(ground.values.within(range.from, range.to))};
    // What nobody said of the losses is what the projection will make of them.
    const auto efficiencies = planner::efficiencies_of(setup.config.plants[ground.plant].model);
    for (const auto& info : planner::templates()) {
        for (const auto& parameter : info.parameters) {
            if (info.name != made.name) continue;
            if (parameter.name == "charge_efficiency")
                request.parameters.try_emplace("charge_efficiency", efficiencies.charge);
            if (parameter.name == "discharge_efficiency")
                request.parameters.try_emplace("discharge_efficiency", efficiencies.discharge);
        }
    }
    SolverProgress progress(clock, hil::seconds(made.deadline_s), stderr, ::isatty(STDERR_FILENO) == 1);
    auto plan = planner::make_plan(request, setup.config.plants[ground.plant].model, progress.watch());
    for (const auto& problem : plan.problems)
        complain(problem);
    if (!plan.ok()) return std::nullopt;
    if (const auto gap = plan.facts.find("gap_pu"); gap != plan.facts.end() && gap->second > 0) {
        complain(fmt::format("the best plan found in {} s: at most {:.2g} % are left to gain, see --deadline",
                             format_number(made.deadline_s), 100 * gap->second));
    }
    auto origin = "template " + made.name;
    if (!made.values.empty())
        origin += fmt::format(", {} ({})", ground.values.file, ground.values.provenance.text());
    store.set_manual(ground.plant, made.signal, std::move(plan.series), std::move(origin));
    return std::move(plan.facts);
}

PlantPlan look_at(const service::Setup& setup, const schedule::PlanStore& store, schedule::PlantIndex index,
                  const PlanRange& range, double soc_start) {
    const auto& plant = setup.config.plants[index];
    const schedule::Arbiter arbiter(store, setup.config.startup.schedule_source,
                                    std::chrono::minutes(setup.config.istentore_api.schedule_period_minutes));
    PlantPlan out;
    out.plant = &plant;
    out.segments = schedule::effective_schedule(arbiter, index, range.from, range.to);
    out.projection = planner::project(out.segments, plant.model, soc_start, planner::projected_battery);
    out.violations = planner::validate({.store = store,
                                        .plant = index,
                                        .model = plant.model,
                                        .schedule = out.segments,
                                        .projection = out.projection,
                                        .dispatch_period = setup.config.timing.scheduler_period},
                                       setup.zone);
    if (const auto end = end_of(store, index); end && *end > range.to) out.goes_on_to = end;
    return out;
}

bool write(const std::string& text, const std::filesystem::path& output) {
    if (output.empty()) return std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
    std::FILE* file = std::fopen(output.c_str(), "wb");
    if (file == nullptr) return false;
    const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
    return std::fclose(file) == 0 && written;
}

// What is no part of a plan file goes to standard error.
void print_violations(const std::vector<PlantPlan>& plans) {
    for (const auto& plan : plans) {
        for (const auto& violation : plan.violations.list)
            fmt::print(stderr, "{}\n", violation.text);
        if (plan.violations.omitted > 0)
            fmt::print(stderr, "{}: and {} more violations\n", plan.plant->id, plan.violations.omitted);
    }
}

}  // namespace

int plan_command(const PlanOptions& options) {
    const auto setup = load_setup(options.common);
    if (!setup) return exit_usage;
    schedule::PlanStore store(setup->plant_ids);
    if (!service::load_plans(options.common.schedules, *setup, store)) return exit_usage;
    asio::io_context context(1);
    const RealClock clock(context);
    const double soc_start = options.soc_pu.value_or(setup->config.startup.initial_soc_pu);

    auto first = begin_of(store);
    std::optional<Ground> ground;
    if (options.made) {
        ground = read_ground(
            *options.made, *setup,
            options.date ? parse_date(*options.date).value() : setup->zone.date(clock.wall_now()));
        if (!ground) return exit_usage;
        if (!ground->values.values.empty()) first = ground->values.values.front().from;
    }
    const auto range = range_of(options, setup->zone, first, clock.wall_now());
    std::map<std::string, double> facts;
    if (ground) {
        auto made = make_plan(*options.made, *ground, range, soc_start, *setup, store, clock);
        if (!made) return exit_usage;
        facts = std::move(*made);
    }
    const bool csv = options.format == PlanOptions::Format::csv;
    if (csv && !begin_of(store)) {
        complain("there is no plan to write: give --schedule or --template");
        return exit_usage;
    }

    std::vector<PlantPlan> plans;
    for (schedule::PlantIndex i = 0; i < setup->plant_ids.size(); ++i) {
        if (ground && i != ground->plant && !end_of(store, i)) continue;  // of no interest to a template
        plans.push_back(look_at(*setup, store, i, range, soc_start));
        if (ground && i == ground->plant) {
            plans.back().facts = facts;
            if (!options.made->values.empty()) plans.back().made_from = &ground->values;
        }
    }
    std::string text;
    if (options.format == PlanOptions::Format::table) {
        const bool unicode = takes_unicode([](const char* name) { return std::getenv(name); });
        text = plan_table(plans, range, setup->zone, unicode);
    } else {
        text = csv ? plan_csv(plans, setup->zone) : plan_json(plans, range, setup->zone);
    }
    if (!write(text, options.output)) {
        complain(fmt::format("{} cannot be written",
                             options.output.empty() ? "standard output" : options.output.string()));
        return exit_failed;
    }
    if (csv) print_violations(plans);
    return exit_done;
}

}  // namespace hil::app
