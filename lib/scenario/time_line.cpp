#include "scenario/time_line.hpp"

#include "base/duration_text.hpp"
#include "scenario/span_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace hil::scenario {
namespace {

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace

bool TimeLine::is_name(std::string_view text) {
    const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
    const auto good = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_'; };
    return !text.empty() && letter(text.front()) && std::ranges::all_of(text, good) && text != "begin" &&
           text != "end";
}

std::optional<Moment> TimeLine::named(std::string_view text) const {
    if (text == "begin") return begin();
    if (text == "end") return end();
    const auto found = steps_.find(std::string(text));
    if (found == steps_.end()) return std::nullopt;
    return Moment{found->second, found->first};
}

std::optional<Moment> TimeLine::read(std::string_view text) const {
    if (const auto span = parse_duration(text)) return Moment{*span, {}};
    if (const auto plus = text.find(" + "); plus != std::string_view::npos) {
        const auto base = named(trim(text.substr(0, plus)));
        const auto span = parse_duration(trim(text.substr(plus + 3)));
        if (!base || !span) return std::nullopt;
        return Moment{base->at + *span, fmt::format("{} + {}", base->label, span_text(*span))};
    }
    if (auto step = named(text)) return step;
    const auto at = zone_.parse(text);
    if (!at) return std::nullopt;
    return Moment{*at - from_, {}};
}

std::optional<Moment> TimeLine::take(Fields& fields, std::string_view key) const {
    const auto* value = fields.take(key);
    if (value == nullptr) return std::nullopt;
    std::optional<Moment> out;
    if (value->is_number()) {
        out = Moment{seconds(std::clamp(value->to_number<double>(), -1e9, 1e9)), {}};
    } else if (const auto* text = value->if_string()) {
        out = read({text->data(), text->size()});
    }
    if (!out) {
        fields.wrong(
            key,
            "must be seconds or a span since the begin (\"10m\"), a time (\"2025-10-01T10:00:30\"), or "
            "a step before it (\"link_lost\", \"link_lost + 30s\", \"begin\", \"end\")");
        return std::nullopt;
    }
    if (out->at < Duration{} || out->at > length_) {
        fields.wrong(key, fmt::format("must lie within the {} of the scenario", span_text(length_)));
        return std::nullopt;
    }
    return out;
}

}  // namespace hil::scenario
