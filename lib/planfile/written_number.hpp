// Numbers as people's programs write them: with a decimal point or, where cells are separated by semicolons,
// with a decimal comma.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hil::planfile {

// The whole text as one finite number. With a decimal comma thousands may be set off by points, as in
// "1.234,56"; a point without a comma is none of that and refused. With a decimal point it is the other way
// round: "1,234.56", and "1,234" is refused.
std::optional<double> read_written_number(std::string_view text, char decimal_sign);

// How such a table was read, for the one who wrote it.
inline constexpr std::string_view decimal_comma_note =
    "cells are separated by semicolons, numbers have a decimal comma";

// Why `text` is no number, where that can be said: " (a decimal comma: …)"; empty otherwise.
std::string number_hint(std::string_view text, char decimal_sign);

// Which decimal sign the numbers of a table have, all of them seen before one is read.
class DecimalSigns {
  public:
    void see(std::size_t row, std::string_view text);

    [[nodiscard]] char sign() const { return comma_ ? ',' : '.'; }
    // Why that is not known, as a sentence about row(); empty when it is.
    [[nodiscard]] std::string problem() const;
    // How they were read where all of them could be read otherwise; empty when one could not.
    [[nodiscard]] std::string note() const;
    [[nodiscard]] std::size_t row() const { return thousands_row_; }

  private:
    bool comma_ = false, point_ = false, whole_ = false;
    // Three digits behind the only point, as 1.000: thousands or thousandths.
    std::size_t thousands_row_ = 0;
    std::string thousands_;
    bool thousandths_ = false;  // one that cannot be thousands, as 0.500 or 1.25
};

}  // namespace hil::planfile
