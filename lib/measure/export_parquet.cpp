#include "config/names.hpp"
#include "measure/export.hpp"
#include "measure/export_pieces.hpp"
#include "measure/parquet_encoder.hpp"

namespace hil::measure {

std::optional<std::uint64_t> export_parquet(HistoryTables& history, const ExportRequest& request,
                                            const Zone& zone, const TextSink& sink) {
    ParquetEncoder encoder(request.plant, config::to_string(request.transport), *request.schema);
    if (!sink(encoder.begin())) return std::nullopt;
    // Pieces of the range are days from where it begins; the groups of the file are days of the zone.
    std::vector<Row> waiting;
    std::uint64_t count = 0;
    const auto write_first_day = [&] {
        const auto size = rows_of_first_day(waiting, zone);
        if (!sink(encoder.row_group(std::span(waiting).first(size)))) return false;
        count += size;
        waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(size));
        return true;
    };
    const auto take = [&](const std::vector<Row>& rows) {
        waiting.insert(waiting.end(), rows.begin(), rows.end());
        while (rows_of_first_day(waiting, zone) < waiting.size()) {
            if (!write_first_day()) return false;
        }
        return true;
    };
    if (!export_pieces(history, request, take)) return std::nullopt;
    if (!waiting.empty() && !write_first_day()) return std::nullopt;
    return sink(encoder.end()) ? std::optional(count) : std::nullopt;
}

}  // namespace hil::measure
