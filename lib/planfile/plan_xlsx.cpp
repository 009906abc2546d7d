#include "planfile/file_text.hpp"
#include "planfile/plan_formats.hpp"
#include "planfile/shown_unit.hpp"
#include "planfile/workbook.hpp"
#include "planfile/workbook_cells.hpp"

#include "base/number.hpp"

#include <fmt/format.h>

#include <array>

namespace hil::planfile {

namespace {

using CellKind = WorkbookCell::Kind;

class PlanRows final : public WorkbookRows {
  public:
    PlanRows(PlanBuilder& plan, std::optional<DateOrder> given) : plan_(plan), orders_(given) {}

    // What the texts of the times say, once all rows were there.
    [[nodiscard]] const DateOrders& orders() const { return orders_; }

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
                          fmt::format("must be the first column, got {}{}", quote_value(first.text),
                                      lookalike_hint(first.text)));
            return false;
        }
        auto columns = row.cells.size();
        while (columns > 1 && row.cells[columns - 1].blank())
            --columns;
        for (std::size_t i = 1; i < columns; ++i)
            plan_.add_column(row.number, trim_blanks(row.cells[i].text));
        if (columns < 2) {
            plan_.problem(row.number, "",
                          "must have a column <plant>_p_kw or <plant>_q_kvar after timestamp");
            return false;
        }
        return true;
    }

    void read_values(const WorkbookRow& row, bool system_1904) {
        auto cells = row.cells.size();
        while (cells > 1 && row.cells[cells - 1].blank())
            --cells;
        if (cells > plan_.column_count() + 1) {
            plan_.problem(
                row.number, "",
                fmt::format("must have {} cells as the header, got {}", plan_.column_count() + 1, cells));
            return;
        }
        begin_row(row.number, cell(row, 0), system_1904);
        for (std::size_t i = 0; i < plan_.column_count(); ++i)
            read_value(row.number, i, cell(row, i + 1), system_1904);
    }

    void begin_row(std::size_t number, const WorkbookCell& time, bool system_1904) {
        if (time.kind == CellKind::text || time.kind == CellKind::empty) {
            orders_.see(number, trim_blanks(time.text));
            return plan_.begin_row(number, trim_blanks(time.text));
        }
        const auto serial = parse_number(time.text);
        const bool is_time =
            time.kind == CellKind::date || time.kind == CellKind::written_date ||
            (time.kind == CellKind::number && serial && *serial >= first_serial && *serial <= last_serial);
        const auto text = is_time ? time_of(time, system_1904) : std::string();
        if (!text.empty()) {
            plan_.computed_times();
            return plan_.begin_row(number, text);
        }
        plan_.problem(number, "timestamp",
                      time.kind == CellKind::unknown
                          ? std::string(formula_without_value)
                          : "must be a date with its time, or an ISO 8601 time, got " + shown(time));
        plan_.skip_row(number);
    }

    // A text or something else in a message, on one line.
    static std::string shown(const WorkbookCell& cell) {
        if (cell.kind == CellKind::percent) return "a percentage: " + cell.text;
        return cell.kind == CellKind::written_date ? quote_value(cell.text) : shown_label(cell.text);
    }

    void read_value(std::size_t number, std::size_t column, const WorkbookCell& value, bool system_1904) {
        const auto refuse = [&](std::string text) {
            plan_.problem(number, plan_.column_name(column), std::move(text));
        };
        switch (value.kind) {
            case CellKind::unknown:
                return refuse(std::string(formula_without_value));
            case CellKind::percent:
                return refuse("must be a number, got " + shown(value));
            case CellKind::date:
            case CellKind::written_date: {
                const auto time = time_of(value, system_1904);
                return refuse(
                    fmt::format("must be a number, got a date{}{}", time.empty() ? "" : ": ", time));
            }
            case CellKind::number:
                if (const auto other = shown_otherwise({value.words, value.thousands}, unit_of(column));
                    !other.empty())
                    return refuse(fmt::format("must be a number of {}, got {}, and {}", unit_of(column),
                                              value.text, other));
                [[fallthrough]];
            default:
                plan_.value(column, trim_blanks(value.text), value.kind != CellKind::other,
                            value.kind == CellKind::text || value.kind == CellKind::empty);
        }
    }

    [[nodiscard]] std::string_view unit_of(std::size_t column) const {
        return plan_.column_name(column).ends_with("_kvar") ? "kvar" : "kW";
    }

    PlanBuilder& plan_;
    DateOrders orders_;
    bool header_ = false, refused_ = false;
    std::size_t rows_ = 0, last_ = 0;
};

}  // namespace

void read_plan_xlsx(std::string_view bytes, const PlanReading& reading, PlanBuilder& plan) {
    constexpr std::array<std::string_view, 1> sheet_names{"plan"};
    std::optional<DateOrder> given;
    if (reading.day_first) given = *reading.day_first ? DateOrder::day_first : DateOrder::month_first;
    const auto read = [&](PlanBuilder& into, std::optional<DateOrder> order) {
        if (order) into.write_of(*order, '.');
        PlanRows rows(into, given);
        const auto problem = read_workbook(bytes, rows, {}, sheet_names);
        if (!problem.text.empty()) {
            into.problem(problem.row, "", problem.text);
        } else if (!rows.refused() && rows.rows() == 0) {
            into.problem(0, "", "must have a row after the header");
        }
        for (const auto& note : problem.notes)
            into.note(note);
        return rows.orders();
    };
    // Only all rows together tell the order of dates that are texts; most workbooks have none.
    auto as_they_are = plan;
    const auto orders = read(as_they_are, given);
    if (!orders.seen()) {
        plan = std::move(as_they_are);
        return;
    }
    if (const auto problem = orders.problem(); !problem.empty())
        return plan.problem(orders.row(), "timestamp", problem);
    plan.note(orders.note());
    (void)read(plan, orders.order());
}

}  // namespace hil::planfile
