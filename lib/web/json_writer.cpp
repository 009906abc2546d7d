#include "web/json_writer.hpp"

#include "base/zone.hpp"
#include "observe/json_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>

#include <cmath>

namespace hil::web {

namespace json = boost::json;

namespace {

void append_object(std::string& out, const json::object& object) {
    out.push_back('{');
    bool first = true;
    for (const auto& [key, value] : object) {
        if (!std::exchange(first, false)) out.push_back(',');
        observe::append_json_string(out, std_view(key));
        out.push_back(':');
        append_text(out, value);
    }
    out.push_back('}');
}

}  // namespace

void append_text(std::string& out, const json::value& value) {
    switch (value.kind()) {
        case json::kind::null:
            out += "null";
            break;
        case json::kind::bool_:
            out += value.get_bool() ? "true" : "false";
            break;
        case json::kind::int64:
            fmt::format_to(std::back_inserter(out), "{}", value.get_int64());
            break;
        case json::kind::uint64:
            fmt::format_to(std::back_inserter(out), "{}", value.get_uint64());
            break;
        case json::kind::double_:
            observe::append_json_number(out, value.get_double());
            break;
        case json::kind::string:
            observe::append_json_string(out, std_view(value.get_string()));
            break;
        case json::kind::array: {
            out.push_back('[');
            bool first = true;
            for (const auto& item : value.get_array()) {
                if (!std::exchange(first, false)) out.push_back(',');
                append_text(out, item);
            }
            out.push_back(']');
            break;
        }
        case json::kind::object:
            append_object(out, value.get_object());
            break;
    }
}

std::string to_text(const json::value& value) {
    std::string out;
    append_text(out, value);
    return out;
}

std::string to_text(const json::object& object) {
    std::string out;
    append_object(out, object);
    return out;
}

void append_utc(std::string& out, WallTime at) {
    static const Zone utc = Zone::utc();
    constexpr std::string_view offset = "+00:00";
    utc.append(out, at);
    if (out.ends_with(offset)) {
        out.resize(out.size() - offset.size());
        out.push_back('Z');
    }
}

std::string utc_text(WallTime at) {
    std::string out;
    append_utc(out, at);
    return out;
}

json::value time_or_null(const std::optional<WallTime>& at) {
    if (!at) return nullptr;
    return json::string(utc_text(*at));
}

json::value text_or_null(std::string_view text) {
    if (text.empty()) return nullptr;
    return json::string(json_view(text));
}

json::value number_or_null(double value) {
    if (!std::isfinite(value)) return nullptr;
    return value;
}

}  // namespace hil::web
