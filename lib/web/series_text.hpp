// One series of an operator, as it is sent and shown. Reading is for use off the reactor.
#pragma once

#include "base/zone.hpp"
#include "planfile/plan_file.hpp"
#include "schedule/series.hpp"
#include "schedule/signal.hpp"
#include "web/answers.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hil::web {

struct SeriesRead {
    schedule::Series series;
    std::string made_from;  // for people, where the sender says it: which template, prices of which auction
    bool json_broken = false;  // the text is not JSON at all
    std::vector<InputError> errors;
};

// {"rows":[{"time","value"}],"end"}, null for a value where nothing is planned until the next row; no rows
// are an empty series. An "origin", which answers have, may stand there too and is not read; "made_from" may,
// a line of text. `pointer` is where the value stands.
SeriesRead series_from_json(const boost::json::value& value, const std::string& pointer, const Zone& zone);
SeriesRead series_from_json_text(std::string_view text, const Zone& zone);
// A plan with the one column of this series, as to_csv() writes it or without its end, or rows of hours,
// minutes, seconds and setpoint after `start`.
SeriesRead series_from_csv(std::string_view text, const schedule::SeriesKey& key,
                           std::optional<WallTime> start, const std::vector<std::string>& plant_ids,
                           const Zone& zone, const planfile::PlanReading& reading = {});

// Where in a plan file something is wrong: "/7/lib_p_kw" is line 7 of a CSV file, or the seventh object.
InputError plan_error(const planfile::FileProblem& found);

// {"rows":[{"time","value"}],"end"}
boost::json::object to_json(const schedule::Series& series);
// A plan with one column, times local with their offset, in kW or kvar. Its last row is the end, with an
// empty value; without it a reader would let the last value hold as long as the one before. Times are written
// to the microsecond. An empty series has the header alone, which is no plan to read.
std::string to_csv(const schedule::Series& series, const schedule::SeriesKey& key, const Zone& zone);

}  // namespace hil::web
