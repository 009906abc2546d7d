// Measurement history: every kept row in a database, with roll-ups, to be asked for any range.
//
// The CSV files are the record; history is made from the same rows and can be rebuilt from the files at any
// time (`hil_scheduler import DIR`). It is an interface: SQLite stands behind it today.
//
// A kept row holds until the next one: means are weighted by time, null rows end what is known, and the share
// of a bucket for which something was known is its coverage.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "config/config.hpp"
#include "measure/row.hpp"

#include <boost/asio/awaitable.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hil::measure {

struct Range {
    WallTime from, to;  // [from, to)
};

// Minimum, maximum, time-weighted mean and last value of one column in one bucket; NaN where nothing is
// known.
struct Summary {
    double min, max, mean, last;
};

struct Bucket {
    WallTime begin;
    Duration width{};
    std::array<Summary, column_count> columns;
    double coverage = 0;  // 0..1 of the width, by the column that is known longest
};

// What a question was answered with.
enum class Resolution : std::uint8_t { rows, minute, quarter };
std::string_view to_string(Resolution resolution);

struct HistoryAnswer {
    std::string plant;
    config::TransportMode transport{};
    Resolution resolution = Resolution::rows;
    // Rows in order of time, null rows included: gaps are gaps. When there were more than asked for, the rows
    // that carry each interval's extremes, so that no peak is lost.
    std::vector<Row> rows;
    std::uint64_t rows_in_range = 0;
    bool downsampled = false;
};

// One recorded stretch without a hole longer than `gap`, for the availability timeline.
struct Interval {
    WallTime from, to;
};

class History {
  public:
    virtual ~History() = default;

    // Rows of one plant in order of time, as the recorder keeps them. A row of an instant that is there
    // already replaces a null row and is otherwise ignored. Never blocks: what cannot be stored waits, up to
    // a bound, and is then left to the next import (counted).
    virtual void append(std::size_t plant, config::TransportMode transport, std::vector<Row> rows) = 0;
    // Everything appended before is stored.
    virtual boost::asio::awaitable<result<void>> flush() = 0;

    // At most about `points` rows (2 000 at most 10 000); none: every row of the range, for exports.
    // Reading does not wait behind writing for longer than one batch.
    virtual boost::asio::awaitable<result<HistoryAnswer>> rows(std::size_t plant,
                                                               config::TransportMode transport, Range range,
                                                               std::optional<std::size_t> points) = 0;
    virtual boost::asio::awaitable<result<std::vector<Bucket>>> buckets(std::size_t plant,
                                                                        config::TransportMode transport,
                                                                        Range range,
                                                                        Resolution resolution) = 0;
    virtual boost::asio::awaitable<result<std::vector<Interval>>> availability(
        std::size_t plant, config::TransportMode transport, Range range, Duration gap) = 0;
    // First and last row of a plant; none when there are no rows.
    virtual boost::asio::awaitable<result<std::optional<Range>>> extent(std::size_t plant,
                                                                        config::TransportMode transport) = 0;
};

}  // namespace hil::measure
