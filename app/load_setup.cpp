#include "app/load_setup.hpp"

#include "config/load.hpp"
#include "config/names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>

namespace hil::app {

void say_where(const std::filesystem::path& config_file) {
    fmt::print(stderr, "configuration: {}\n", config_file.string());
}

std::optional<service::Setup> load_setup(const CommonOptions& options) {
    if (options.config_found_here) say_where(options.config_file);
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
    return service::Setup{.config = std::move(config),
                          .zone = std::move(*zone),
                          .plant_ids = std::move(ids),
                          .day_first = options.day_first};
}

std::optional<std::string> missing_endpoints(const service::Setup& setup) {
    const auto mode = setup.config.startup.transport_mode;
    const auto lacking = setup.config.plants_without(mode);
    if (lacking.empty()) return std::nullopt;
    return fmt::format("--transport: no modbus.{} is configured for {}: nothing was started",
                       config::to_string(mode), fmt::join(lacking, ", "));
}

}  // namespace hil::app
