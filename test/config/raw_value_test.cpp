// The bits that a raw value of the configuration stands for.
#include "config/raw_value.hpp"
#include "support/catch.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <limits>

using namespace hil::config;

TEST_CASE("a raw value is what the registers hold, whichever way it is written") {
    CHECK(raw_bits(std::int64_t{65535}, Format::uint16) == 0xFFFFu);
    CHECK(raw_bits(std::int64_t{-32768}, Format::int16) == 0x8000u);
    CHECK(raw_bits(std::int64_t{32768}, Format::int16) == 0x8000u);
    CHECK(raw_bits(std::string("0x8000"), Format::int16) == 0x8000u);
    CHECK(raw_bits(std::int64_t{-2147483648}, Format::int32) == 0x80000000u);
    CHECK(raw_bits(std::int64_t{4294967295}, Format::uint32) == 0xFFFFFFFFu);
    CHECK(raw_bits(std::int64_t{-1}, Format::uint64) == 0xFFFFFFFFFFFFFFFFu);
    CHECK(raw_bits(std::string("0xffffffffffffffff"), Format::uint64) == 0xFFFFFFFFFFFFFFFFu);
    CHECK(raw_bits(std::numeric_limits<std::int64_t>::min(), Format::int64) == 0x8000000000000000u);
    CHECK(raw_bits(3.4028234663852886e38, Format::float32) == 0x7F7FFFFFu);
    CHECK(raw_bits(std::int64_t{1}, Format::float32) == 0x3F800000u);
    CHECK(raw_bits(std::string("0x7FC00000"), Format::float32) == 0x7FC00000u);
    CHECK(raw_bits(1.0, Format::float64) == 0x3FF0000000000000u);
    CHECK(raw_bits(65535.0, Format::uint16) == 0xFFFFu);
}

TEST_CASE("a raw value that the registers cannot hold is none") {
    CHECK_FALSE(raw_bits(std::int64_t{65536}, Format::uint16));
    CHECK_FALSE(raw_bits(std::int64_t{-32769}, Format::int16));
    CHECK_FALSE(raw_bits(0.5, Format::uint16));
    CHECK_FALSE(raw_bits(std::string("0x10000"), Format::int16));
    CHECK_FALSE(raw_bits(1e39, Format::float32));
    CHECK_FALSE(raw_bits(1e20, Format::uint64));
}

TEST_CASE("numbers and hexadecimal texts are raw values, nothing else is") {
    using boost::json::value;
    CHECK(raw_value(value(65535)) == RawValue(std::int64_t{65535}));
    CHECK(raw_value(value(0.5)) == RawValue(0.5));
    CHECK(raw_value(value("0xFFFF")) == RawValue(std::string("0xFFFF")));
    CHECK(raw_value(value(18446744073709551615u)) == RawValue(std::string("0xFFFFFFFFFFFFFFFF")));
    for (const auto& none : {value(nullptr), value(true), value("FFFF"), value("0x"), value("0xG"),
                             value("0x11112222333344445"), value("none")})
        CHECK_FALSE(raw_value(none));
    CHECK(to_string(RawValue(std::int64_t{-1})) == "-1");
    CHECK(to_string(RawValue(0.5)) == "0.5");
    CHECK(to_string(RawValue(std::string("0x80"))) == "0x80");
}
