#include "report/markup.hpp"

#include "observe/json_text.hpp"

#include <fmt/format.h>

#include <cmath>

namespace hil::report {
namespace {

constexpr std::string_view minus = "\u2212", dash = "\u2013", narrow = "\u202f", replacement = "\uFFFD";

}  // namespace

std::string escaped(std::string_view text) {
    // The writer of JSON strings knows which bytes are UTF-8; what it escapes is looked at here.
    std::string json;
    observe::append_json_string(json, text);
    std::string out;
    for (std::size_t i = 1; i + 1 < json.size(); ++i) {
        const char c = json[i];
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '\'':
                out += "&#39;";
                break;
            case '\\': {
                const char next = json[++i];
                if (next == '"') out += "&quot;";
                if (next == '\\') out += '\\';
                if (next == 'n') out += '\n';
                if (next == 't') out += '\t';
                if (next == 'r') out += replacement;
                if (next == 'u') {
                    out += replacement;
                    i += 4;
                }
                break;
            }
            default:
                out += c;
        }
    }
    return out;
}

std::string for_script(std::string_view json) {
    std::string out;
    out.reserve(json.size());
    for (const char c : json) {
        // These stand in strings only.
        if (c == '<')
            out += "\\u003c";
        else if (c == '>')
            out += "\\u003e";
        else if (c == '&')
            out += "\\u0026";
        else
            out += c;
    }
    return out;
}

std::string shown(double value, int decimals) {
    if (!std::isfinite(value)) return std::string(dash);
    auto text = fmt::format("{:.{}f}", std::abs(value), decimals);
    const bool zero = text.find_first_not_of("0.") == std::string::npos;
    return value < 0 && !zero ? std::string(minus) + text : text;
}

std::string shown_count(std::uint64_t value) {
    const auto digits = fmt::format("{}", value);
    std::string out;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0) out += narrow;
        out += digits[i];
    }
    return out;
}

std::string shown_length(Duration length) {
    if (length < std::chrono::minutes(1)) {
        const auto text = fmt::format("{:.2f}", to_seconds(length));
        const auto end = text.find_last_not_of('0');
        return text.substr(0, text[end] == '.' ? end : end + 1) + " s";
    }
    const auto s = std::chrono::round<std::chrono::seconds>(length).count();
    const auto two = [](auto whole, const char* unit, auto rest, const char* rest_unit) {
        const auto text = fmt::format("{} {}", whole, unit);
        return rest == 0 ? text : fmt::format("{} {:02} {}", text, rest, rest_unit);
    };
    if (s < 3600) return two(s / 60, "min", s % 60, "s");
    if (s < 2 * 86'400) return two(s / 3600, "h", s / 60 % 60, "min");
    return two(s / 86'400, "d", s / 3600 % 24, "h");
}

std::string shown_time(WallTime at, const Zone& zone) {
    auto text = zone.format(at);
    text.resize(text.size() - 6);
    text[10] = ' ';
    return text;
}

std::string shown_instant(WallTime at, const Zone& zone) {
    const auto text = zone.format(at);
    return shown_time(at, zone) + ' ' + text.substr(text.size() - 6);
}

}  // namespace hil::report
