// JSON for people: indented, numbers as they would write them (100.0, not 1E2), short arrays on one line.
#pragma once

#include <boost/json/value.hpp>

#include <string>

namespace hil::config {

// Ends with a line break. Keys keep their order.
std::string json_text(const boost::json::value& value);

}  // namespace hil::config
