#include "app/setup.hpp"

#include "app/projected_battery.hpp"
#include "config/load.hpp"
#include "schedule/effective.hpp"
#include "schedule/plan_file.hpp"
#include "schedule/projection.hpp"
#include "schedule/validation.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace hil::app {

std::optional<Setup> load_setup(const CommonOptions& options) {
    auto loaded = config::load(options.config_file, config::process_environment());
    for (const auto& warning : loaded.warnings)
        fmt::print(stderr, "warning: {}\n", warning.message());
    for (const auto& problem : loaded.problems)
        fmt::print(stderr, "{}\n", problem.message());
    if (!loaded.problems.empty()) {
        const auto count = loaded.problems.size();
        fmt::print(stderr, "{} problem{} in the configuration: nothing was started\n", count,
                   count == 1 ? "" : "s");
        return std::nullopt;
    }
    auto& config = loaded.config;
    if (options.transport) config.startup.transport_mode = *options.transport;
    if (options.source) config.startup.schedule_source = *options.source;
    if (options.data_dir) config.general.data_dir = *options.data_dir;
    if (options.log_level) config.general.log_level = *options.log_level;
    if (options.port) config.private_dashboard.address.port = *options.port;

    auto zone = Zone::find(config.timezone);
    if (!zone) {
        fmt::print(stderr, "{}: /time/timezone: \"{}\": {}\n", options.config_file.string(), config.timezone,
                   zone.error().message());
        return std::nullopt;
    }
    std::vector<std::string> ids;
    for (const auto& plant : config.plants)
        ids.push_back(plant.id);
    return Setup{std::move(config), std::move(*zone), std::move(ids)};
}

bool load_recordings(Setup& setup) {
    setup.recordings = plant_sim::load_recordings(setup.config, setup.zone);
    for (const auto& problem : setup.recordings.problems)
        fmt::print(stderr, "{}\n", problem);
    if (setup.recordings.problems.empty()) return true;
    fmt::print(stderr, "a recording cannot be played back: nothing was started\n");
    return false;
}

bool load_plans(const std::vector<std::filesystem::path>& files, const Setup& setup,
                schedule::PlanStore& store) {
    std::vector<schedule::PlanFile> plans;
    bool good = true;
    for (const auto& file : files) {
        auto plan = schedule::load_plan(file, setup.plant_ids, setup.zone);
        for (const auto& problem : plan.problems)
            fmt::print(stderr, "{}\n", problem.message());
        if (plan.omitted > 0) fmt::print(stderr, "{}: and {} more problems\n", plan.file, plan.omitted);
        good = good && plan.ok();
        plans.push_back(std::move(plan));
    }
    if (!good) {
        fmt::print(stderr, "the plan was refused: nothing was started\n");
        return false;
    }
    for (auto& plan : plans)
        schedule::apply_plan(std::move(plan), store);
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
        const auto projection =
            schedule::project(segments, model, setup.config.startup.initial_soc_pu, projected_battery);
        const auto violations = schedule::validate({.store = store,
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

}  // namespace hil::app
