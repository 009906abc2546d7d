// What the sites of these tests go through: much more in an hour than a site sees in a month.
#pragma once

#include "config/load.hpp"
#include "simulate/simulation.hpp"

#include "support/catch.hpp"

namespace hil::simulate {

inline const service::Setup& shipped_setup() {
    static const service::Setup setup = [] {
        auto loaded = config::load(HIL_SOURCE_DIR "/etc/hil.json");
        REQUIRE(loaded.problems.empty());
        auto zone = Zone::find(loaded.config.timezone);
        REQUIRE(zone);
        std::vector<std::string> ids;
        for (const auto& plant : loaded.config.plants)
            ids.push_back(plant.id);
        return service::Setup{std::move(loaded.config), std::move(*zone), std::move(ids)};
    }();
    return setup;
}

inline FaultProfile rough() {
    FaultProfile profile = default_faults();
    profile.delay = 0.1;
    profile.drop = 0.004;
    profile.cut = 0.002;
    profile.resets = 100;
    profile.outages = 60;
    profile.restarts = 30;
    profile.overwrites = 100;
    profile.meter_faults = 60;
    profile.ignored_writes = 60;
    profile.commands = 500;
    profile.plan_changes = 100;
    profile.site_commands = 60;
    profile.emergency_stops = 30;
    profile.crashes = 20;
    profile.restarts_in_order = 10;
    profile.platform = 0.2;
    profile.platform_outages = 20;
    profile.platform_denials = 20;
    return profile;
}

}  // namespace hil::simulate
