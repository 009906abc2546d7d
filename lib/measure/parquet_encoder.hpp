// Measured rows as an Apache Parquet file, made piece by piece: a column of instants (UTC, microseconds) and
// one of doubles by measured column, nulls where nothing is known, in plain pages without compression. No
// I/O.
#pragma once

#include "base/zone.hpp"
#include "measure/parquet_footer.hpp"
#include "measure/row.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hil::measure {

inline constexpr std::string_view parquet_type = "application/vnd.apache.parquet";

class ParquetEncoder {
  public:
    // Plant and transport are noted in the file.
    ParquetEncoder(std::string_view plant, std::string_view transport,
                   const device::Schema& schema = device::battery_schema());

    // The pieces of the file in order: begin() once, row_group() for the rows of each day, end() once.
    [[nodiscard]] std::string begin();
    // Precondition: there are rows.
    [[nodiscard]] std::string row_group(std::span<const Row> rows);
    [[nodiscard]] std::string end();

  private:
    parquet::Footer footer_;
    std::int64_t written_ = 0;
};

// How many of the rows, from the first on, are of its day in that zone.
std::size_t rows_of_first_day(std::span<const Row> rows, const Zone& zone);

}  // namespace hil::measure
