// Text of separated cells, record by record: quoted cells, any line ending, a byte order mark in front.
#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hil::planfile {

class CsvReader {
  public:
    // `text` must live as long as the reader and the cells it gave.
    explicit CsvReader(std::string_view text, char separator = ',');

    // Moves to the next record; false after the last one or a broken quote.
    bool next();

    // Of the present record, without blanks around unquoted cells; valid until next().
    [[nodiscard]] std::span<const std::string_view> cells() const { return cells_; }
    // The line, from 1, on which the present record begins.
    [[nodiscard]] std::size_t line() const { return line_; }
    // Whether all cells are empty; of one alone only when it has no quotes.
    [[nodiscard]] bool blank() const;
    // Why the reading stopped before the end, empty otherwise; line() is that of the broken record.
    [[nodiscard]] std::string_view error() const { return error_; }

  private:
    [[nodiscard]] std::string_view plain_line();
    bool quoted_record();

    std::string_view text_;
    char separator_;
    std::size_t at_ = 0;
    std::size_t newline_ = 0;  // position of a line feed at or after `at_`, once looked for
    bool newline_known_ = false;
    std::size_t line_ = 0, next_line_ = 1;
    bool quoted_ = false;
    std::string_view error_;
    std::vector<std::string_view> cells_;
    std::deque<std::string> unescaped_;  // cells that had doubled quotes
};

}  // namespace hil::planfile
