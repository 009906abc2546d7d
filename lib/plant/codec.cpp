#include "plant/codec.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>
#include <system_error>
#include <utility>

namespace hil::plant {
namespace {

using config::ByteOrder;
using config::Format;
using config::Unit;
using config::WordOrder;

// value = digits * 10^exponent, without trailing zeros in digits.
struct Decimal {
    double digits = 0;
    int count = 0;  // how many digits
    int exponent = 0;
};

// The shortest decimal that reads back as `value`: what the configuration said.
Decimal shortest_decimal(double value) {
    std::array<char, 32> text{};
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), std::abs(value), std::chars_format::scientific)
            .ptr;
    const std::string_view written(text.data(), static_cast<std::size_t>(end - text.data()));
    const auto e = written.find('e');
    Decimal decimal;
    const auto* sign = written.data() + e + 1;
    std::from_chars(*sign == '+' ? sign + 1 : sign, end, decimal.exponent);
    for (const char c : written.substr(0, e)) {
        if (c == '.') continue;
        decimal.digits = decimal.digits * 10 + (c - '0');
        ++decimal.count;
    }
    decimal.exponent -= decimal.count - 1;
    if (value < 0) decimal.digits = -decimal.digits;
    return decimal;
}

// Powers of ten from the unit on the wire to the internal one.
int unit_exponent(Unit unit) {
    switch (unit) {
        case Unit::w:
        case Unit::var:
        case Unit::v:
            return -3;
        case Unit::mw:
        case Unit::mvar:
            return 3;
        case Unit::percent:
            return -2;
        case Unit::raw:
        case Unit::pu:
        case Unit::kw:
        case Unit::kvar:
        case Unit::kv:
            return 0;
    }
    return 0;
}

double power_of_ten(int exponent) {
    double power = 1;
    for (int i = 0; i < exponent; ++i)
        power *= 10;
    return power;
}

std::pair<double, double> count_range(Format format) {
    switch (format) {
        case Format::int16:
            return {-32768.0, 32767.0};
        case Format::uint16:
            return {0.0, 65535.0};
        case Format::int32:
            return {-2147483648.0, 2147483647.0};
        case Format::uint32:
            return {0.0, 4294967295.0};
        case Format::float32:
            break;
    }
    constexpr double largest = std::numeric_limits<float>::max();
    return {-largest, largest};
}

constexpr std::uint16_t swap_bytes(std::uint16_t word) {
    return static_cast<std::uint16_t>((word << 8) | (word >> 8));
}

// Whole counts: the nearest whole number where the distance is no more than the noise of binary arithmetic,
// which grows with the magnitude; else toward zero.
double whole_counts(double counts) {
    const double nearest = std::round(counts);
    const double noise = std::max(1e-9, 1e-12 * std::abs(counts));
    return std::abs(counts - nearest) <= noise ? nearest : std::trunc(counts);
}

}  // namespace

Codec::Codec(const config::Point& point, ByteOrder byte_order, WordOrder word_order)
    : format_(point.format),
      byte_order_(byte_order),
      word_order_(point.word_order.value_or(word_order)),
      words_(point.word_count()) {
    constexpr int longest_mantissa = 9;
    constexpr int largest_exact_power = 22;  // 10^22 is the last power of ten that a double holds exactly
    auto scale = shortest_decimal(point.eng_per_count);
    scale.exponent += unit_exponent(point.unit);
    if (scale.count <= longest_mantissa && std::abs(scale.exponent) <= largest_exact_power) {
        mantissa_ = scale.digits;
        divisor_ = power_of_ten(-scale.exponent);
        factor_ = power_of_ten(scale.exponent);
        if (format_ != Format::float32) decimals_ = std::max(0, -scale.exponent);
    } else {
        mantissa_ = point.eng_per_count * std::pow(10.0, unit_exponent(point.unit));
    }
    if (format_ != Format::float32) count_ = std::abs(from_counts(1));
}

double Codec::from_counts(double counts) const {
    return counts * mantissa_ * factor_ / divisor_;
}

double Codec::to_counts(double value) const {
    return value * divisor_ / factor_ / mantissa_;
}

result<Registers> Codec::encode(double value) const {
    if (!std::isfinite(value)) return errc::not_finite;
    double counts = to_counts(value);
    if (format_ != Format::float32) counts = whole_counts(counts);
    const auto [lowest, highest] = count_range(format_);
    if (!(counts >= lowest && counts <= highest)) return errc::out_of_range;

    std::uint32_t bits = 0;
    if (format_ == Format::float32) {
        bits = std::bit_cast<std::uint32_t>(static_cast<float>(counts));
    } else {
        bits = static_cast<std::uint32_t>(static_cast<std::int64_t>(counts));
    }
    Registers registers{static_cast<std::uint16_t>(bits), 0};
    if (words_ == 2) {
        registers = {static_cast<std::uint16_t>(bits >> 16), static_cast<std::uint16_t>(bits)};
        if (word_order_ == WordOrder::lsw_first) std::swap(registers[0], registers[1]);
    }
    if (byte_order_ == ByteOrder::little) {
        for (auto& word : registers)
            word = swap_bytes(word);
    }
    return registers;
}

double Codec::decode(std::span<const std::uint16_t> words) const {
    const auto word = [&](std::size_t i) {
        return byte_order_ == ByteOrder::little ? swap_bytes(words[i]) : words[i];
    };
    if (words_ == 1) {
        const auto bits = word(0);
        return from_counts(format_ == Format::int16 ? static_cast<double>(static_cast<std::int16_t>(bits))
                                                    : static_cast<double>(bits));
    }
    const bool msw_first = word_order_ == WordOrder::msw_first;
    const std::uint32_t high = word(msw_first ? 0 : 1);
    const std::uint32_t low = word(msw_first ? 1 : 0);
    const std::uint32_t bits = high << 16 | low;
    switch (format_) {
        case Format::int32:
            return from_counts(static_cast<std::int32_t>(bits));
        case Format::float32:
            return from_counts(static_cast<double>(std::bit_cast<float>(bits)));
        default:
            return from_counts(bits);
    }
}

double Codec::lowest() const {
    const auto [low, high] = count_range(format_);
    return std::min(from_counts(low), from_counts(high));
}

double Codec::highest() const {
    const auto [low, high] = count_range(format_);
    return std::max(from_counts(low), from_counts(high));
}

double Codec::most_counts() const {
    constexpr double float32_exact = 16'777'216;
    return format_ == Format::float32 ? float32_exact : count_range(format_).second;
}

}  // namespace hil::plant
