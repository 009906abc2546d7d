// Lengths of time as people write them: on a command line, in a configuration, in a request.
#pragma once

#include "base/time.hpp"

#include <optional>
#include <string_view>

namespace hil {

// "30s", "1h30m", "1.5d", "250ms": one or more numbers, each with its unit (ms, s, m, h or d) and nothing
// between them. None for anything else, signs, exponents and more than a hundred years included.
std::optional<Duration> parse_duration(std::string_view text);

// The same as a regular expression (ECMA 262), but for the longest.
inline constexpr std::string_view duration_pattern = "^([0-9]+(\\.[0-9]+)?(ms|s|m|h|d))+$";

}  // namespace hil
