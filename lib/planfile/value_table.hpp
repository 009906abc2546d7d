// A file of prices or loads as a table of texts, whatever it is kept in: CSV of commas or semicolons, in
// UTF-8 or Windows' Western European, or a workbook.
#pragma once

#include "planfile/shown_unit.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hil::planfile {

struct TableCell {
    enum class Kind : std::uint8_t {
        text,     // as somebody wrote it
        plain,    // a number of a workbook, with a decimal point
        date,     // of a workbook: a local time in ISO 8601
        refused,  // `text` says what it is instead of a value: "is a percentage"
    };
    Kind kind = Kind::text;
    std::string text{};
    // Of a plain number: which of ValueTable::shown is how its cell shows it, from 1; 0: as it is.
    std::uint16_t shown = 0;

    [[nodiscard]] bool blank() const { return kind == Kind::text && text.empty(); }
};

struct TableRow {
    std::size_t line = 0;  // of the file, from 1
    std::vector<TableCell> cells;

    [[nodiscard]] bool blank() const;
    // Beyond the last cell there are blank ones.
    [[nodiscard]] const TableCell& cell(std::size_t column) const;
};

struct ValueTable {
    std::vector<TableRow> rows;      // none of them blank
    char separator = 0;              // of the cells of a text
    bool computed_times = false;     // some times are numbers of a workbook
    bool system_1904 = false;        // from when these are counted
    std::vector<ShownNumber> shown;  // in how many ways a workbook shows numbers with a unit
    std::vector<std::string> notes;  // of what was read and may be other than meant
    std::size_t problem_row = 0;
    std::string problem;  // why it is no table, a sentence; empty when it is

    // Makes times of the numbers in a column that are serial numbers of days from 1970 on, though no format
    // shows them so.
    void read_serials(std::size_t first_row, std::size_t column);
};

// Never throws for what the bytes are.
ValueTable read_value_table(std::string_view bytes);

}  // namespace hil::planfile
