// Numbers as people and files see them: never in the locale's manner, never 1E2 for a hundred.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hil {

// `decimals` 0 or more: rounded to that many, trailing zeros dropped, at least one decimal kept ("0.2",
// "100.0", "0.4988"; what rounds to zero is "0.0"). Negative: the shortest text that reads back as the same
// number, always with a decimal point or an exponent. Precondition: the value is finite, decimals <= 17.
void append_number(std::string& out, double value, int decimals = -1);
std::string format_number(double value, int decimals = -1);

// The whole text must be one finite decimal number; a leading '+' is allowed, blanks and hexadecimal are not.
std::optional<double> parse_number(std::string_view text);

}  // namespace hil
