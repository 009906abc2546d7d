// Series as an operator edits them: rows of hours, minutes, seconds after a start, and a setpoint or the word
// `end`.
#pragma once

#include "base/result.hpp"
#include "schedule/series.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hil::planfile {

struct EditorRow {
    int hours = 0;  // may exceed 23
    int minutes = 0, seconds = 0;
    std::optional<double> setpoint;  // none: the end row

    [[nodiscard]] bool is_end() const { return !setpoint; }
    [[nodiscard]] Duration offset() const;
    friend bool operator==(const EditorRow&, const EditorRow&) = default;
};

// A row as typed or read from a file.
struct EditorCells {
    std::string hours, minutes, seconds, setpoint;
};

struct EditorRows {
    std::vector<EditorRow> rows;        // normalised; empty when there is any problem
    std::vector<std::string> problems;  // "row 3: minutes must be 0..59, got "61""; rows count from 1

    [[nodiscard]] bool ok() const { return problems.empty(); }
};

// Reads and normalises. Whole numbers, hours from 0, minutes and seconds 0..59, a finite setpoint or `end` in
// any case; only the last row may be an end, the first one begins at 00:00:00 and is none.
EditorRows parse_editor_rows(std::span<const EditorCells> cells);

// The same for rows that are numbers already. A missing end is made: the last row becomes the end when it
// repeats the value before it, otherwise one is added 60 s later. Then every row moves to at least 60 s after
// the one before it. Normalising twice changes nothing.
EditorRows normalise(std::vector<EditorRow> rows);

// The series that normalised rows describe from `start` on. No rows give an empty series, with or without a
// start; relative_errc::no_start for rows without one. Precondition: rows are normalised.
result<schedule::Series> to_series(std::span<const EditorRow> rows, std::optional<WallTime> start);
// Rows relative to the first row of the series; fractions of a second are cut off, gaps are as in
// normalise().
std::vector<EditorRow> to_editor_rows(const schedule::Series& series);

// CSV with the header `hours,minutes,seconds,setpoint`. Reading ignores case, blanks and a byte order mark in
// the header and columns it does not know, and names the columns that are missing.
EditorRows parse_relative_csv(std::string_view text);
std::string to_relative_csv(std::span<const EditorRow> rows);

enum class relative_errc { no_start = 1 };
error_code make_error_code(relative_errc e);

}  // namespace hil::planfile

template <>
struct boost::system::is_error_code_enum<hil::planfile::relative_errc> : std::true_type {};
