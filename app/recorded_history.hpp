// The rows a report is made from: the site's database, or where there is none a database made of the
// recordings.
#pragma once

#include "app/measurement_place.hpp"
#include "measure/history_tables.hpp"
#include "service/report_making.hpp"

#include <memory>
#include <optional>

namespace hil::app {

struct RecordedHistory {
    std::shared_ptr<store::Database> database;  // null: a sentence was printed
    std::string source;                         // for people
};
RecordedHistory recorded_history(std::string_view command, const service::Setup& setup);

// From the first to the last row of anything the report is about.
std::optional<measure::Range> recorded_extent(measure::HistoryTables& history, const service::Setup& setup,
                                              const service::ReportRequest& request);

}  // namespace hil::app
