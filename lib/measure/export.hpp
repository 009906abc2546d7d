// Measurements of a range as CSV, JSON, Parquet or a workbook, read from history piece by piece: memory stays
// small however long the range is. Everything here blocks.
#pragma once

#include "base/zone.hpp"
#include "measure/history_tables.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace hil::measure {

enum class ExportFormat : std::uint8_t { csv, json, xlsx, parquet };
// "csv", "json", "xlsx", "parquet"
std::string_view to_string(ExportFormat format);

struct ExportRequest {
    std::string plant;
    config::TransportMode transport = config::TransportMode::local;
    Range range;
    std::optional<std::size_t> points;  // none: every row
    const device::Schema* schema = &device::battery_schema();
};

// Takes a piece of the output; false when it cannot be written, which ends the export.
using TextSink = std::function<bool(std::string_view)>;

// As the recordings: header, one line a row, null rows with empty fields. How many rows; none when the sink
// refused.
std::optional<std::uint64_t> export_csv(HistoryTables& history, const ExportRequest& request,
                                        const Zone& zone, const TextSink& sink);
// {"plant","transport","from","to","downsampled","columns":[…],"rows":[[time, value, …], …]}: times as in the
// recordings, null for what is not known.
std::optional<std::uint64_t> export_json(HistoryTables& history, const ExportRequest& request,
                                         const Zone& zone, const TextSink& sink);
// A Parquet file: instants in UTC microseconds, null for what is not known, one row group a day of the zone.
std::optional<std::uint64_t> export_parquet(HistoryTables& history, const ExportRequest& request,
                                            const Zone& zone, const TextSink& sink);
// A workbook: the time as text and as a date of the zone, then the columns; a new sheet after each million
// rows. none when it cannot be written.
std::optional<std::uint64_t> export_workbook(HistoryTables& history, const ExportRequest& request,
                                             const Zone& zone, const std::filesystem::path& file);
// The bytes of such a workbook, by way of a temporary file.
std::optional<std::string> workbook_bytes(HistoryTables& history, const ExportRequest& request,
                                          const Zone& zone);

}  // namespace hil::measure
