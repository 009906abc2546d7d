// What a report shows, read from the site's database. Blocking.
#pragma once

#include "measure/history_tables.hpp"
#include "report/document.hpp"

#include <string_view>

namespace hil::report {

// Figures, curves and slices of one plant from its recorded rows, read once and a day at a time.
PlantPart collect_plant(measure::HistoryTables& history, const config::Plant& plant,
                        const config::Config& config, config::TransportMode transport, measure::Range range,
                        const Zone& zone);

// The same of a device that is only watched.
DevicePart collect_device(measure::HistoryTables& history, const config::Device& device,
                          const config::Config& config, config::TransportMode transport,
                          measure::Range range);

// Events and alerts of the document's range, and what decided its plants' setpoints. A database that was made
// by an import has none of these.
void collect_record(store::Database& database, Document& document);

bool has_table(store::Database& database, std::string_view name);

}  // namespace hil::report
