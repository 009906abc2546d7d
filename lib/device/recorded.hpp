// All that is recorded of a site: its plants, then its watched devices. By this index history and questions
// about the past know them.
#pragma once

#include "device/schema.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hil::device {

std::vector<std::string> recorded_ids(const config::Config& config);
// Of an id that is not configured (any more) the battery's: every recording was one once.
const Schema& recorded_schema(const config::Config& config, std::string_view id);
const config::Device* find_device(const config::Config& config, std::string_view id);

}  // namespace hil::device
