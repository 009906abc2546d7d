// What a stretch of time contains, so that stretches can be put together: the roll-ups of history.
//
// A digest is made of the rows inside its stretch alone. What the row before it contributes by holding on is
// added when a bucket is asked for, so a row that arrives late changes the digest of its own stretch and no
// other.
#pragma once

#include "measure/history.hpp"
#include "measure/row.hpp"

#include <optional>
#include <span>

namespace hil::measure {

struct Digest {
    struct Part {
        double min = unknown, max = unknown;
        double integral = 0;    // of what is known between the first and the last row, value times seconds
        Duration known{};       // for how long that is
        double last = unknown;  // the last that was known
    };
    std::uint32_t rows = 0;
    Row first_row, last_row;
    std::array<Part, column_count> parts;
};

// Precondition: rows in order of time, each at another instant.
Digest digest(std::span<const Row> rows);

// The bucket of a stretch. `held`: the newest row before it. `followed`: a row comes after the stretch; the
// very last row of a recording holds for no time, as nobody knows yet how long it will.
Bucket make_bucket(WallTime begin, Duration width, const Digest& inside, const Row* held, bool followed);

}  // namespace hil::measure
