#include "planfile/layout_match.hpp"

#include "base/number.hpp"
#include "planfile/file_text.hpp"
#include "planfile/unit.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace hil::planfile {

namespace {

// How far down a header may stand below titles.
constexpr std::size_t most_titles = 5;
// Of a label, when it is compared; of a header, when it is shown.
constexpr std::size_t label_bytes = 200, shown_header_bytes = 200;

std::string_view label_of(const TableCell& cell) {
    return std::string_view(cell.text).substr(0, label_bytes);
}

bool is_value(Role role) {
    return role == Role::value || role == Role::hours;
}

// Which rule a label follows: the first that fits and is not taken yet, where it can be taken only once.
const ColumnRule* rule_for(const Layout& layout, std::string_view label,
                           const std::vector<TableColumn>& taken) {
    for (const auto& rule : layout.columns) {
        if (rule.role == Role::fallback || !fits(rule.label, label)) continue;
        if (label.empty() && is_value(rule.role)) continue;
        const bool used =
            std::ranges::any_of(taken, [&](const auto& column) { return column.rule == &rule; });
        if (!used || is_value(rule.role)) return &rule;
    }
    return nullptr;
}

// What no other rule took, where values are wanted and none was found.
void take_fallback(const Layout& layout, const TableRow& row, std::vector<TableColumn>& columns) {
    const auto fallback = std::ranges::find(layout.columns, Role::fallback, &ColumnRule::role);
    if (fallback == layout.columns.end()) return;
    for (std::size_t place = 0; place < row.cells.size(); ++place) {
        const bool taken =
            std::ranges::any_of(columns, [&](const auto& column) { return column.place == place; });
        if (!taken && !row.cells[place].text.empty())
            columns.push_back({place, &*fallback, row.cells[place].text});
    }
}

std::optional<std::vector<TableColumn>> columns_of(const Layout& layout, const TableRow& row) {
    std::vector<TableColumn> columns;
    for (std::size_t place = 0; place < row.cells.size(); ++place) {
        // A column without a label means something only in front, as an index.
        if (place > 0 && row.cells[place].text.empty()) continue;
        if (const auto* rule = rule_for(layout, label_of(row.cells[place]), columns))
            columns.push_back({place, rule, row.cells[place].text});
    }
    const auto has_value = [&] {
        return std::ranges::any_of(columns, [](const auto& column) {
            return is_value(column.rule->role) || column.rule->role == Role::fallback;
        });
    };
    if (!has_value()) take_fallback(layout, row, columns);
    if (!has_value()) return std::nullopt;
    for (const auto& rule : layout.columns) {
        const bool there =
            std::ranges::any_of(columns, [&](const auto& column) { return column.rule == &rule; });
        if (rule.needed && !there && rule.role != Role::fallback) return std::nullopt;
    }
    return columns;
}

std::optional<std::vector<TableColumn>> columns_by_place(const Layout& layout, const TableRow& row) {
    if (row.cells.empty() || row.cells[0].text + ";" != layout.header) return std::nullopt;
    std::vector<TableColumn> columns;
    for (const auto& rule : layout.columns)
        columns.push_back({columns.size(), &rule, std::string(rule.label)});
    return columns;
}

// A second line of the header that has the units: nothing below the times, and no number.
bool is_row_of_units(const TableHead& head, const TableRow& row) {
    const auto& times = head.columns.front();
    if (!row.cell(times.place).blank()) return false;
    return std::ranges::any_of(row.cells,
                               [](const TableCell& cell) { return unit_in(cell.text).has_value(); }) &&
           std::ranges::none_of(row.cells,
                                [](const TableCell& cell) { return parse_number(cell.text).has_value(); });
}

void take_units(TableHead& head, const ValueTable& table) {
    if (head.first_row >= table.rows.size() || !is_row_of_units(head, table.rows[head.first_row])) return;
    for (auto& column : head.columns) {
        const auto& unit = table.rows[head.first_row].cell(column.place).text;
        column.unit = unit;
    }
    ++head.first_row;
}

std::string header_text(const TableRow& row) {
    std::string out;
    for (const auto& cell : row.cells)
        out += (out.empty() ? "" : ",") + cell.text;
    return out;
}

}  // namespace

const TableColumn* TableHead::find(Role role) const {
    const auto found =
        std::ranges::find_if(columns, [&](const auto& column) { return column.rule->role == role; });
    return found == columns.end() ? nullptr : &*found;
}

std::vector<const TableColumn*> TableHead::all(Role role) const {
    std::vector<const TableColumn*> out;
    for (const auto& column : columns) {
        if (column.rule->role == role) out.push_back(&column);
    }
    return out;
}

bool says_nothing(const Layout& layout, const TableCell& cell) {
    if (cell.blank()) return true;
    return cell.kind == TableCell::Kind::text &&
           std::ranges::any_of(layout.missing,
                               [&](std::string_view word) { return !word.empty() && fits(word, cell.text); });
}

bool between_files(const Layout& layout, const TableRow& row) {
    if (layout.last_line.empty()) return false;
    const auto& first = row.cell(0).text;
    return first == layout.last_line || (layout.by_place && first + ";" == layout.header);
}

std::optional<TableHead> match_layout(const ValueTable& table) {
    for (std::size_t i = 0; i < table.rows.size() && i < most_titles; ++i) {
        for (const auto& layout : layouts()) {
            if (i > 0 && !layout.title_above) continue;
            auto columns =
                layout.by_place ? columns_by_place(layout, table.rows[i]) : columns_of(layout, table.rows[i]);
            if (!columns) continue;
            TableHead head{&layout, table.rows[i].line,
                           layout.by_place ? columns->size() : table.rows[i].cells.size(), i + 1,
                           std::move(*columns)};
            if (!layout.by_place) take_units(head, table);
            return head;
        }
    }
    return std::nullopt;
}

std::string unknown_layout(const ValueTable& table) {
    std::string known;
    for (const auto& layout : layouts()) {
        const auto entry = fmt::format("{} ({})", layout.name, layout.header);
        known += (known.empty() ? "" : "; ") + entry;
    }
    const auto header = table.rows.empty() ? std::string() : header_text(table.rows.front());
    return fmt::format(
        "has the header {}{}, which is none of those known: {}; OMIE PrecioMD and INT_PBC (a title "
        "with the day)",
        quote_value(header, shown_header_bytes), lookalike_hint(header), known);
}

ValueTable with_periods_as_rows(ValueTable table) {
    if (table.rows.empty() || !table.rows[0].cell(0).text.starts_with("OMIE")) return table;
    // The date of issue comes with a time; that of delivery stands alone.
    std::string day;
    for (const auto& cell : table.rows[0].cells) {
        const auto time = read_written_time(cell.text, DateOrder::day_first);
        if (day.empty() && time && cell.text.find(':') == std::string::npos) day = cell.text;
    }
    std::vector<const TableRow*> series;
    for (const auto& row : table.rows) {
        if (row.cell(0).text.starts_with("Precio marginal en el sistema")) series.push_back(&row);
    }
    if (series.empty()) return table;
    if (day.empty()) {
        table.problem_row = 1;
        table.problem = "must name the day of delivery as DD/MM/YYYY";
        return table;
    }
    ValueTable out;
    out.separator = table.separator;
    TableRow header{.line = series.front()->line, .cells = {{{}, "Fecha"}, {{}, "Periodo"}}};
    std::size_t periods = 0;
    for (const auto* row : series) {
        header.cells.push_back(row->cells[0]);
        for (std::size_t c = 1; c < row->cells.size(); ++c) {
            if (!row->cells[c].blank()) periods = std::max(periods, c);
        }
    }
    out.rows.push_back(std::move(header));
    for (std::size_t period = 1; period <= periods; ++period) {
        TableRow row{.line = series.front()->line, .cells = {{{}, day}, {{}, std::to_string(period)}}};
        for (const auto* one : series)
            row.cells.push_back(one->cell(period));
        out.rows.push_back(std::move(row));
    }
    return out;
}

}  // namespace hil::planfile
