#include "planfile/relative_series.hpp"

#include "base/number.hpp"
#include "planfile/csv_reader.hpp"
#include "planfile/file_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace hil::planfile {

namespace {

using std::chrono::seconds;

constexpr seconds minimum_gap{60};
constexpr int max_hours = 876'000;  // a hundred years: sums with any time of a plan still fit a WallTime
constexpr std::array<std::string_view, 4> columns{"hours", "minutes", "seconds", "setpoint"};

class Category final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "hil.schedule.relative"; }
    std::string message(int) const override { return "a series with rows needs a start time"; }
};

std::string lower_trimmed(std::string_view text) {
    std::string out(trim_blanks(text));
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

std::string row_text(std::size_t row, std::string_view rest) {
    return fmt::format("row {}: {}", row, rest);
}

std::optional<int> whole_count(std::string_view text, int max) {
    text = trim_blanks(text);
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 0 || value > max)
        return std::nullopt;
    return value;
}

seconds offset_of(const EditorRow& row) {
    return std::chrono::hours(row.hours) + std::chrono::minutes(row.minutes) + seconds(row.seconds);
}

void set_offset(EditorRow& row, seconds offset) {
    row.hours = static_cast<int>(offset.count() / 3600);
    row.minutes = static_cast<int>(offset.count() / 60 % 60);
    row.seconds = static_cast<int>(offset.count() % 60);
}

EditorRow row_at(seconds offset, std::optional<double> setpoint) {
    EditorRow row{0, 0, 0, setpoint};
    set_offset(row, offset);
    return row;
}

// Rules that need the rows as numbers; `rows` may already have been refused in part.
void check(std::span<const EditorRow> rows, std::vector<std::string>& problems) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const EditorRow& row = rows[i];
        const auto range = [&](std::string_view name, int value, int max) {
            if (value < 0 || value > max) {
                problems.push_back(
                    row_text(i + 1, fmt::format("{} must be 0..{}, got {}", name, max, value)));
            }
        };
        range("hours", row.hours, max_hours);
        range("minutes", row.minutes, 59);
        range("seconds", row.seconds, 59);
        if (row.setpoint && !std::isfinite(*row.setpoint)) {
            problems.push_back(row_text(
                i + 1, fmt::format("setpoint must be a finite number or end, got {}", *row.setpoint)));
        }
        if (i == 0 && row.is_end()) problems.push_back(row_text(1, "must have a setpoint, got end"));
        if (i == 0 && offset_of(row) != seconds::zero()) {
            problems.push_back(row_text(1, fmt::format("must begin at 00:00:00, got {:02}:{:02}:{:02}",
                                                       row.hours, row.minutes, row.seconds)));
        }
        if (i > 0 && row.is_end() && i + 1 < rows.size()) {
            problems.push_back(row_text(i + 1, "end must be the last row"));
        }
    }
}

// A file with a wrong column would fill the screen.
void shorten(std::vector<std::string>& problems) {
    constexpr std::size_t at_most = 100;
    if (problems.size() <= at_most) return;
    const std::size_t more = problems.size() - at_most;
    problems.resize(at_most);
    problems.push_back(fmt::format("and {} more", more));
}

void push_apart(std::vector<EditorRow>& rows) {
    for (std::size_t i = 1; i < rows.size(); ++i) {
        const seconds least = offset_of(rows[i - 1]) + minimum_gap;
        if (offset_of(rows[i]) < least) set_offset(rows[i], least);
    }
}

}  // namespace

error_code make_error_code(relative_errc e) {
    static const Category category;
    return {static_cast<int>(e), category};
}

Duration EditorRow::offset() const {
    return offset_of(*this);
}

EditorRows normalise(std::vector<EditorRow> rows) {
    EditorRows out;
    check(rows, out.problems);
    shorten(out.problems);
    if (rows.empty() || !out.ok()) return out;
    if (!rows.back().is_end()) {
        const std::size_t n = rows.size();
        if (n >= 2 && rows[n - 1].setpoint == rows[n - 2].setpoint) {
            rows.back().setpoint.reset();
        } else {
            rows.push_back(row_at(offset_of(rows.back()) + minimum_gap, std::nullopt));
        }
    }
    push_apart(rows);
    out.rows = std::move(rows);
    return out;
}

EditorRows parse_editor_rows(std::span<const EditorCells> cells) {
    EditorRows out;
    std::vector<EditorRow> rows;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        EditorRow row;
        const auto whole = [&](std::string_view name, std::string_view text, int max, int& into) {
            const auto value = whole_count(text, max);
            into = value.value_or(0);
            if (!value) {
                out.problems.push_back(row_text(i + 1, fmt::format("{} must be a whole number 0..{}, got {}",
                                                                   name, max, quote_value(text))));
            }
        };
        whole("hours", cells[i].hours, max_hours, row.hours);
        whole("minutes", cells[i].minutes, 59, row.minutes);
        whole("seconds", cells[i].seconds, 59, row.seconds);
        if (lower_trimmed(cells[i].setpoint) != "end") {
            row.setpoint = parse_number(trim_blanks(cells[i].setpoint));
            if (!row.setpoint) {
                out.problems.push_back(
                    row_text(i + 1, fmt::format("setpoint must be a finite number or end, got {}",
                                                quote_value(cells[i].setpoint))));
                row.setpoint = 0;
            }
        }
        rows.push_back(row);
    }
    if (!out.ok()) {
        // What could be read is judged too, so that all problems are seen at once.
        check(rows, out.problems);
        shorten(out.problems);
        return out;
    }
    return normalise(std::move(rows));
}

result<schedule::Series> to_series(std::span<const EditorRow> rows, std::optional<WallTime> start) {
    if (rows.empty()) return schedule::Series();
    if (!start) return relative_errc::no_start;
    std::vector<schedule::Row> points;
    points.reserve(rows.size());
    for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
        points.push_back({*start + rows[i].offset(), rows[i].setpoint.value(), 0});
    }
    return schedule::Series(std::move(points), *start + rows.back().offset());
}

std::vector<EditorRow> to_editor_rows(const schedule::Series& series) {
    std::vector<EditorRow> rows;
    if (series.empty()) return rows;
    const auto since_start = [&](WallTime at) {
        return std::chrono::duration_cast<seconds>(at - series.begin_time());
    };
    for (const schedule::Row& row : series.rows())
        rows.push_back(row_at(since_start(row.at), row.value));
    rows.push_back(row_at(since_start(series.end_time()), std::nullopt));
    push_apart(rows);
    return rows;
}

EditorRows parse_relative_csv(std::string_view text) {
    EditorRows out;
    if (const std::string unusable = text_problem(text); !unusable.empty()) {
        out.problems.push_back("the file " + unusable);
        return out;
    }
    CsvReader csv(text);
    std::array<std::optional<std::size_t>, columns.size()> place;
    bool header = false;
    std::vector<EditorCells> rows;
    while (csv.next()) {
        if (csv.blank()) continue;
        const auto cells = csv.cells();
        if (!std::exchange(header, true)) {
            std::vector<std::string_view> missing;
            for (std::size_t c = 0; c < columns.size(); ++c) {
                for (std::size_t i = 0; i < cells.size() && !place[c]; ++i) {
                    if (lower_trimmed(cells[i]) == columns[c]) place[c] = i;
                }
                if (!place[c]) missing.push_back(columns[c]);
            }
            if (!missing.empty()) {
                out.problems.push_back(
                    fmt::format("the header must name hours, minutes, seconds, setpoint: missing {}",
                                fmt::join(missing, ", ")));
                return out;
            }
            continue;
        }
        const auto cell = [&](std::size_t c) {
            return *place[c] < cells.size() ? std::string(cells[*place[c]]) : std::string();
        };
        rows.push_back({cell(0), cell(1), cell(2), cell(3)});
    }
    if (!csv.error().empty()) {
        out.problems.push_back(row_text(rows.size() + 1, csv.error()));
        return out;
    }
    return parse_editor_rows(rows);
}

std::string to_relative_csv(std::span<const EditorRow> rows) {
    std::string out = "hours,minutes,seconds,setpoint\n";
    for (const EditorRow& row : rows) {
        out += fmt::format("{},{},{},{}\n", row.hours, row.minutes, row.seconds,
                           row.setpoint ? format_number(*row.setpoint) : std::string("end"));
    }
    return out;
}

}  // namespace hil::planfile
