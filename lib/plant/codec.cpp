#include "plant/codec.hpp"

#include "base/mutation.hpp"
#include "config/raw_value.hpp"

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
        case Unit::wh:
            return -3;
        case Unit::mw:
        case Unit::mvar:
        case Unit::mwh:
        case Unit::phase_kv:
            return 3;
        case Unit::percent:
            return -2;
        case Unit::raw:
        case Unit::pu:
        case Unit::kw:
        case Unit::kvar:
        case Unit::kv:
        case Unit::a:
        case Unit::phase_v:
        case Unit::kwh:
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
        // The largest doubles that are whole numbers of the format.
        case Format::int64:
            return {-9223372036854775808.0, 9223372036854774784.0};
        case Format::uint64:
            return {0.0, 18446744073709549568.0};
        case Format::float64:
            return {std::numeric_limits<double>::lowest(), std::numeric_limits<double>::max()};
        case Format::float32:
            break;
    }
    constexpr double largest = std::numeric_limits<float>::max();
    return {-largest, largest};
}

bool is_float(Format format) {
    return format == Format::float32 || format == Format::float64;
}

constexpr std::uint16_t swap_bytes(std::uint16_t word) {
    return static_cast<std::uint16_t>((word << 8) | (word >> 8));
}

// Whole counts: the nearest whole number where the distance is no more than the noise of binary arithmetic,
// which grows with the magnitude; else up or down.
double whole_counts(double counts, bool up) {
    const double nearest = std::round(counts);
    const double noise = std::max(1e-9, 1e-12 * std::abs(counts));
    if (std::abs(counts - nearest) <= noise) return nearest;
    if (mutated(Mutation::rounded_outwards)) up = !up;
    return up ? std::ceil(counts) : std::floor(counts);
}

}  // namespace

Codec::Codec(const config::Point& point, ByteOrder byte_order, WordOrder word_order)
    : format_(point.format),
      byte_order_(byte_order),
      word_order_(point.word_order.value_or(word_order)),
      words_(point.word_count()),
      scaled_(!point.scale_point.empty()) {
    take_scale(point);
    for (const auto& value : point.not_available)
        if (const auto bits = config::raw_bits(value, format_)) not_available_.push_back(*bits);
}

void Codec::take_scale(const config::Point& point) {
    constexpr int longest_mantissa = 9;
    constexpr int largest_exact_power = 22;  // 10^22 is the last power of ten that a double holds exactly
    constexpr int longest_shift = 6;         // 15 digits are exact in a double
    auto scale = shortest_decimal(point.eng_per_count);
    auto offset = shortest_decimal(point.offset);
    scale.exponent += unit_exponent(point.unit);
    offset.exponent += unit_exponent(point.unit);
    if (point.offset == 0) offset.exponent = scale.exponent;
    const int exponent = std::min(scale.exponent, offset.exponent);
    const bool exact = scale.count <= longest_mantissa && offset.count <= longest_mantissa &&
                       std::abs(exponent) <= largest_exact_power &&
                       scale.exponent - exponent <= longest_shift &&
                       offset.exponent - exponent <= longest_shift;
    if (exact) {
        mantissa_ = scale.digits * power_of_ten(scale.exponent - exponent);
        offset_ = offset.digits * power_of_ten(offset.exponent - exponent);
        divisor_ = power_of_ten(-exponent);
        factor_ = power_of_ten(exponent);
        if (!is_float(format_) && !scaled_) decimals_ = std::max(0, -exponent);
    } else {
        mantissa_ = point.eng_per_count * std::pow(10.0, unit_exponent(point.unit));
        offset_ = point.offset * std::pow(10.0, unit_exponent(point.unit));
    }
    if (!is_float(format_) && !scaled_) count_ = std::abs(mantissa_ * factor_ / divisor_);
}

double Codec::from_counts(double counts, int scale) const {
    if (scale == 0) return (counts * mantissa_ + offset_) * factor_ / divisor_;
    const double raised = power_of_ten(std::abs(scale));
    if (scale > 0) return (counts * mantissa_ * raised + offset_) * factor_ / divisor_;
    // One division: 1234 counts of 0.1 at 10^-1 are 12.34.
    return (counts * mantissa_ + offset_ * raised) * factor_ / (divisor_ * raised);
}

double Codec::to_counts(double value) const {
    return (value * divisor_ / factor_ - offset_) / mantissa_;
}

result<Registers> Codec::encode(double value) const {
    if (!std::isfinite(value)) return errc::not_finite;
    double counts = to_counts(value);
    // Toward the value 0, which lies above in counts where the value is negative or the device counts the
    // other way, and not both.
    if (!is_float(format_)) counts = whole_counts(counts, (value < 0) != (mantissa_ < 0));
    if (counts == 0) counts = 0;  // there is a negative zero
    const auto [lowest, highest] = count_range(format_);
    if (!(counts >= lowest && counts <= highest)) return errc::out_of_range;

    std::uint64_t bits = 0;
    if (format_ == Format::float32) {
        bits = std::bit_cast<std::uint32_t>(static_cast<float>(counts));
    } else if (format_ == Format::float64) {
        bits = std::bit_cast<std::uint64_t>(counts);
    } else if (format_ == Format::uint64) {
        bits = static_cast<std::uint64_t>(counts);
    } else {
        bits = static_cast<std::uint64_t>(static_cast<std::int64_t>(counts));
    }
    return registers(bits);
}

Registers Codec::registers(std::uint64_t bits) const {
    Registers registers{};
    for (std::size_t i = 0; i < words_; ++i) {
        const std::size_t place = word_order_ == WordOrder::lsw_first ? i : words_ - 1u - i;
        registers[i] = static_cast<std::uint16_t>(bits >> (16 * place));
        if (byte_order_ == ByteOrder::little) registers[i] = swap_bytes(registers[i]);
    }
    return registers;
}

std::uint64_t Codec::bits(std::span<const std::uint16_t> words) const {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < words_; ++i) {
        const auto word = words[word_order_ == WordOrder::lsw_first ? words_ - 1u - i : i];
        bits = bits << 16 | (byte_order_ == ByteOrder::little ? swap_bytes(word) : word);
    }
    return bits;
}

double Codec::counts_of(std::uint64_t all) const {
    switch (format_) {
        case Format::int16:
            return static_cast<double>(static_cast<std::int16_t>(all));
        case Format::int32:
            return static_cast<double>(static_cast<std::int32_t>(all));
        case Format::int64:
            return static_cast<double>(static_cast<std::int64_t>(all));
        case Format::float32:
            return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(all)));
        case Format::float64:
            return std::bit_cast<double>(all);
        case Format::uint16:
        case Format::uint32:
        case Format::uint64:
            break;
    }
    return static_cast<double>(all);
}

double Codec::decode(std::span<const std::uint16_t> words, int scale) const {
    return from_counts(counts(words), scale);
}

bool Codec::floating() const {
    return is_float(format_);
}

bool Codec::means_not_available(std::uint64_t bits) const {
    return std::ranges::find(not_available_, bits) != not_available_.end();
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
    constexpr double float32_exact = 16'777'216, double_exact = 9'007'199'254'740'992;
    return format_ == Format::float32 ? float32_exact : std::min(count_range(format_).second, double_exact);
}

}  // namespace hil::plant
