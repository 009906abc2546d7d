// Spans of time as people write them in a scenario: "90s", "1h30m", "250ms".
#pragma once

#include "base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace hil::scenario {

// One or more numbers with a unit, ms, s, m, h or d, largest first by custom only. None for anything else.
std::optional<Duration> parse_span(std::string_view text);

// "2.1 s", "15 min", "1 h 30 min": for sentences.
std::string span_text(Duration span);

}  // namespace hil::scenario
