#include "app/simulated_policies.hpp"

#include "app/simulated_platform.hpp"

#include <array>

namespace hil::app {

Setup draw_policies(Random random, Setup setup, const FaultProfile& faults) {
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
    if (faults.restarts_in_order > 0 && random.chance(0.3)) general.on_exit = config::OnExit::leave;
    return setup;
}

}  // namespace hil::app
