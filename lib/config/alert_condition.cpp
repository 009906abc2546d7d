#include "config/alert_condition.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace hil::config {
namespace {

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ':';
}

// Takes a name from the front; empty when there is none.
std::string_view take_name(std::string_view& text) {
    std::size_t length = 0;
    while (length < text.size() && name_character(text[length]))
        ++length;
    const auto name = text.substr(0, length);
    text = trimmed(text.substr(length));
    return name;
}

bool take(std::string_view& text, std::string_view what) {
    if (!text.starts_with(what)) return false;
    text = trimmed(text.substr(what.size()));
    return true;
}

AlertCondition parse_patterns(std::string_view text) {
    AlertPatterns out;
    for (;;) {
        const auto bar = text.find('|');
        const auto key = trimmed(text.substr(0, bar));
        if (key.empty() || key.find(' ') != std::string_view::npos)
            return fmt::format("an alert's key is one word, as */link, got \"{}\"", key);
        out.keys.emplace_back(key);
        if (bar == std::string_view::npos) return out;
        text = text.substr(bar + 1);
    }
}

// Reads {label="value",…}; a sentence where it cannot.
std::string take_labels(std::string_view& text, MetricThreshold& out) {
    if (!take(text, "{")) return {};
    while (!take(text, "}")) {
        const std::string label(take_name(text));
        if (label.empty() || !take(text, "=") || !text.starts_with('"'))
            return "labels are written {plant=\"lib\"}";
        const auto end = text.find('"', 1);
        if (end == std::string_view::npos) return "a label's value ends with \"";
        out.labels.emplace_back(label, text.substr(1, end - 1));
        text = trimmed(text.substr(end + 1));
        if (!take(text, ",") && !text.starts_with('}')) return "labels are separated by commas";
    }
    return {};
}

AlertCondition parse_threshold(std::string_view text) {
    MetricThreshold out;
    out.metric = take_name(text);
    if (out.metric.empty()) return "a metric begins with its name, as hil_plant_soc_ratio";
    if (auto problem = take_labels(text, out); !problem.empty()) return problem;
    if (take(text, "<=")) {
        out.comparison = Comparison::at_most;
    } else if (take(text, ">=")) {
        out.comparison = Comparison::at_least;
    } else if (take(text, "<")) {
        out.comparison = Comparison::below;
    } else if (take(text, ">")) {
        out.comparison = Comparison::above;
    } else {
        return "a metric is compared by <, <=, > or >=";
    }
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, out.limit);
    if (error != std::errc{} || stop != end || !std::isfinite(out.limit))
        return fmt::format("a metric is compared with a number, got \"{}\"", text);
    return out;
}

}  // namespace

AlertCondition parse_condition(std::string_view text) {
    text = trimmed(text);
    if (text.starts_with("alert ")) return parse_patterns(text.substr(6));
    if (text.starts_with("metric ")) return parse_threshold(trimmed(text.substr(7)));
    return "begins with \"alert\" and keys of alerts, or with \"metric\", a name and a threshold";
}

bool matches(std::string_view pattern, std::string_view text) {
    // The last * takes one character more each time what follows it does not fit.
    std::size_t p = 0, t = 0, after_star = std::string_view::npos, taken_to = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            after_star = ++p;
            taken_to = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (after_star != std::string_view::npos) {
            p = after_star;
            t = ++taken_to;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace hil::config
