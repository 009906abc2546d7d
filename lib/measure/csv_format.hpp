// The text of a recording: header, rows, and reading them back.
//
//   timestamp,p_setpoint_kw,battery_active_power_kw,…,v_poi_kV
//   2025-10-01T00:00:00+02:00,100.0,99.9,0.0,0.0,0.4988,99.9,0.0,20.0
//   2025-10-01T00:00:02+02:00,,,,,,,,
//
// Lines end with LF. Times are local with their offset; a fraction of six digits only where it is not zero.
// A value that is not known is an empty field; a row of nothing else is a null row. Which columns there are
// is said by the schema of the device.
#pragma once

#include "base/result.hpp"
#include "base/zone.hpp"
#include "measure/errors.hpp"
#include "measure/row.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hil::measure {

// The first line of every file of a schema, its line end included.
std::string_view csv_header(const device::Schema& schema = device::battery_schema());

// Appends the row and its line end. Values are rounded to the decimals of one count, trailing zeros dropped,
// at least one decimal kept.
void append_row(std::string& out, const Row& row, const ColumnFormat& format, const Zone& zone);

// The row that reading the text of a row gives.
Row as_printed(const Row& row, const ColumnFormat& format);

// Which field of a line is which column. Files of other makers may order their columns differently, miss some
// (these are unknown) or have more (these are ignored).
class CsvLayout {
  public:
    // The layout of csv_header().
    explicit CsvLayout(const device::Schema& schema = device::battery_schema());
    // errc::not_a_header when there is no column `timestamp`. Names are compared without case.
    static result<CsvLayout> from_header(std::string_view line);

    // `line` without its line end. errc::not_a_row for an unreadable time or value, errc::too_many_fields.
    // A line with fewer fields than the header is not a row: it may have been torn.
    [[nodiscard]] result<Row> parse(std::string_view line, const Zone& zone) const;

    // Whose columns these are: of a foreign header the schema that it fits best.
    [[nodiscard]] const device::Schema& schema() const { return *schema_; }

  private:
    static constexpr std::int8_t timestamp_field = -1;
    static constexpr std::int8_t ignored_field = -2;
    const device::Schema* schema_;
    std::vector<std::int8_t> fields_;  // column index, or one of the above
};

// The rows of a whole file, sorted by time; of rows of one instant a measured one wins over a null one, the
// later of two alike over the earlier. Lines that are not rows are left out and counted.
struct ParsedFile {
    std::vector<Row> rows;
    std::size_t bad_lines = 0;
};
result<ParsedFile> parse_file(std::string_view text, const Zone& zone);

// Sorts and merges rows as above.
void order_rows(std::vector<Row>& rows);

}  // namespace hil::measure
