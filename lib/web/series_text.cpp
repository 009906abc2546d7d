#include "web/series_text.hpp"

#include "base/number.hpp"
#include "config/problems.hpp"
#include "planfile/plan_file.hpp"
#include "planfile/relative_series.hpp"
#include "web/inputs.hpp"
#include "web/json_writer.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <cmath>

namespace hil::web {

namespace json = boost::json;

namespace {

constexpr std::size_t most_errors = 100;

class SeriesReader {
  public:
    SeriesReader(const std::string& pointer, const Zone& zone) : pointer_(pointer), zone_(zone) {}

    SeriesRead read(const json::value& value) {
        const auto* object = value.if_object();
        if (object == nullptr) {
            refuse("", "must be an object with rows and end");
            return std::move(out_);
        }
        only(*object, "", {"rows", "end", "origin", "made_from"});
        read_made_from(*object);
        const auto* rows = object->if_contains("rows");
        const auto* list = rows == nullptr ? nullptr : rows->if_array();
        if (list == nullptr) {
            refuse("/rows", "rows is required, an array of {time, value}");
            return std::move(out_);
        }
        std::vector<schedule::Row> made;
        made.reserve(list->size());
        for (std::size_t i = 0; i < list->size() && out_.errors.size() < most_errors; ++i)
            read_row((*list)[i], "/rows/" + std::to_string(i), made);
        const auto end = list->empty() ? std::nullopt : time(*object, "end", "");
        if (end && !made.empty() && *end <= made.back().at)
            refuse("/end", "end must be later than the last row");
        if (out_.errors.empty() && end) out_.series = schedule::Series(std::move(made), *end);
        return std::move(out_);
    }

  private:
    void refuse(const std::string& below, std::string detail) {
        out_.errors.push_back({pointer_ + below, std::move(detail)});
    }
    void only(const json::object& object, const std::string& at,
              std::initializer_list<std::string_view> names) {
        for (const auto& [key, value] : object) {
            if (std::find(names.begin(), names.end(), std_view(key)) == names.end())
                refuse(config::below(at, std_view(key)),
                       fmt::format("unknown field, there are {}", fmt::join(names, ", ")));
        }
    }
    std::optional<WallTime> time(const json::object& object, std::string_view name, const std::string& at) {
        const auto* value = object.if_contains(json_view(name));
        const auto* text = value == nullptr ? nullptr : value->if_string();
        if (text != nullptr) {
            const auto parsed = zone_.parse(std_view(*text));
            if (parsed) return *parsed;
        }
        refuse(config::below(at, name), fmt::format("{} must be a time as 2025-10-01T00:00:00+02:00", name));
        return std::nullopt;
    }
    void read_made_from(const json::object& object) {
        const auto* value = object.if_contains("made_from");
        if (value == nullptr || value->is_null()) return;
        const auto* text = value->if_string();
        if (text == nullptr || text->size() > 300 || text->find_first_of("\r\n") != json::string::npos)
            return refuse("/made_from", "made_from must be one line of text, of 300 characters at most");
        out_.made_from = std_view(*text);
    }
    void read_row(const json::value& value, const std::string& at, std::vector<schedule::Row>& rows) {
        const auto* object = value.if_object();
        if (object == nullptr) return refuse(at, "must be an object with time and value");
        only(*object, at, {"time", "value"});
        const auto when = time(*object, "time", at);
        const auto* number = object->if_contains("value");
        if (number != nullptr && number->is_null()) {
            if (when) add({*when, 0, 0, true}, at, rows);
            return;
        }
        boost::system::error_code none;
        const double setpoint = number == nullptr ? std::nan("") : number->to_number<double>(none);
        if (number == nullptr || none || !std::isfinite(setpoint))
            return refuse(
                at + "/value",
                "value must be a finite number, or null where nothing is planned until the next row");
        if (when) add({*when, setpoint}, at, rows);
    }
    void add(schedule::Row row, const std::string& at, std::vector<schedule::Row>& rows) {
        if (!rows.empty() && row.at <= rows.back().at)
            return refuse(at + "/time", "time must be later than that of the row before");
        rows.push_back(row);
    }

    const std::string& pointer_;
    const Zone& zone_;
    SeriesRead out_;
};

SeriesRead from_relative(std::string_view text, std::optional<WallTime> start) {
    SeriesRead out;
    auto rows = planfile::parse_relative_csv(text);
    for (auto& found : rows.problems)
        out.errors.push_back({"", std::move(found)});
    if (!start)
        out.errors.push_back({"query/start", "start is required for rows of hours, minutes and seconds"});
    if (!out.errors.empty()) return out;
    auto series = planfile::to_series(rows.rows, start);
    if (series)
        out.series = std::move(*series);
    else
        out.errors.push_back({"", series.error().message()});
    return out;
}

}  // namespace

SeriesRead series_from_json(const json::value& value, const std::string& pointer, const Zone& zone) {
    return SeriesReader(pointer, zone).read(value);
}

SeriesRead series_from_json_text(std::string_view text, const Zone& zone) {
    auto body = read_json(text);
    if (!body.refusal) return series_from_json(body.value, "", zone);
    SeriesRead out;
    out.json_broken = body.refusal->status == 400;
    out.errors.push_back({"", "the body is not JSON, or has a key twice"});
    return out;
}

SeriesRead series_from_csv(std::string_view text, const schedule::SeriesKey& key,
                           std::optional<WallTime> start, const std::vector<std::string>& plant_ids,
                           const Zone& zone, const planfile::PlanReading& reading) {
    const auto first_line = text.substr(0, text.find('\n'));
    if (first_line.find("hours") != std::string_view::npos) return from_relative(text, start);
    SeriesRead out;
    auto plan = planfile::parse_plan(text, "body", plant_ids, zone, reading);
    for (const auto& found : plan.problems)
        out.errors.push_back(plan_error(found));
    if (!out.errors.empty()) return out;
    const auto wanted = schedule::column_name(key);
    for (auto& column : plan.columns) {
        const schedule::SeriesKey name{plant_ids[column.plant], column.signal};
        if (name == key)
            out.series = std::move(column.series);
        else
            out.errors.push_back(
                {"/1/" + schedule::column_name(name),
                 fmt::format("this is not a column of {}, which has {}", to_string(key), wanted)});
    }
    return out;
}

InputError plan_error(const planfile::FileProblem& found) {
    std::string pointer = found.row == 0 ? "" : "/" + std::to_string(found.row);
    if (!found.column.empty()) pointer = config::below(pointer, found.column);
    return {pointer, found.message()};
}

json::object to_json(const schedule::Series& series) {
    json::array rows;
    rows.reserve(series.size());
    for (const auto& row : series.rows())
        rows.push_back(json::object{{"time", utc_text(row.at)},
                                    {"value", row.silent ? json::value() : number_or_null(row.value)}});
    json::object out;
    out["rows"] = std::move(rows);
    out["end"] = series.empty() ? json::value() : json::value(utc_text(series.end_time()));
    return out;
}

std::string to_csv(const schedule::Series& series, const schedule::SeriesKey& key, const Zone& zone) {
    std::string out = "timestamp," + schedule::column_name(key) + "\n";
    for (const auto& row : series.rows()) {
        zone.append(out, row.at);
        out.push_back(',');
        if (row.silent)
            out += "end";
        else
            append_number(out, std::isfinite(row.value) ? row.value : 0.0);
        out.push_back('\n');
    }
    if (series.empty()) return out;
    zone.append(out, series.end_time());
    out += ",\n";
    return out;
}

}  // namespace hil::web
