#include "web/records.hpp"

#include "base/number.hpp"
#include "observe/json_text.hpp"
#include "web/json_writer.hpp"

#include <algorithm>
#include <cmath>

namespace hil::web {

namespace json = boost::json;

namespace {

void append_time(std::string& out, WallTime at) {
    out.push_back('"');
    append_utc(out, at);
    out.push_back('"');
}

void append_text_or_null(std::string& out, std::string_view name, std::string_view text) {
    fmt::format_to(std::back_inserter(out), ",\"{}\":", name);
    if (text.empty())
        out += "null";
    else
        observe::append_json_string(out, text);
}

std::string lowercase(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

struct AppendField {
    std::string& out;
    void operator()(std::nullptr_t) const { out += "null"; }
    void operator()(bool value) const { out += value ? "true" : "false"; }
    void operator()(std::int64_t value) const { fmt::format_to(std::back_inserter(out), "{}", value); }
    void operator()(double value) const { observe::append_json_number(out, value); }
    void operator()(const std::string& value) const { observe::append_json_string(out, value); }
};

}  // namespace

void append_sample(std::string& out, const measure::Row& row, const measure::ColumnFormat& format) {
    out += "{\"timestamp\":";
    append_time(out, row.at);
    for (std::size_t i = 0; i < measure::column_count; ++i) {
        fmt::format_to(std::back_inserter(out), ",\"{}\":", measure::column_names[i]);
        if (row.null || !std::isfinite(row.values[i]))
            out += "null";
        else
            append_number(out, row.values[i], format.decimals[i]);
    }
    out.push_back('}');
}

void append_members(std::string& out, const observe::Event& event) {
    fmt::format_to(std::back_inserter(out), "\"id\":{},\"time\":", event.id);
    append_time(out, event.time);
    out += ",\"kind\":";
    observe::append_json_string(out, event.kind);
    fmt::format_to(std::back_inserter(out), ",\"severity\":\"{}\"", observe::to_string(event.severity));
    append_text_or_null(out, "plant", event.plant);
    out += ",\"message\":";
    observe::append_json_string(out, event.message);
    append_text_or_null(out, "correlation", event.correlation);
    out += ",\"fields\":{";
    for (const auto& [name, value] : event.fields) {
        if (out.back() != '{') out.push_back(',');
        observe::append_json_string(out, name);
        out.push_back(':');
        std::visit(AppendField{out}, value);
    }
    out.push_back('}');
}

void append_members(std::string& out, const observe::LogLine& line) {
    fmt::format_to(std::back_inserter(out), "\"number\":{},\"time\":", line.number);
    append_time(out, line.time);
    fmt::format_to(std::back_inserter(out), ",\"level\":\"{}\",\"channel\":\"{}\",\"message\":",
                   lowercase(observe::to_string(line.level)), observe::to_string(line.channel));
    observe::append_json_string(out, line.message);
    append_text_or_null(out, "plant", line.plant);
    append_text_or_null(out, "correlation", line.correlation);
}

json::object to_json(const observe::Alert& alert, std::string_view because_of) {
    json::object out;
    out["id"] = alert.id;
    out["key"] = alert.key;
    out["severity"] = json_view(observe::to_string(alert.severity));
    out["plant"] = text_or_null(alert.plant);
    out["message"] = alert.message;
    out["since"] = utc_text(alert.since);
    out["raised"] = alert.raised;
    out["because_of"] = text_or_null(because_of);
    out["acknowledged_at"] = time_or_null(alert.acknowledged_at);
    out["acknowledged_by"] = text_or_null(alert.acknowledged_by);
    if (alert.cleared_at) out["cleared_at"] = utc_text(*alert.cleared_at);
    return out;
}

}  // namespace hil::web
