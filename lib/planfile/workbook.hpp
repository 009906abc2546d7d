// The rows of one sheet of a workbook (XLSX, ECMA-376), in their order and without keeping them.
//
// Read is the only visible sheet, or one that has a name of those given where there are several. Formulas
// give the value that was stored with them.
#pragma once

#include "planfile/workbook_archive.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hil::planfile {

struct WorkbookCell {
    enum class Kind : std::uint8_t {
        empty,
        text,
        number,
        date,          // a number that is shown as a date or time
        written_date,  // a date or time in ISO 8601
        percent,       // a number that is shown as a percentage
        other,         // a truth value or an error such as "#REF!"
        unknown,       // a formula whose value was not stored, or not calculated
    };
    Kind kind = Kind::empty;
    std::string text;      // a number as it is written in the file
    std::string offset{};  // of a date, where its format says it: "Z"
    std::string words{};   // of a number, what its format shows beside it: "MW"
    int thousands = 0;     // of a number, by how many thousands its format shows it divided

    [[nodiscard]] bool blank() const;
};

struct WorkbookRow {
    std::size_t number = 0;           // as the spreadsheet program counts, from 1
    std::vector<WorkbookCell> cells;  // from column A; trailing empty ones may be missing

    [[nodiscard]] bool blank() const;
};

// Days of either date system from 1970 to 2199. A number that is not shown as a date is taken for one only
// there, so that "1, 2, 3" is not.
inline constexpr double first_serial = 24'000, last_serial = 110'000;

// What a serial number of the workbook's date system means, "2025-10-01T00:15:00" in whatever zone; a
// fraction of a second in milliseconds, but for what is only the rounding of a whole one. Empty for what is
// no date from 1900 to 9999.
std::string workbook_time(double serial, bool system_1904);

class WorkbookRows {
  public:
    virtual ~WorkbookRows() = default;
    // In the order of their numbers, rows without cells may be missing; before any row `system_1904` is
    // known.
    virtual void row(const WorkbookRow& row, bool system_1904) = 0;

  protected:
    WorkbookRows() = default;
    WorkbookRows(const WorkbookRows&) = default;
    WorkbookRows& operator=(const WorkbookRows&) = default;
};

// Why the workbook, or what stands in this row and beyond, could not be read: a sentence as "is a damaged
// workbook: …". The text is empty when all was read.
struct WorkbookProblem {
    std::size_t row = 0;
    std::string text;
    std::vector<std::string> notes{};  // of what was read and may be other than meant, sentences
};

// Whether this is a ZIP archive, as workbooks are.
bool looks_like_workbook(std::string_view bytes);

// Never throws for what the bytes are.
WorkbookProblem read_workbook(std::string_view bytes, WorkbookRows& rows, const WorkbookLimits& limits = {},
                              std::span<const std::string_view> sheet_names = {});

}  // namespace hil::planfile
