// What separates the cells of a table in text.
#pragma once

#include <string>
#include <string_view>

namespace hil::planfile {

struct Dialect {
    char separator = ',';
    std::string_view text;         // behind a first line that only names the separator
    std::size_t lines_before = 0;  // of that line
    std::string problem;           // "has its cells separated by tabs: …"; empty when it can be read
};

// By the first line that is not blank: commas or semicolons, whichever there are more of outside of quotes;
// a line "sep=;" in front, as spreadsheet programs write it, decides. Tabs and bars are recognised and
// refused.
Dialect dialect_of(std::string_view text);

}  // namespace hil::planfile
