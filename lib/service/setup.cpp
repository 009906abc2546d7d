#include "service/setup.hpp"

#include "planfile/plan_file.hpp"
#include "planner/projected_battery.hpp"
#include "planner/projection.hpp"
#include "planner/validation.hpp"
#include "schedule/effective.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace hil::service {

bool load_recordings(Setup& setup) {
    setup.recordings = battery::load_recordings(setup.config, setup.zone);
    for (const auto& problem : setup.recordings.problems)
        fmt::print(stderr, "{}\n", problem);
    if (setup.recordings.problems.empty()) return true;
    fmt::print(stderr, "a recording cannot be played back: nothing was started\n");
    return false;
}

planfile::Takes signals_of(const config::Config& config) {
    return [&config](schedule::PlantIndex plant, schedule::Signal signal) {
        return signal == schedule::Signal::p ||
               config.plants[plant].takes_reactive_power(config.startup.transport_mode);
    };
}

bool load_plans(const std::vector<std::filesystem::path>& files, const Setup& setup,
                schedule::PlanStore& store) {
    std::vector<planfile::PlanFile> plans;
    bool good = true;
    for (const auto& file : files) {
        auto plan = planfile::load_plan(file, setup.plant_ids, setup.zone, {.day_first = setup.day_first});
        planfile::refuse_missing_signals(plan, setup.plant_ids, signals_of(setup.config));
        for (const auto& problem : plan.problems)
            fmt::print(stderr, "{}\n", problem.message());
        if (plan.omitted > 0) fmt::print(stderr, "{}: and {} more problems\n", plan.file, plan.omitted);
        for (const auto& note : plan.notes)
            fmt::print(stderr, "note: {}: {}\n", plan.file, note);
        good = good && plan.ok();
        plans.push_back(std::move(plan));
    }
    if (!good) {
        fmt::print(stderr, "the plan was refused: nothing was started\n");
        return false;
    }
    for (auto& plan : plans)
        planfile::apply_plan(std::move(plan), store);
    return true;
}

std::vector<std::string> plan_violations(const Setup& setup, const schedule::PlanStore& store, WallTime from,
                                         WallTime to) {
    const schedule::Arbiter arbiter(store, setup.config.startup.schedule_source,
                                    std::chrono::minutes(setup.config.istentore_api.schedule_period_minutes));
    std::vector<std::string> sentences;
    for (schedule::PlantIndex i = 0; i < setup.config.plants.size(); ++i) {
        const auto& model = setup.config.plants[i].model;
        const auto segments = schedule::effective_schedule(arbiter, i, from, to);
        const auto projection = planner::project(segments, model, setup.config.startup.initial_soc_pu,
                                                 planner::projected_battery);
        const auto violations = planner::validate({.store = store,
                                                   .plant = i,
                                                   .model = model,
                                                   .schedule = segments,
                                                   .projection = projection,
                                                   .dispatch_period = setup.config.timing.scheduler_period},
                                                  setup.zone, 20);
        for (const auto& violation : violations.list)
            sentences.push_back(violation.text);
        if (violations.omitted > 0) {
            sentences.push_back(
                fmt::format("{}: and {} more violations", setup.plant_ids[i], violations.omitted));
        }
    }
    return sentences;
}

}  // namespace hil::service
