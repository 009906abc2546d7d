// Rows of history as bytes: columns side by side, each in as few bytes as its range needs.
//
// What came from counts of a register is a whole number of tenths or ten-thousandths, and is stored as one; a
// column that does not change costs nothing. Every row comes back with exactly the values it had.
#pragma once

#include "measure/row.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace hil::measure {

// Precondition: rows in order of time, fewer than 2^32.
std::vector<std::byte> encode_rows(std::span<const Row> rows);

// Appends the rows; false for bytes that encode_rows() did not make, and then nothing is appended.
[[nodiscard]] bool decode_rows(std::span<const std::byte> bytes, std::vector<Row>& out);

}  // namespace hil::measure
