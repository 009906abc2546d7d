#include "planfile/csv_reader.hpp"
#include "planfile/plan_formats.hpp"
#include "planfile/workbook.hpp"

#include "base/number.hpp"

#include <fmt/format.h>

namespace hil::planfile {

namespace {

using Kind = WorkbookCell::Kind;

// Whose cells are dates of a plan's times: 1970 to 2199 as days of either system. A number that is not shown
// as a date is taken for one only there, so that "1, 2, 3" is not.
constexpr double earliest_days = 24'000, latest_days = 110'000;

class PlanRows final : public WorkbookRows {
  public:
    explicit PlanRows(PlanBuilder& plan) : plan_(plan) {}

    [[nodiscard]] std::size_t rows() const { return rows_; }
    [[nodiscard]] bool refused() const { return refused_; }

    void row(const WorkbookRow& row, bool system_1904) override {
        if (refused_ || row.blank()) return;
        if (!header_) {
            header_ = true;
            refused_ = !read_header(row);
        } else {
            if (row.number != last_ + 1) plan_.problem(last_ + 1, "", "must not be blank, for rows follow");
            ++rows_;
            read_values(row, system_1904);
        }
        last_ = row.number;
    }

  private:
    static const WorkbookCell& cell(const WorkbookRow& row, std::size_t column) {
        static const WorkbookCell none;
        return column < row.cells.size() ? row.cells[column] : none;
    }

    bool read_header(const WorkbookRow& row) {
        const auto& first = cell(row, 0);
        if (trim_blanks(first.text) != "timestamp") {
            plan_.problem(row.number, "timestamp",
                          fmt::format("must be the first column, got {}", quote_value(first.text)));
            return false;
        }
        for (std::size_t i = 1; i < row.cells.size(); ++i)
            plan_.add_column(row.number, trim_blanks(row.cells[i].text));
        if (row.cells.size() < 2) {
            plan_.problem(row.number, "",
                          "must have a column <plant>_p_kw or <plant>_q_kvar after timestamp");
            return false;
        }
        return true;
    }

    void read_values(const WorkbookRow& row, bool system_1904) {
        if (row.cells.size() > plan_.column_count() + 1) {
            plan_.problem(row.number, "",
                          fmt::format("must have {} cells as the header, got {}", plan_.column_count() + 1,
                                      row.cells.size()));
            return;
        }
        begin_row(row.number, cell(row, 0), system_1904);
        for (std::size_t i = 0; i < plan_.column_count(); ++i)
            read_value(row.number, i, cell(row, i + 1), system_1904);
    }

    void begin_row(std::size_t number, const WorkbookCell& time, bool system_1904) {
        if (time.kind == Kind::text || time.kind == Kind::empty)
            return plan_.begin_row(number, trim_blanks(time.text));
        const auto serial = parse_number(time.text);
        const bool is_time =
            serial && (time.kind == Kind::date ||
                       (time.kind == Kind::number && *serial >= earliest_days && *serial <= latest_days));
        const auto text = is_time ? workbook_time(*serial, system_1904) : std::string();
        if (!text.empty()) return plan_.begin_row(number, text);
        plan_.problem(number, "timestamp",
                      time.kind == Kind::unknown
                          ? no_value()
                          : "must be a date with its time, or an ISO 8601 time, got " + time.text);
        plan_.skip_row(number);
    }

    void read_value(std::size_t number, std::size_t column, const WorkbookCell& value, bool system_1904) {
        if (value.kind == Kind::unknown) {
            plan_.problem(number, plan_.column_name(column), no_value());
        } else if (value.kind == Kind::date) {
            const auto serial = parse_number(value.text);
            const auto time = serial ? workbook_time(*serial, system_1904) : std::string();
            plan_.problem(number, plan_.column_name(column),
                          fmt::format("must be a number, got a date{}{}", time.empty() ? "" : ": ", time));
        } else {
            plan_.value(column, trim_blanks(value.text), value.kind != Kind::other,
                        value.kind == Kind::text || value.kind == Kind::empty);
        }
    }

    static std::string no_value() {
        return "is a formula without its value: open the workbook in a spreadsheet program and save it";
    }

    PlanBuilder& plan_;
    bool header_ = false, refused_ = false;
    std::size_t rows_ = 0, last_ = 0;
};

}  // namespace

void read_plan_xlsx(std::string_view bytes, PlanBuilder& plan) {
    PlanRows rows(plan);
    const auto problem = read_workbook(bytes, rows);
    if (!problem.text.empty()) {
        plan.problem(problem.row, "", problem.text);
    } else if (!rows.refused() && rows.rows() == 0) {
        plan.problem(0, "", "must have a row after the header");
    }
}

}  // namespace hil::planfile
