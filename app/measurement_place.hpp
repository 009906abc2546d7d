// What export, import, compress and why begin with: the configuration, the plant and the instants meant, the
// database.
#pragma once

#include "app/load_setup.hpp"
#include "app/measurement_options.hpp"
#include "store/database.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hil::app {

// All of these print a sentence that begins with the sub-command's name where they give nothing.
std::optional<service::Setup> load_setup(const DataOptions& options);
// The same of all that is recorded, watched devices as well: its id.
std::optional<std::string> find_recorded(std::string_view command, const service::Setup& setup,
                                         const std::optional<std::string>& id);
std::optional<std::size_t> find_plant(std::string_view command, const service::Setup& setup,
                                      const std::optional<std::string>& id);
// "2025-10-01T12:00[:00][+02:00]", or a day for its midnight.
std::optional<WallTime> read_time(std::string_view command, const char* option, const std::string& text,
                                  const Zone& zone);
std::filesystem::path database_file(const service::Setup& setup);
// The site's database for reading.
std::shared_ptr<store::Database> open_for_reading(std::string_view command, const service::Setup& setup);

}  // namespace hil::app
