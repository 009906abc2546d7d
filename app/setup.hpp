// What every sub-command does first: the configuration with its overrides, the zone, the plan files.
#pragma once

#include "app/options.hpp"
#include "base/zone.hpp"
#include "config/config.hpp"
#include "plant_sim/recordings.hpp"
#include "schedule/plan_store.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hil::app {

// Exit statuses of every program here.
inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;           // the run failed
inline constexpr int exit_usage = 2;            // usage or configuration
inline constexpr int exit_could_not_start = 3;  // port taken, data directory not writable

struct Setup {
    config::Config config;
    Zone zone;
    std::vector<std::string> plant_ids;
    plant_sim::Recordings recordings{};  // see load_recordings()
};

// The configuration file, then the environment, then the command line. Every problem is printed to
// standard error, one a line; none is returned when there was any.
std::optional<Setup> load_setup(const CommonOptions& options);

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

}  // namespace hil::app
