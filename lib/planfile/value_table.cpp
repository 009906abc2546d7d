#include "planfile/value_table.hpp"

#include "base/number.hpp"
#include "planfile/csv_reader.hpp"
#include "planfile/dialect.hpp"
#include "planfile/file_text.hpp"
#include "planfile/workbook.hpp"
#include "planfile/workbook_cells.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace hil::planfile {

namespace {

constexpr std::array<std::string_view, 4> value_sheets{"prices", "load", "values", "plan"};

class Rows final : public WorkbookRows {
  public:
    explicit Rows(ValueTable& table) : table_(table) {}

    void row(const WorkbookRow& row, bool system_1904) override {
        if (row.blank()) return;
        table_.system_1904 = system_1904;
        TableRow made{.line = row.number, .cells = {}};
        made.cells.reserve(row.cells.size());
        for (const auto& cell : row.cells)
            made.cells.push_back(converted(cell, system_1904));
        table_.rows.push_back(std::move(made));
    }

  private:
    TableCell converted(const WorkbookCell& cell, bool system_1904) {
        using Kind = WorkbookCell::Kind;
        switch (cell.kind) {
            case Kind::empty:
                return {};
            case Kind::text:
                return {TableCell::Kind::text, std::string(trim_blanks(cell.text))};
            case Kind::number:
                return {TableCell::Kind::plain, cell.text, place_among({cell.words, cell.thousands})};
            case Kind::date:
            case Kind::written_date: {
                auto time = time_of(cell, system_1904);
                if (time.empty()) return {TableCell::Kind::refused, "is no date with a time"};
                table_.computed_times = true;
                return {TableCell::Kind::date, std::move(time)};
            }
            case Kind::percent:
                return {TableCell::Kind::refused, "must be a number, got a percentage"};
            case Kind::unknown:
                return {TableCell::Kind::refused, std::string(formula_without_value)};
            case Kind::other:
                break;
        }
        return {TableCell::Kind::refused, "must be a number, got " + cell.text};
    }

    // Among the ways in which numbers are shown.
    std::uint16_t place_among(ShownNumber shown) {
        constexpr std::size_t most = 1000;
        if (shown.thousands == 0 && !unit_in(shown.words)) return 0;
        auto& all = table_.shown;
        const auto known = std::ranges::find(all, shown);
        const auto place = static_cast<std::size_t>(known - all.begin());
        if (known == all.end() && all.size() < most) all.push_back(std::move(shown));
        return static_cast<std::uint16_t>(std::min(place, most - 1) + 1);
    }

    ValueTable& table_;
};

ValueTable of_workbook(std::string_view bytes) {
    ValueTable out;
    Rows rows(out);
    auto problem = read_workbook(bytes, rows, {}, value_sheets);
    out.problem_row = problem.row;
    out.problem = std::move(problem.text);
    out.notes = std::move(problem.notes);
    return out;
}

ValueTable of_text(std::string_view text) {
    ValueTable out;
    const auto dialect = dialect_of(text);
    out.problem = dialect.problem;
    if (!out.problem.empty()) return out;
    out.separator = dialect.separator;
    CsvReader csv(dialect.text, dialect.separator);
    while (csv.next()) {
        if (csv.blank()) continue;
        TableRow row{.line = csv.line() + dialect.lines_before, .cells = {}};
        row.cells.reserve(csv.cells().size());
        for (const auto cell : csv.cells())
            row.cells.push_back({TableCell::Kind::text, std::string(trim_blanks(cell))});
        out.rows.push_back(std::move(row));
    }
    if (!csv.error().empty()) {
        out.problem_row = csv.line() + dialect.lines_before;
        out.problem = csv.error();
    }
    return out;
}

}  // namespace

bool TableRow::blank() const {
    return std::ranges::all_of(cells, &TableCell::blank);
}

const TableCell& TableRow::cell(std::size_t column) const {
    static const TableCell none;
    return column < cells.size() ? cells[column] : none;
}

void ValueTable::read_serials(std::size_t first_row, std::size_t column) {
    for (auto i = first_row; i < rows.size(); ++i) {
        if (column >= rows[i].cells.size()) continue;
        auto& cell = rows[i].cells[column];
        const auto serial = cell.kind == TableCell::Kind::plain ? parse_number(cell.text) : std::nullopt;
        if (!serial || *serial < first_serial || *serial > last_serial) continue;
        auto time = workbook_time(*serial, system_1904);
        if (time.empty()) continue;
        cell = {TableCell::Kind::date, std::move(time)};
        computed_times = true;
    }
}

ValueTable read_value_table(std::string_view bytes) {
    if (looks_like_workbook(bytes)) return of_workbook(bytes);
    // Older files of the market operator, and what spreadsheet programs of Western Europe write, are no
    // UTF-8.
    std::string converted;
    if (other_kind_of_file(bytes).empty() && !is_utf8(bytes)) bytes = converted = from_windows_1252(bytes);
    if (auto unusable = text_problem(bytes); !unusable.empty()) {
        ValueTable out;
        out.problem = std::move(unusable);
        return out;
    }
    const auto first = without_bom(bytes).find_first_not_of(" \t\r\n");
    if (const char opening = without_bom(bytes)[first]; opening == '[' || opening == '{') {
        ValueTable out;
        out.problem = "is JSON: save the table as CSV or XLSX";
        return out;
    }
    return of_text(bytes);
}

}  // namespace hil::planfile
