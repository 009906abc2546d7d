// Which layout a table has, and what its columns are.
#pragma once

#include "planfile/layouts.hpp"
#include "planfile/value_table.hpp"

#include <optional>
#include <string>
#include <vector>

namespace hil::planfile {

struct TableColumn {
    std::size_t place = 0;
    const ColumnRule* rule = nullptr;
    std::string label;
    std::string unit{};  // where a row of units stands below
};

struct TableHead {
    const Layout* layout = nullptr;
    std::size_t line = 0;              // of the header
    std::size_t width = 0;             // of the header, in cells
    std::size_t first_row = 0;         // of the table's rows: the first with values
    std::vector<TableColumn> columns;  // those that mean something

    // The first of the role; null when there is none.
    [[nodiscard]] const TableColumn* find(Role role) const;
    [[nodiscard]] std::vector<const TableColumn*> all(Role role) const;
};

// Whether a cell says that there is no value: it is empty, or has a word of the layout for that, in whatever
// case.
bool says_nothing(const Layout& layout, const TableCell& cell);
// Whether a row has no values but is the line behind the last one, or that line and the header again where
// files of several days were put one behind the other.
bool between_files(const Layout& layout, const TableRow& row);

// None when the header is that of no layout.
std::optional<TableHead> match_layout(const ValueTable& table);

// "has the header …, which is none of those known: …"
std::string unknown_layout(const ValueTable& table);

// A day of the market operator as it publishes it for people, the series as rows below a title with the date,
// as a table with a row for each period; other tables as they are.
ValueTable with_periods_as_rows(ValueTable table);

}  // namespace hil::planfile
