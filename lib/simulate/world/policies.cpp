#include "simulate/world/policies.hpp"

#include "simulate/world/platform.hpp"

#include <array>

namespace hil::simulate {

service::Setup draw_policies(Random random, service::Setup setup, const FaultProfile& faults) {
    auto& general = setup.config.general;
    if (faults.restarts > 0 && random.chance(0.3)) general.on_plant_restart = config::OnPlantRestart::restart;
    if (faults.overwrites + faults.crashes > 0) {
        static constexpr std::array policies{config::OnStartRunning::safe_stop, config::OnStartRunning::adopt,
                                             config::OnStartRunning::leave};
        general.on_start_running = policies[random.below(policies.size())];
    }
    if (faults.market()) {
        SimulatedPlatform::configure(setup.config);
        setup.config.startup.schedule_source =
            random.chance(0.4) ? config::ScheduleSource::api : config::ScheduleSource::manual;
    } else {
        setup.config.istentore_api.base_url.clear();  // nobody to reach, no certificates to be read
    }
    // Meters that lie matter where somebody acts on what they say.
    if (faults.meter_faults > 0 && random.chance(0.5)) {
        for (auto& plant : setup.config.plants) {
            plant.safety.soc = {.stop_min = 0.02,
                                .derate_min = 0.06,
                                .warn_min = 0.1,
                                .warn_max = 0.9,
                                .derate_max = 0.94,
                                .stop_max = 0.98,
                                .hysteresis = 0.005,
                                .delay = std::chrono::seconds(5)};
            plant.safety.setpoint_not_followed.stop = std::chrono::seconds(180);
        }
    }
    if (faults.restarts_in_order > 0 && random.chance(0.3)) general.on_exit = config::OnExit::leave;
    if (faults.device_watchdogs > 0 && random.chance(faults.device_watchdogs)) {
        for (auto& plant : setup.config.plants)
            for (auto& point : plant.local.points)
                if (point.name == "p_setpoint" || point.name == "q_setpoint")
                    point.refresh = std::chrono::seconds(6);
    }
    // Some devices show by which register they are run, others do not.
    if (faults.takings > 0 && random.chance(0.5)) {
        for (auto& plant : setup.config.plants) {
            for (auto& step : plant.local.start_sequence) {
                for (auto& point : plant.local.points)
                    if (point.name == step.point) point.access = config::Access::read_write;
                step.verify = true;
            }
        }
    }
    return setup;
}

}  // namespace hil::simulate
