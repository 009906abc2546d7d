// What every sub-command does first: the configuration with its overrides, and the zone.
#pragma once

#include "app/options.hpp"
#include "service/setup.hpp"

#include <optional>
#include <string>

namespace hil::app {

// Exit statuses of every program here.
inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;           // the run failed
inline constexpr int exit_usage = 2;            // usage or configuration
inline constexpr int exit_could_not_start = 3;  // port taken, data directory not writable

// For a file of the working directory that nobody named: which one it is, on standard error.
void say_where(const std::filesystem::path& config_file);

// The configuration file, then the environment, then the command line. Every problem is printed to
// standard error, one a line; none is returned when there was any.
std::optional<service::Setup> load_setup(const CommonOptions& options);

// Why the configured plants cannot all be reached over the transport in force, naming those that have no such
// endpoint; none: they can.
std::optional<std::string> missing_endpoints(const service::Setup& setup);

}  // namespace hil::app
