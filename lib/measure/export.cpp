#include "measure/export.hpp"

#include "config/names.hpp"
#include "measure/csv_format.hpp"
#include "measure/export_pieces.hpp"
#include "observe/json_text.hpp"

#include <algorithm>
#include <span>

namespace hil::measure {

std::string_view to_string(ExportFormat format) {
    switch (format) {
        case ExportFormat::json:
            return "json";
        case ExportFormat::xlsx:
            return "xlsx";
        case ExportFormat::parquet:
            return "parquet";
        case ExportFormat::csv:
            break;
    }
    return "csv";
}

bool export_pieces(HistoryTables& history, const ExportRequest& request,
                   const std::function<bool(const std::vector<Row>&)>& take) {
    const auto read = [&](Range range, std::optional<std::size_t> points) {
        return history.rows(request.plant, request.transport, range, points).rows;
    };
    if (request.points) return take(read(request.range, request.points));
    const auto extent = history.extent(request.plant, request.transport);
    if (!extent) return true;
    constexpr Duration piece = std::chrono::hours(24);
    const auto end = std::min(request.range.to, extent->to + Duration{1});
    for (auto from = std::max(request.range.from, extent->from); from < end; from += piece) {
        const auto rows = read({from, std::min(from + piece, end)}, {});
        if (!rows.empty() && !take(rows)) return false;
    }
    return true;
}

std::optional<std::uint64_t> export_csv(HistoryTables& history, const ExportRequest& request,
                                        const Zone& zone, const TextSink& sink) {
    // History has the values of the recordings' text: the shortest text that reads back is that text.
    ColumnFormat shortest{.schema = request.schema};
    shortest.count.fill(1);
    std::uint64_t count = 0;
    if (!sink(csv_header(*request.schema))) return std::nullopt;
    std::string text;
    const auto take = [&](const std::vector<Row>& rows) {
        text.clear();
        for (const auto& row : rows)
            append_row(text, row, shortest, zone);
        count += rows.size();
        return sink(text);
    };
    return export_pieces(history, request, take) ? std::optional(count) : std::nullopt;
}

std::optional<std::uint64_t> export_json(HistoryTables& history, const ExportRequest& request,
                                         const Zone& zone, const TextSink& sink) {
    std::string text = "{\"plant\":";
    observe::append_json_string(text, request.plant);
    text += ",\"transport\":";
    observe::append_json_string(text, config::to_string(request.transport));
    text += ",\"from\":";
    observe::append_json_string(text, zone.format(request.range.from));
    text += ",\"to\":";
    observe::append_json_string(text, zone.format(request.range.to));
    const bool thinned = request.points && history.count(request.plant, request.transport, request.range) >
                                               std::uint64_t{*request.points};
    text += thinned ? ",\"downsampled\":true" : ",\"downsampled\":false";
    text += ",\"columns\":[\"timestamp\"";
    for (const auto& column : request.schema->columns) {
        text += ',';
        observe::append_json_string(text, column.name);
    }
    text += "],\"rows\":[";
    std::uint64_t count = 0;
    const auto take = [&](const std::vector<Row>& rows) {
        for (const auto& row : rows) {
            text += count++ > 0 ? ",\n[\"" : "\n[\"";
            zone.append(text, row.at);
            text += '"';
            for (const double value : std::span(row.values).first(request.schema->size())) {
                text += ',';
                observe::append_json_number(text, row.null ? unknown : value);
            }
            text += ']';
        }
        const bool taken = sink(text);
        text.clear();
        return taken;
    };
    if (!export_pieces(history, request, take)) return std::nullopt;
    text += "\n]}\n";
    return sink(text) ? std::optional(count) : std::nullopt;
}

}  // namespace hil::measure
