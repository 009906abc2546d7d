#include "simulate/world/first_plans.hpp"

#include "simulate/world/plan.hpp"

#include <utility>

namespace hil::simulate {
namespace {

PlanMemory& memory_of(PlantInvariants& watch, schedule::Signal signal) {
    return signal == schedule::Signal::p ? watch.p_plan : watch.q_plan;
}

void load_given(const FirstPlans& site) {
    for (const auto& file : *site.given) {
        for (const auto& column : file.columns) {
            std::vector<PlanMemory::Row> rows;
            for (const auto& row : column.series.rows())
                rows.push_back({row.at, row.value, row.silent});
            memory_of(*site.watches[column.plant], column.signal)
                .replace(site.from, std::move(rows),
                         column.series.empty() ? site.from : column.series.end_time());
        }
        planfile::apply_plan(file, site.plans);
    }
}

}  // namespace

std::optional<Violation> load_first_plans(const FirstPlans& site, Random& random) {
    if (site.given != nullptr) {
        load_given(site);
        return std::nullopt;
    }
    std::optional<Violation> out;
    const auto& setup = site.setup;
    const bool api = setup.config.startup.schedule_source == config::ScheduleSource::api;
    for (std::size_t i = 0; i < site.watches.size(); ++i) {
        for (const auto signal : schedule::all_signals) {
            // Where the platform plans, most plants are left to it at first.
            if (api && random.chance(0.6)) continue;
            auto drawn = draw_plan(random, setup.config.plants[i], signal, site.from, site.until);
            auto file = planfile::parse_plan(drawn.csv, "drawn.csv", setup.plant_ids, setup.zone);
            if (!file.ok()) {
                if (!out)
                    out = {"plan", setup.plant_ids[i], site.from,
                           "a drawn plan was refused: " + file.problems.front().message()};
                continue;
            }
            planfile::apply_plan(std::move(file), site.plans);
            memory_of(*site.watches[i], signal).replace(site.from, std::move(drawn.rows), drawn.end);
        }
    }
    return out;
}

}  // namespace hil::simulate
