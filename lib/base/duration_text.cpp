#include "base/duration_text.hpp"

#include <charconv>

namespace hil {
namespace {

constexpr double longest_s = 100.0 * 366 * 86400;

std::optional<double> unit_s(std::string_view unit) {
    if (unit == "ms") return 0.001;
    if (unit == "s") return 1;
    if (unit == "m") return 60;
    if (unit == "h") return 3600;
    if (unit == "d") return 86400;
    return std::nullopt;
}

// Takes the characters at the begin of `text` that are in `set`.
std::string_view take(std::string_view& text, std::string_view set) {
    const auto taken = text.substr(0, text.find_first_not_of(set));
    text.remove_prefix(taken.size());
    return taken;
}

// Digits, and a fraction that has digits on both sides of its point.
bool is_written_out(std::string_view number) {
    const auto point = number.find('.');
    return !number.empty() && point != 0 && point + 1 != number.size() && number.rfind('.') == point;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
    if (text.empty()) return std::nullopt;
    double total_s = 0;
    while (!text.empty()) {
        const auto number = take(text, "0123456789.");
        const auto unit = unit_s(take(text, "abcdefghijklmnopqrstuvwxyz"));
        if (!is_written_out(number) || !unit) return std::nullopt;
        double value = 0;
        const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
        if (error != std::errc{} || end != number.data() + number.size()) return std::nullopt;
        total_s += value * *unit;
        if (!(total_s <= longest_s)) return std::nullopt;
    }
    return seconds(total_s);
}

}  // namespace hil
