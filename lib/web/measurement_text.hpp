// Measured rows as JSON, CSV and Parquet. The JSON is for use off the reactor; the others come in pieces.
#pragma once

#include "base/blocking_executor.hpp"
#include "base/zone.hpp"
#include "measure/history.hpp"
#include "net/message.hpp"

#include <functional>
#include <memory>
#include <string>

namespace hil::web {

// {"plant","transport","grain","rows_in_range","downsampled","columns","rows":[[time,…],…]}
std::string to_json_text(const measure::HistoryAnswer& answer, const measure::ColumnFormat& format);

struct CsvExport {
    measure::History& history;
    BlockingExecutor& blocking;
    Zone zone;
    std::size_t plant = 0;
    config::TransportMode transport{};
    measure::Range range;
    measure::ColumnFormat format;
};
// The header, then every row of the range in the manner of the recordings, some thousand at a time: neither
// memory nor the reactor sees more of a long range than that.
std::function<net::awaitable<result<std::string>>()> csv_pieces(CsvExport what);

struct ParquetExport {
    measure::History& history;
    BlockingExecutor& blocking;
    Zone zone;
    std::size_t plant = 0;
    config::TransportMode transport{};
    measure::Range range;
    std::string id;  // of the plant
    const device::Schema* schema = &device::battery_schema();
};
// The file in pieces, a day of the zone at a time.
std::function<net::awaitable<result<std::string>>()> parquet_pieces(ParquetExport what);

// "measurements_lib_20251001T000000+0200_20251002T000000+0200.csv"
std::string export_name(std::string_view plant, measure::Range range, const Zone& zone,
                        std::string_view ending);

}  // namespace hil::web
