// A length of time in a JSON value, as people write it there.
#pragma once

#include "base/time.hpp"

#include <boost/json/fwd.hpp>

#include <optional>

namespace hil::config {

// A number counts `unit`s; a text is one as "1h30m" (base/duration_text.hpp). In units; none for anything
// else. Whether it is in range is for the caller to say.
std::optional<double> time_in(const boost::json::value& value, Duration unit);
std::optional<double> seconds_in(const boost::json::value& value);

}  // namespace hil::config
