// Spans of time as sentences say them.
#pragma once

#include "base/time.hpp"

#include <string>

namespace hil::scenario {

// "2.1 s", "15 min", "1 h 30 min": for sentences.
std::string span_text(Duration span);

}  // namespace hil::scenario
