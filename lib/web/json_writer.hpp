// JSON as clients get it: without blanks, and with numbers as people write them (100.0, not 1E2).
#pragma once

#include "base/time.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace hil::web {

void append_text(std::string& out, const boost::json::value& value);
std::string to_text(const boost::json::value& value);
std::string to_text(const boost::json::object& object);

// UTC as every client gets it: "2025-10-01T08:00:00Z", a fraction only where it is not zero.
std::string utc_text(WallTime at);
void append_utc(std::string& out, WallTime at);

// null for what is not known: no value, an empty text, a number that is not finite.
boost::json::value time_or_null(const std::optional<WallTime>& at);
boost::json::value text_or_null(std::string_view text);
boost::json::value number_or_null(double value);

inline boost::json::string_view json_view(std::string_view text) {
    return {text.data(), text.size()};
}
inline std::string_view std_view(boost::json::string_view text) {
    return {text.data(), text.size()};
}

}  // namespace hil::web
