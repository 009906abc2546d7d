#include "app/measurement_place.hpp"

#include "device/recorded.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace hil::app {

std::optional<service::Setup> load_setup(const DataOptions& options) {
    CommonOptions common;
    common.config_file = options.config_file;
    common.config_found_here = options.config_found_here;
    common.data_dir = options.data_dir;
    return load_setup(common);
}

namespace {

std::optional<std::size_t> find_id(std::string_view command, const std::vector<std::string>& ids,
                                   const std::optional<std::string>& id) {
    if (!id && ids.size() == 1) return 0;
    const auto found = id ? std::find(ids.begin(), ids.end(), *id) : ids.end();
    if (found != ids.end()) return static_cast<std::size_t>(found - ids.begin());
    fmt::print(stderr, "hil_scheduler {}: --plant: must be {}, {}\n", command, fmt::join(ids, " or "),
               id ? fmt::format("got \"{}\"", *id) : std::string("and is missing"));
    return std::nullopt;
}

}  // namespace

std::optional<std::size_t> find_plant(std::string_view command, const service::Setup& setup,
                                      const std::optional<std::string>& id) {
    return find_id(command, setup.plant_ids, id);
}

std::optional<std::string> find_recorded(std::string_view command, const service::Setup& setup,
                                         const std::optional<std::string>& id) {
    auto ids = device::recorded_ids(setup.config);
    const auto found = find_id(command, ids, id);
    return found ? std::optional(std::move(ids[*found])) : std::nullopt;
}

std::optional<WallTime> read_time(std::string_view command, const char* option, const std::string& text,
                                  const Zone& zone) {
    if (const auto date = parse_date(text)) return zone.midnight(*date);
    const auto time = zone.parse(text);
    if (time) return *time;
    fmt::print(stderr, "hil_scheduler {}: --{}: \"{}\": {}\n", command, option, text, time.error().message());
    return std::nullopt;
}

std::filesystem::path database_file(const service::Setup& setup) {
    return std::filesystem::path(setup.config.general.data_dir) / "hil.sqlite";
}

std::shared_ptr<store::Database> open_for_reading(std::string_view command, const service::Setup& setup) {
    const auto file = database_file(setup);
    if (!std::filesystem::exists(file)) {
        fmt::print(
            stderr,
            "hil_scheduler {}: {} does not exist: a run of the service makes it, and `hil_scheduler import "
            "DIR` makes history from recordings\n",
            command, file.string());
        return nullptr;
    }
    try {
        return std::make_shared<store::Database>(file, store::Database::ReadOnly{});
    } catch (const store::DatabaseError& error) {
        fmt::print(stderr, "hil_scheduler {}: {}\n", command, error.what());
        return nullptr;
    }
}

}  // namespace hil::app
