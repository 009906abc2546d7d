// Text as it may stand in a page, and numbers as people read them.
#pragma once

#include "base/time.hpp"
#include "base/zone.hpp"

#include <string>
#include <string_view>

namespace hil::report {

// For between tags and within quotes; bytes that are not UTF-8 and control characters become U+FFFD.
std::string escaped(std::string_view text);
// JSON that may stand in a script element: nothing in it can end the element or begin a comment.
std::string for_script(std::string_view json);

// Fixed decimals with a true minus; a dash for what is not known.
std::string shown(double value, int decimals);
// "1 234 567", with narrow blanks that do not break.
std::string shown_count(std::uint64_t value);
// "3 d 04 h", "2 h 05 min", "4 min 10 s", "1.25 s"
std::string shown_length(Duration length);
// "2025-10-01 12:00:00" of the zone, a fraction only where it is not zero
std::string shown_time(WallTime at, const Zone& zone);
// The same with its offset from UTC.
std::string shown_instant(WallTime at, const Zone& zone);

}  // namespace hil::report
