#include "config/accept.hpp"

#include "config/time_value.hpp"

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cmath>

namespace hil::config {

namespace json = boost::json;

namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::optional<double> number(const json::value& value, Duration unit) {
    if (value.is_string() && unit != Duration::zero()) return time_in(value, unit);
    if (value.is_int64()) return static_cast<double>(value.get_int64());
    if (value.is_uint64()) return static_cast<double>(value.get_uint64());
    if (value.is_double() && std::isfinite(value.get_double())) return value.get_double();
    return std::nullopt;
}

struct Accept {
    const json::value& value;

    std::optional<Value> operator()(const Flag&) const {
        if (value.is_bool()) return value.get_bool();
        return std::nullopt;
    }
    std::optional<Value> operator()(const Whole& rule) const {
        const auto n = number(value, rule.unit);
        if (!n || std::trunc(*n) != *n) return std::nullopt;
        // Beyond 2^53 nothing is accepted, so that the comparison in double is exact.
        if (*n < static_cast<double>(rule.min) || *n > static_cast<double>(rule.max)) return std::nullopt;
        return static_cast<std::int64_t>(*n);
    }
    std::optional<Value> operator()(const Real& rule) const {
        const auto n = number(value, rule.unit);
        if (!n || *n < rule.min || *n > rule.max || (rule.above_min && *n == rule.min) ||
            (rule.not_zero && *n == 0))
            return std::nullopt;
        return *n;
    }
    std::optional<Value> operator()(const Text& rule) const {
        if (!value.is_string()) return std::nullopt;
        std::string text(value.get_string());
        if (!rule.accept(text)) return std::nullopt;
        return text;
    }
    std::optional<Value> operator()(const Choice& rule) const {
        // A name that is a number may be written as one.
        if (value.is_int64()) {
            const auto number = fmt::format("{}", value.get_int64());
            const auto found = std::find(rule.names.begin(), rule.names.end(), number);
            return found == rule.names.end() ? std::nullopt : std::optional<Value>(*found);
        }
        if (!value.is_string()) return std::nullopt;
        const auto& text = value.get_string();
        const auto meant = lower(trim({text.data(), text.size()}));
        for (const auto& name : rule.names)
            if (lower(name) == meant) return name;
        return std::nullopt;
    }
};

std::optional<json::value> parsed(std::string_view text) {
    boost::system::error_code error;
    auto value = json::parse({text.data(), text.size()}, error);
    if (error) return std::nullopt;
    return value;
}

}  // namespace

std::optional<Value> accept(const json::value& value, const Rule& rule) {
    return std::visit(Accept{value}, rule);
}

json::value from_text(std::string_view text, const Rule& rule) {
    if (std::holds_alternative<Text>(rule) || std::holds_alternative<Choice>(rule))
        return json::value(json::string(text.data(), text.size()));
    const auto word = lower(trim(text));
    if (std::holds_alternative<Flag>(rule)) {
        for (const std::string_view yes : {"1", "true", "yes", "on"})
            if (word == yes) return true;
        for (const std::string_view no : {"0", "false", "no", "off"})
            if (word == no) return false;
    }
    if (auto value = parsed(word)) return *value;
    return json::value(json::string(text.data(), text.size()));
}

json::value list_from_text(std::string_view text, bool words) {
    const auto trimmed = trim(text);
    if (trimmed.starts_with('[') || !words) {
        if (auto value = parsed(trimmed)) return *value;
        return json::value(json::string(text.data(), text.size()));
    }
    json::array out;
    for (std::size_t begin = 0; begin < trimmed.size();) {
        const auto end = std::min(trimmed.find(',', begin), trimmed.size());
        const auto word = trim(trimmed.substr(begin, end - begin));
        out.emplace_back(json::string(word.data(), word.size()));
        begin = end + 1;
    }
    return out;
}

std::string shown(const json::value& value) {
    if (value.is_object()) return "an object";
    if (value.is_array()) return "an array";
    if (value.is_double()) return fmt::format("{}", value.get_double());
    auto text = json::serialize(value);
    constexpr std::size_t longest = 80;
    if (text.size() > longest) {
        auto end = longest;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u)  // not inside a character
            --end;
        text = text.substr(0, end) + "…";
    }
    return text;
}

std::string whole_sentence(const Whole& rule) {
    if (rule.max == Whole::unlimited) return fmt::format("must be a whole number of at least {}", rule.min);
    return fmt::format("must be a whole number {}..{}", rule.min, rule.max);
}

}  // namespace hil::config
