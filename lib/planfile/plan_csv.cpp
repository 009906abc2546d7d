#include "planfile/csv_reader.hpp"
#include "planfile/plan_formats.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>

namespace hil::planfile {

namespace {

bool read_header(const CsvReader& csv, PlanBuilder& plan) {
    const auto cells = csv.cells();
    if (cells.size() == 1 && cells[0].find(';') != std::string_view::npos) {
        plan.problem(csv.line(), "",
                     fmt::format("must have its cells separated by commas, got {}", quote_value(cells[0])));
        return false;
    }
    if (cells[0] != "timestamp") {
        plan.problem(csv.line(), "timestamp",
                     fmt::format("must be the first column, got {}", quote_value(cells[0])));
        return false;
    }
    for (const std::string_view name : cells.subspan(1))
        plan.add_column(csv.line(), name);
    if (cells.size() == 1) {
        plan.problem(csv.line(), "", "must have a column <plant>_p_kw or <plant>_q_kvar after timestamp");
        return false;
    }
    return true;
}

// A row of the only column without a value: the end of the series when it is the last row, a mistake
// otherwise.
struct Unvalued {
    std::size_t line = 0;
    std::string timestamp;
};

void refuse(PlanBuilder& plan, const Unvalued& row) {
    plan.begin_row(row.line, row.timestamp);
    plan.value(0, {});
}

}  // namespace

void read_plan_csv(std::string_view text, PlanBuilder& plan) {
    CsvReader csv(text);
    std::size_t blank_line = 0;
    bool header = false;
    std::size_t rows = 0;
    std::optional<Unvalued> unvalued;
    while (csv.next()) {
        if (csv.blank()) {
            if (header && blank_line == 0) blank_line = csv.line();
            continue;
        }
        if (!header) {
            header = true;
            if (!read_header(csv, plan)) return;
            continue;
        }
        if (blank_line != 0) {
            plan.problem(blank_line, "", "must not be blank, for rows follow");
            blank_line = 0;
        }
        if (unvalued) refuse(plan, *unvalued);
        unvalued.reset();
        ++rows;
        const auto cells = csv.cells();
        if (cells.size() != plan.column_count() + 1) {
            plan.problem(csv.line(), "",
                         fmt::format("must have {} cells as the header, got {}", plan.column_count() + 1,
                                     cells.size()));
            continue;
        }
        if (rows > 1 && plan.column_count() == 1 && cells[1].empty()) {
            unvalued = {csv.line(), std::string(cells[0])};
            continue;
        }
        plan.begin_row(csv.line(), cells[0]);
        for (std::size_t i = 1; i < cells.size(); ++i)
            plan.value(i - 1, cells[i]);
    }
    if (unvalued) plan.end_at(unvalued->line, unvalued->timestamp);
    if (!csv.error().empty()) {
        plan.problem(csv.line(), "", std::string(csv.error()));
    } else if (rows == 0) {
        plan.problem(0, "", "must have a row after the header");
    }
}

}  // namespace hil::planfile
