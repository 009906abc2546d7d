#include "planfile/csv_reader.hpp"
#include "planfile/dialect.hpp"
#include "planfile/file_text.hpp"
#include "planfile/plan_formats.hpp"
#include "planfile/written_number.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

namespace hil::planfile {

namespace {

class CsvPlan {
  public:
    CsvPlan(const Dialect& dialect, PlanBuilder& plan) : dialect_(dialect), plan_(plan) {}

    // Looks at all rows before one is read: what their dates and numbers are only they can tell.
    bool survey(const PlanReading& reading) {
        std::optional<DateOrder> given;
        if (reading.day_first) given = *reading.day_first ? DateOrder::day_first : DateOrder::month_first;
        DateOrders orders(given);
        DecimalSigns signs;
        CsvReader csv(dialect_.text, dialect_.separator);
        for (bool header = true; csv.next(); header = header && csv.blank()) {
            if (header) continue;
            orders.see(line_of(csv), csv.cells()[0]);
            // Where a comma ends a cell it is no decimal sign.
            if (dialect_.separator == ',') continue;
            for (const auto cell : csv.cells().subspan(1))
                signs.see(line_of(csv), cell);
        }
        const auto dates = orders.problem(), numbers = signs.problem();
        if (!dates.empty()) plan_.problem(orders.row(), "timestamp", dates);
        if (!numbers.empty()) plan_.problem(signs.row(), "", numbers);
        if (const auto note = orders.note(); !note.empty()) plan_.note(note);
        if (signs.sign() == ',') plan_.note(std::string(decimal_comma_note));
        plan_.note(signs.note());
        plan_.write_of(orders.order(), signs.sign());
        return dates.empty() && numbers.empty();
    }

    void read() {
        CsvReader csv(dialect_.text, dialect_.separator);
        bool header = false;
        std::size_t blank_line = 0;
        while (csv.next()) {
            if (csv.blank()) {
                if (header && blank_line == 0) blank_line = line_of(csv);
                continue;
            }
            if (!header) {
                header = true;
                if (!read_header(csv)) return;
                continue;
            }
            if (blank_line != 0) {
                plan_.problem(blank_line, "", "must not be blank, for rows follow");
                blank_line = 0;
            }
            read_row(csv);
        }
        if (unvalued_) plan_.end_at(unvalued_->line, unvalued_->timestamp);
        if (!csv.error().empty()) {
            plan_.problem(line_of(csv), "", std::string(csv.error()));
        } else if (rows_ == 0) {
            plan_.problem(0, "", "must have a row after the header");
        }
    }

  private:
    // A row of the only column without a value: the end of the series when it is the last row, a mistake
    // otherwise.
    struct Unvalued {
        std::size_t line = 0;
        std::string timestamp;
    };

    [[nodiscard]] std::size_t line_of(const CsvReader& csv) const {
        return csv.line() + dialect_.lines_before;
    }

    bool read_header(const CsvReader& csv) {
        auto cells = csv.cells();
        // Spreadsheet programs write columns that somebody once used.
        while (cells.size() > 1 && cells.back().empty()) {
            cells = cells.first(cells.size() - 1);
            ++unlabelled_;
        }
        if (cells[0] != "timestamp") {
            plan_.problem(line_of(csv), "timestamp",
                          fmt::format("must be the first column, got {}{}", quote_value(cells[0]),
                                      lookalike_hint(cells[0])));
            return false;
        }
        for (const std::string_view name : cells.subspan(1))
            plan_.add_column(line_of(csv), name);
        if (cells.size() == 1) {
            plan_.problem(line_of(csv), "",
                          "must have a column <plant>_p_kw or <plant>_q_kvar after timestamp");
            return false;
        }
        return true;
    }

    void read_row(const CsvReader& csv) {
        if (unvalued_) {
            plan_.begin_row(unvalued_->line, unvalued_->timestamp);
            plan_.value(0, {});
        }
        unvalued_.reset();
        ++rows_;
        auto cells = csv.cells();
        const auto wanted = plan_.column_count() + 1;
        if (cells.size() > wanted && cells.size() <= wanted + unlabelled_) {
            const auto beyond = cells.subspan(wanted);
            const auto value = std::ranges::find_if_not(beyond, &std::string_view::empty);
            if (value != beyond.end())
                plan_.problem(
                    line_of(csv),
                    fmt::format("column {}", wanted + 1 + static_cast<std::size_t>(value - beyond.begin())),
                    fmt::format("must have a name in the header, for it has {}", quote_value(*value)));
            cells = cells.first(wanted);
        }
        if (cells.size() != wanted) {
            plan_.problem(line_of(csv), "",
                          fmt::format("must have {} cells as the header, got {}", wanted, cells.size()));
            return;
        }
        if (rows_ > 1 && plan_.column_count() == 1 && cells[1].empty()) {
            unvalued_ = {line_of(csv), std::string(cells[0])};
            return;
        }
        plan_.begin_row(line_of(csv), cells[0]);
        for (std::size_t i = 1; i < cells.size(); ++i)
            plan_.value(i - 1, cells[i]);
    }

    const Dialect& dialect_;
    PlanBuilder& plan_;
    std::size_t rows_ = 0, unlabelled_ = 0;
    std::optional<Unvalued> unvalued_;
};

}  // namespace

void read_plan_csv(std::string_view text, const PlanReading& reading, PlanBuilder& plan) {
    const auto dialect = dialect_of(text);
    if (!dialect.problem.empty()) return plan.problem(1, "", dialect.problem);
    CsvPlan csv(dialect, plan);
    if (csv.survey(reading)) csv.read();
}

}  // namespace hil::planfile
