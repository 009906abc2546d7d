#include "base/number.hpp"

#include <boost/assert.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace hil {
namespace {

constexpr double power_of_ten[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8};
constexpr int max_quick_decimals = 8;

// The common case as integers. False where the product's rounding error could pick the wrong neighbour.
bool append_quickly(std::string& out, double value, int decimals) {
    if (decimals > max_quick_decimals) return false;
    const double scaled = std::abs(value) * power_of_ten[decimals];
    if (!(scaled < 1e9)) return false;
    auto rounded = static_cast<std::uint64_t>(scaled);
    const double rest = scaled - static_cast<double>(rounded);
    if (std::abs(rest - 0.5) < 1e-6) return false;
    if (rest > 0.5) ++rounded;
    if (value < 0 && rounded != 0) out.push_back('-');

    const auto unit = static_cast<std::uint64_t>(power_of_ten[decimals]);
    char digits[24];
    char* const end = std::to_chars(digits, digits + sizeof digits, rounded / unit).ptr;
    out.append(digits, end);
    out.push_back('.');
    std::uint64_t fraction = rounded % unit;
    int places = decimals;
    while (places > 1 && fraction % 10 == 0) {
        fraction /= 10;
        --places;
    }
    if (places == 0) places = 1;
    for (int i = places; i-- > 0; fraction /= 10)
        digits[i] = static_cast<char>('0' + fraction % 10);
    out.append(digits, static_cast<std::size_t>(places));
    return true;
}

void append_rounded(std::string& out, double value, int decimals) {
    char digits[352];  // the largest double has 309 digits before the point
    const auto written =
        std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed, decimals);
    std::string_view text(digits, static_cast<std::size_t>(written.ptr - digits));
    if (const auto point = text.find('.'); point != std::string_view::npos) {
        text = text.substr(0, std::max(text.find_last_not_of('0'), point + 1) + 1);
        if (text.find_first_not_of("-0.") == std::string_view::npos) text = "0.0";
        out.append(text);
    } else {
        out.append(text == "-0" ? "0" : text).append(".0");
    }
}

void append_shortest(std::string& out, double value) {
    if (value == 0) value = 0;  // no sign on zero
    char digits[32];
    const double size = std::abs(value);
    const bool plain = value == 0 || (size >= 1e-4 && size < 1e16);
    const auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
    const auto written = std::to_chars(digits, digits + sizeof digits, value, format);
    const std::string_view text(digits, static_cast<std::size_t>(written.ptr - digits));
    out.append(text);
    if (text.find_first_of(".en") == std::string_view::npos) out.append(".0");
}

}  // namespace

void append_number(std::string& out, double value, int decimals) {
    BOOST_ASSERT(std::isfinite(value) && decimals <= 17);
    if (decimals < 0) {
        append_shortest(out, value);
    } else if (!append_quickly(out, value, decimals)) {
        append_rounded(out, value, decimals);
    }
}

std::string format_number(double value, int decimals) {
    std::string out;
    append_number(out, value, decimals);
    return out;
}

std::optional<double> parse_number(std::string_view text) {
    if (text.starts_with('+')) {
        text.remove_prefix(1);
        if (text.starts_with('-')) return {};
    }
    double value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || !std::isfinite(value)) return {};
    return value;
}

}  // namespace hil
