#include "scenario/fields.hpp"

#include "config/accept.hpp"
#include "config/nearest.hpp"
#include "config/time_value.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <cmath>

namespace hil::scenario {

namespace json = boost::json;

Fields::Fields(const json::value& value, std::string pointer, config::Problems& problems)
    : object_(value.if_object()), pointer_(std::move(pointer)), problems_(problems) {
    if (object_ == nullptr)
        problems_.add(pointer_, fmt::format("must be an object, got {}", config::shown(value)));
}

bool Fields::has(std::string_view key) const {
    return object_ != nullptr && object_->contains({key.data(), key.size()});
}

const json::value* Fields::take(std::string_view key) {
    if (std::ranges::find(known_, key) == known_.end()) known_.emplace_back(key);
    return object_ == nullptr ? nullptr : object_->if_contains({key.data(), key.size()});
}

const json::value* Fields::need(std::string_view key) {
    const auto* value = take(key);
    if (value == nullptr && object_ != nullptr)
        problems_.add_about(pointer_, fmt::format("`{}` is missing", key));
    return value;
}

void Fields::wrong(std::string_view key, std::string_view rule) {
    const auto* value = object_ == nullptr ? nullptr : object_->if_contains({key.data(), key.size()});
    problem(key,
            value == nullptr ? std::string(rule) : fmt::format("{}, got {}", rule, config::shown(*value)));
}

std::optional<std::string> Fields::text(std::string_view key) {
    const auto* value = take(key);
    if (value == nullptr) return std::nullopt;
    if (const auto* text = value->if_string(); text != nullptr && !text->empty())
        return std::string(text->data(), text->size());
    wrong(key, "must be a text that is not empty");
    return std::nullopt;
}

std::optional<bool> Fields::flag(std::string_view key) {
    const auto* value = take(key);
    if (value == nullptr) return std::nullopt;
    if (value->is_bool()) return value->get_bool();
    wrong(key, "must be true or false");
    return std::nullopt;
}

std::optional<double> Fields::number(std::string_view key, double low, double high) {
    const auto* value = take(key);
    if (value == nullptr) return std::nullopt;
    if (value->is_number()) {
        const auto number = value->to_number<double>();
        if (number >= low && number <= high) return number;
    }
    wrong(key, std::abs(low) >= 1e9 ? std::string("must be a number")
                                    : fmt::format("must be a number {:g}..{:g}", low, high));
    return std::nullopt;
}

std::optional<std::string> Fields::choice(std::string_view key, std::span<const std::string_view> names) {
    const auto* value = take(key);
    if (value == nullptr) return std::nullopt;
    if (const auto* text = value->if_string()) {
        const std::string_view said(text->data(), text->size());
        if (std::ranges::find(names, said) != names.end()) return std::string(said);
    }
    wrong(key, fmt::format("must be one of {}", fmt::join(names, ", ")));
    return std::nullopt;
}

std::optional<Duration> span_of(const json::value& value) {
    const auto number = config::seconds_in(value);
    if (!number || *number < 0 || *number > 366 * 86400.0) return std::nullopt;
    return seconds(*number);
}

std::optional<Duration> Fields::span(std::string_view key) {
    const auto* value = take(key);
    if (value == nullptr) return std::nullopt;
    if (const auto span = span_of(*value)) return span;
    wrong(key, "must be a number of seconds, or a text as \"90s\", \"15m\" or \"1h30m\"");
    return std::nullopt;
}

std::vector<std::string> Fields::texts(std::string_view key) {
    std::vector<std::string> out;
    const auto* value = take(key);
    if (value == nullptr) return out;
    const auto* array = value->if_array();
    bool good = array != nullptr;
    for (std::size_t i = 0; good && i < array->size(); ++i) {
        const auto* text = (*array)[i].if_string();
        good = text != nullptr && !text->empty();
        if (good) out.emplace_back(text->data(), text->size());
    }
    if (!good) wrong(key, "must be an array of texts");
    return out;
}

std::optional<Bounds> Fields::bounds() {
    constexpr double any = 1e12;
    int given = 0;
    Bounds out;
    const auto* is = take("is");
    if (is != nullptr) {
        ++given;
        out.low = out.high = number("is", -any, any);
    }
    if (has("at_least") || has("at_most")) ++given;
    if (const auto low = number("at_least", -any, any)) out.low = low;
    if (const auto high = number("at_most", -any, any)) out.high = high;
    if (const auto* between = take("between")) {
        ++given;
        const auto* pair = between->if_array();
        if (pair != nullptr && pair->size() == 2 && (*pair)[0].is_number() && (*pair)[1].is_number()) {
            out.low = (*pair)[0].to_number<double>();
            out.high = (*pair)[1].to_number<double>();
        } else {
            wrong("between", "must be an array of two numbers");
        }
    }
    if (given > 1)
        problems_.add_about(pointer_,
                            "only one of `is`, `between`, and `at_least` with `at_most` may be given");
    if (out.low && out.high && *out.low > *out.high)
        problems_.add_about(
            pointer_, fmt::format("the lower bound {:g} is above the upper bound {:g}", *out.low, *out.high));
    if (given == 0) return std::nullopt;
    return out;
}

void Fields::finish() {
    if (object_ == nullptr) return;
    for (const auto& [key, value] : *object_) {
        const std::string name(key.data(), key.size());
        if (std::ranges::find(known_, name) != known_.end()) continue;
        const auto meant = config::nearest(name, known_);
        problem(name, meant.empty() ? fmt::format("unknown key, known here are {}", fmt::join(known_, ", "))
                                    : fmt::format("unknown key, did you mean \"{}\"?", meant));
    }
}

}  // namespace hil::scenario
