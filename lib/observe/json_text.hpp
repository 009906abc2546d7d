// Writing JSON by hand where lines are many and numbers must look as people write them.
#pragma once

#include <string>
#include <string_view>

namespace hil::observe {

// The text as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);
// null for a number that is not finite.
void append_json_number(std::string& out, double value);

}  // namespace hil::observe
