#include "config/raw_value.hpp"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cmath>

namespace hil::config {
namespace {

unsigned bits_in(Format format) {
    Point point;
    point.format = format;
    return point.word_count() * 16u;
}

std::optional<std::uint64_t> hexadecimal(std::string_view text) {
    if (text.size() < 3 || text.size() > 18 || text[0] != '0' || (text[1] != 'x' && text[1] != 'X'))
        return std::nullopt;
    std::uint64_t bits = 0;
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + 2, end, bits, 16);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    return bits;
}

std::optional<std::uint64_t> float_bits(double value, Format format) {
    if (format == Format::float64) return std::bit_cast<std::uint64_t>(value);
    const auto narrow = static_cast<float>(value);
    if (std::isinf(narrow) && !std::isinf(value)) return std::nullopt;
    return std::bit_cast<std::uint32_t>(narrow);
}

std::optional<std::uint64_t> integer_bits(double value, Format format) {
    const unsigned bits = bits_in(format);
    if (std::trunc(value) != value) return std::nullopt;
    if (value < -std::ldexp(1, static_cast<int>(bits) - 1) || value >= std::ldexp(1, static_cast<int>(bits)))
        return std::nullopt;
    if (value < 0) {
        const auto mask = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
        return static_cast<std::uint64_t>(static_cast<std::int64_t>(value)) & mask;
    }
    return static_cast<std::uint64_t>(value);
}

std::optional<std::uint64_t> integer_bits(std::int64_t value, Format format) {
    const unsigned bits = bits_in(format);
    if (bits == 64) return static_cast<std::uint64_t>(value);
    return integer_bits(static_cast<double>(value), format);
}

}  // namespace

std::optional<RawValue> raw_value(const boost::json::value& json) {
    if (json.is_int64()) return json.get_int64();
    if (json.is_uint64()) return fmt::format("0x{:X}", json.get_uint64());
    if (json.is_double() && std::isfinite(json.get_double())) return json.get_double();
    if (const auto* text = json.if_string()) {
        if (hexadecimal({text->data(), text->size()})) return std::string(*text);
    }
    return std::nullopt;
}

std::optional<std::uint64_t> raw_bits(const RawValue& value, Format format) {
    if (const auto* text = std::get_if<std::string>(&value)) {
        const auto bits = hexadecimal(*text);
        if (!bits || (bits_in(format) < 64 && *bits >> bits_in(format) != 0)) return std::nullopt;
        return bits;
    }
    const bool floating = format == Format::float32 || format == Format::float64;
    if (const auto* whole = std::get_if<std::int64_t>(&value))
        return floating ? float_bits(static_cast<double>(*whole), format) : integer_bits(*whole, format);
    const double number = std::get<double>(value);
    return floating ? float_bits(number, format) : integer_bits(number, format);
}

std::string to_string(const RawValue& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *whole);
    return fmt::format("{}", std::get<double>(value));
}

}  // namespace hil::config
