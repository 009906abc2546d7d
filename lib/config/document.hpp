// JSON text into a value, with what Boost.JSON does not say: where the text stops being JSON, and which keys
// appear twice.
#pragma once

#include "config/problems.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <string_view>

namespace hil::config {

// Comments and trailing commas are allowed. None, and a problem, when the text is not JSON; of equal keys the
// first one counts and each further one is a problem.
std::optional<boost::json::value> read_document(std::string_view text, Problems& problems);

}  // namespace hil::config
