// What a site is made from: the configuration with its overrides, the zone, recordings played back, plan
// files.
#pragma once

#include "base/zone.hpp"
#include "battery/recordings.hpp"
#include "config/config.hpp"
#include "planfile/missing_signals.hpp"
#include "schedule/plan_store.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hil::service {

struct Setup {
    config::Config config;
    Zone zone;
    std::vector<std::string> plant_ids;
    battery::Recordings recordings{};  // see load_recordings()
    std::optional<bool> day_first{};   // of dates in files, see CommonOptions
};

// Which signals the plants take over the transport in force at the start. The configuration outlives it.
planfile::Takes signals_of(const config::Config& config);

// Reads what plants of kind replay play back. Every problem is printed; false when there was any.
bool load_recordings(Setup& setup);

// Loads the plan files in order into the store; later files replace the series they contain. Every problem of
// every file is printed; false when there was any, and then nothing is loaded.
bool load_plans(const std::vector<std::filesystem::path>& files, const Setup& setup,
                schedule::PlanStore& store);

// The state of charge each plant starts with when nothing is recorded, and the sentences for violations of
// the plan between two instants. Shown, never refused.
std::vector<std::string> plan_violations(const Setup& setup, const schedule::PlanStore& store, WallTime from,
                                         WallTime to);

}  // namespace hil::service
