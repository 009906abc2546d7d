#include "planfile/workbook_cells.hpp"

#include "base/number.hpp"
#include "planfile/written_time.hpp"

#include <fmt/format.h>

namespace hil::planfile {

std::string time_of(const WorkbookCell& cell, bool system_1904) {
    if (cell.kind == WorkbookCell::Kind::written_date) {
        const std::string_view text = cell.text;
        if (!read_written_time(text, DateOrder::day_first)) return {};
        // A cell has no zone, whatever its text says; its format may.
        return std::string(
                   text.substr(0, text.find_first_of("Zz+-", std::min<std::size_t>(text.size(), 10)))) +
               cell.offset;
    }
    const auto serial = parse_number(cell.text);
    auto time = serial ? workbook_time(*serial, system_1904) : std::string();
    if (!time.empty()) time += cell.offset;
    return time;
}

}  // namespace hil::planfile
