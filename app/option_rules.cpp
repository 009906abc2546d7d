#include "app/option_table.hpp"
#include "base/duration_text.hpp"
#include "base/number.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace hil::app {

OptionRule one_of(std::vector<std::string> words) {
    OptionRule rule;
    rule.must = fmt::format("must be {}", fmt::join(words, " or "));
    rule.holds = [words](const std::string& text) {
        return std::find(words.begin(), words.end(), text) != words.end();
    };
    rule.words = std::move(words);
    return rule;
}

OptionRule not_empty() {
    OptionRule rule;
    rule.must = "must not be empty";
    rule.holds = [](const std::string& text) { return !text.empty(); };
    rule.shows_value = false;
    return rule;
}

OptionRule whole_from(std::uint64_t low, std::uint64_t high, std::string must) {
    OptionRule rule;
    rule.must = std::move(must);
    rule.holds = [low, high](const std::string& text) {
        std::uint64_t value{};
        const char* last = text.data() + text.size();
        const auto [end, error] = std::from_chars(text.data(), last, value);
        return error == std::errc{} && end == last && value >= low && value <= high;
    };
    return rule;
}

OptionRule number_where(std::function<bool(double)> holds, std::string must) {
    OptionRule rule;
    rule.must = std::move(must);
    rule.holds = [holds = std::move(holds)](const std::string& text) {
        const auto number = parse_number(text);
        return number && holds(*number);
    };
    return rule;
}

OptionRule a_duration() {
    return {"must be a number with a unit, as 30s, 15m, 1h30m or 2d",
            [](const std::string& text) { return parse_duration(text).value_or(Duration{}) > Duration{}; },
            {}};
}

std::optional<double> seconds_of(const std::string& text) {
    if (const auto number = parse_number(text)) return number;
    const auto length = parse_duration(text);
    return length ? std::optional(to_seconds(*length)) : std::nullopt;
}

OptionRule seconds_where(std::function<bool(double)> holds, std::string must) {
    OptionRule rule;
    rule.must = std::move(must);
    rule.holds = [holds = std::move(holds)](const std::string& text) {
        const auto number = seconds_of(text);
        return number && holds(*number);
    };
    return rule;
}

std::optional<Duration> days_of(const std::string& text) {
    constexpr double most = 100 * 366, day_s = 86'400;
    const auto number = parse_number(text);
    if (!number) return parse_duration(text);
    return *number > 0 && *number <= most ? std::optional(seconds(*number * day_s)) : std::nullopt;
}

}  // namespace hil::app
