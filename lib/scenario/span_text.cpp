#include "scenario/span_text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace hil::scenario {
namespace {

std::optional<double> unit_s(std::string_view unit) {
    if (unit == "ms") return 0.001;
    if (unit == "s") return 1;
    if (unit == "m") return 60;
    if (unit == "h") return 3600;
    if (unit == "d") return 86400;
    return std::nullopt;
}

bool letter(char c) {
    return c >= 'a' && c <= 'z';
}

}  // namespace

std::optional<Duration> parse_span(std::string_view text) {
    constexpr double longest_s = 366 * 86400.0;
    if (text.empty()) return std::nullopt;
    double total_s = 0;
    while (!text.empty()) {
        double number = 0;
        const auto [end, error] =
            std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
        if (error != std::errc{} || !std::isfinite(number) || number < 0) return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        std::size_t length = 0;
        while (length < text.size() && letter(text[length]))
            ++length;
        const auto unit = unit_s(text.substr(0, length));
        if (!unit) return std::nullopt;
        text.remove_prefix(length);
        total_s += number * *unit;
        if (total_s > longest_s) return std::nullopt;
    }
    return seconds(total_s);
}

std::string span_text(Duration span) {
    const double s = to_seconds(span);
    if (s < 120) return fmt::format("{:.6g} s", std::round(s * 1000) / 1000);
    const auto whole = static_cast<std::int64_t>(std::llround(s));
    std::string out;
    const auto add = [&out](std::int64_t n, const char* unit) {
        if (n > 0) out += fmt::format("{}{} {}", out.empty() ? "" : " ", n, unit);
    };
    add(whole / 3600, "h");
    add(whole % 3600 / 60, "min");
    add(whole % 60, "s");
    return out;
}

}  // namespace hil::scenario
