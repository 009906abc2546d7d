// Raw values of points in the configuration: reading them, and which bits they stand for.
#pragma once

#include "config/config.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hil::config {

// The texts that are raw values: 1 to 16 hexadecimal digits.
inline constexpr std::string_view raw_pattern = "^0[xX][0-9a-fA-F]{1,16}$";

// A number or such a text; none for anything else. Whole numbers beyond 2^63 - 1 become texts.
std::optional<RawValue> raw_value(const boost::json::value& json);

// The bits of the point's registers, most significant first, that are this value: a whole number as two's
// complement where it is negative, a number of a floating-point format as that format rounds it. An int16 of
// 0x8000 may be written -32768 or 32768. None: the format has no such value.
std::optional<std::uint64_t> raw_bits(const RawValue& value, Format format);

// As the configuration writes it.
std::string to_string(const RawValue& value);

}  // namespace hil::config
