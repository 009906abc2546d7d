#include "plant/codec.hpp"

#include "base/random.hpp"
#include "endpoints.hpp"
#include "support/catch.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

#include <fmt/format.h>

using namespace hil;
using config::ByteOrder;
using config::Format;
using config::Unit;
using config::WordOrder;
using plant::Codec;
using plant::Registers;

namespace {

Codec make_codec(Format format, double eng_per_count, Unit unit = Unit::raw, ByteOrder bytes = ByteOrder::big,
                 WordOrder words = WordOrder::msw_first) {
    return {test::make_point("x", 0, format, config::Access::read_write, unit, eng_per_count), bytes, words};
}

const Codec tenths = make_codec(Format::int16, 0.1, Unit::kw);

int count_of(double value) {
    return static_cast<std::int16_t>(tenths.encode(value).value()[0]);
}

double decoded(const Codec& codec, const Registers& registers) {
    return codec.decode(std::span(registers).first(codec.word_count()));
}

// Digits after the point of the shortest text that reads back as the value; -1 where it needs an exponent.
int shortest_decimals(double value) {
    const auto text = fmt::format("{}", value);
    if (text.find('e') != std::string::npos) return std::stoi(text.substr(text.find("e-") + 2));
    const auto point = text.find('.');
    if (point == std::string::npos || text.substr(point) == ".0") return 0;
    return static_cast<int>(text.size() - point - 1);
}

}  // namespace

TEST_CASE("values of 0.1 kW a count go to the word and back, and are cut off toward zero [AC-10]",
          "[AC-10]") {
    const auto words = tenths.encode(-123.4);
    REQUIRE(words);
    CHECK((*words)[0] == 0xFB2E);
    CHECK(decoded(tenths, *words) == -123.4);
    CHECK(count_of(12.39) == 123);
    CHECK(count_of(-12.39) == -123);
    CHECK(tenths.encode(4000.0).error() == plant::errc::out_of_range);
}

TEST_CASE("binary noise does not cost a count and the limits of the format hold [AC-11][D-22]",
          "[AC-11][D-22]") {
    CHECK(count_of(0.3) == 3);
    CHECK(count_of(0.1 + 0.2) == 3);
    CHECK(count_of(0.29) == 2);
    CHECK(tenths.encode(3276.7).value()[0] == 0x7FFF);
    CHECK(tenths.encode(3276.8).error() == plant::errc::out_of_range);
    CHECK(tenths.encode(-3276.8).value()[0] == 0x8000);
    CHECK(tenths.encode(-3276.9).error() == plant::errc::out_of_range);
    CHECK(count_of(-0.05) == 0);
    CHECK(tenths.lowest() == -3276.8);
    CHECK(tenths.highest() == 3276.7);
}

TEST_CASE("a float32 takes the four orders of bytes and words [AC-12]", "[AC-12]") {
    struct Case {
        ByteOrder bytes;
        WordOrder words;
        Registers registers;
    };
    const auto c = GENERATE(Case{ByteOrder::big, WordOrder::msw_first, {0x4148, 0x0000}},
                            Case{ByteOrder::big, WordOrder::lsw_first, {0x0000, 0x4148}},
                            Case{ByteOrder::little, WordOrder::msw_first, {0x4841, 0x0000}},
                            Case{ByteOrder::little, WordOrder::lsw_first, {0x0000, 0x4841}});
    const auto codec = make_codec(Format::float32, 1, Unit::raw, c.bytes, c.words);
    CHECK(codec.encode(12.5).value() == c.registers);
    CHECK(decoded(codec, c.registers) == 12.5);
    CHECK(codec.word_count() == 2);
}

TEST_CASE("a negative int32 takes either order of words [AC-13]", "[AC-13]") {
    const auto msw = make_codec(Format::int32, 0.1);
    const auto lsw = make_codec(Format::int32, 0.1, Unit::raw, ByteOrder::big, WordOrder::lsw_first);
    CHECK(msw.encode(-100.0).value() == Registers{0xFFFF, 0xFC18});
    CHECK(lsw.encode(-100.0).value() == Registers{0xFC18, 0xFFFF});
    CHECK(decoded(msw, {0xFFFF, 0xFC18}) == -100.0);
    CHECK(decoded(lsw, {0xFC18, 0xFFFF}) == -100.0);
}

TEST_CASE("percent and volts on the wire are pu and kilovolts inside [AC-14]", "[AC-14]") {
    const auto percent = make_codec(Format::uint16, 0.1, Unit::percent);
    CHECK(percent.encode(0.5).value()[0] == 500);
    CHECK(decoded(percent, {500, 0}) == 0.5);
    const auto volts = make_codec(Format::uint16, 1, Unit::v);
    CHECK(volts.encode(20.0).value()[0] == 20000);
    CHECK(decoded(volts, {20000, 0}) == 20.0);
    CHECK(volts.count() == 0.001);
}

TEST_CASE("a 32-bit value of nine digits does not lose a count [AC-15][D-22]", "[AC-15][D-22]") {
    const auto codec = make_codec(Format::int32, 0.1);
    CHECK(codec.encode(21474836.4).value() == Registers{0x0CCC, 0xCCCC});  // 214748364 counts
    CHECK(decoded(codec, {0x0CCC, 0xCCCC}) == 21474836.4);
}

TEST_CASE("every unit is converted with its power of ten") {
    struct Case {
        Unit unit;
        double internal;
        std::uint16_t count;
        int decimals;
    };
    const auto c =
        GENERATE(Case{Unit::w, 1.234, 1234, 3}, Case{Unit::kw, 1234, 1234, 0},
                 Case{Unit::mw, 1234000, 1234, 0}, Case{Unit::var, 0.5, 500, 3}, Case{Unit::kvar, 7, 7, 0},
                 Case{Unit::mvar, 7000, 7, 0}, Case{Unit::percent, 0.77, 77, 2}, Case{Unit::pu, 1, 1, 0},
                 Case{Unit::kv, 20, 20, 0}, Case{Unit::v, 0.22, 220, 3});
    const auto codec = make_codec(Format::uint16, 1, c.unit);
    CHECK(codec.encode(c.internal).value()[0] == c.count);
    CHECK(decoded(codec, {c.count, 0}) == c.internal);
    CHECK(codec.decimals() == c.decimals);
}

TEST_CASE("every 16-bit word decodes to the double nearest to its decimal and back to itself") {
    struct Case {
        Unit unit;
        double eng_per_count;
        int decimals;
    };
    const auto c = GENERATE(Case{Unit::kw, 0.1, 1}, Case{Unit::pu, 0.0001, 4}, Case{Unit::percent, 0.01, 4},
                            Case{Unit::w, 1, 3}, Case{Unit::mw, 0.001, 0}, Case{Unit::kw, 0.05, 2},
                            Case{Unit::kw, 2.5, 1}, Case{Unit::w, 100, 1}, Case{Unit::raw, 1, 0},
                            Case{Unit::kw, -0.1, 1}, Case{Unit::mvar, 0.0123, 1});
    const auto format = GENERATE(Format::int16, Format::uint16);
    const auto bytes = format == Format::int16 ? ByteOrder::big : ByteOrder::little;
    const auto codec = make_codec(format, c.eng_per_count, c.unit, bytes);
    REQUIRE(codec.decimals() == c.decimals);
    int not_nearest = 0, not_restored = 0, too_long = 0;
    for (int word = 0; word <= 0xFFFF; ++word) {
        const Registers registers{static_cast<std::uint16_t>(word), 0};
        const double value = decoded(codec, registers);
        const auto printed = fmt::format("{:.{}f}", value, c.decimals);
        if (std::strtod(printed.c_str(), nullptr) != value) ++not_nearest;
        if (codec.encode(value).value() != registers) ++not_restored;
        if (shortest_decimals(value) > c.decimals) ++too_long;
    }
    CHECK(not_nearest == 0);
    CHECK(not_restored == 0);
    CHECK(too_long == 0);
}

TEST_CASE("32-bit words decode to the nearest double and back to themselves") {
    Random random(22);
    const auto format = GENERATE(Format::int32, Format::uint32);
    const auto words = GENERATE(WordOrder::msw_first, WordOrder::lsw_first);
    for (const double eng_per_count : {0.1, 0.001, 0.0001, 1.0, 10.0, 0.25}) {
        const auto codec = make_codec(format, eng_per_count, Unit::kw, ByteOrder::big, words);
        int wrong = 0;
        const auto check = [&](std::uint32_t bits) {
            const Registers registers{static_cast<std::uint16_t>(bits >> 16),
                                      static_cast<std::uint16_t>(bits)};
            const double value = decoded(codec, registers);
            const auto printed = fmt::format("{:.{}f}", value, codec.decimals());
            if (std::strtod(printed.c_str(), nullptr) != value) ++wrong;
            if (codec.encode(value).value() != registers) ++wrong;
        };
        for (const std::uint32_t edge :
             {0u, 1u, 0x7FFFFFFFu, 0x80000000u, 0x80000001u, 0xFFFFFFFFu, 0xFFFFu}) {
            check(edge);
        }
        for (int i = 0; i < 20000; ++i)
            check(static_cast<std::uint32_t>(random.next() >> (random.below(33) + 31)));
        CHECK(wrong == 0);
    }
}

TEST_CASE("a 32-bit value a tenth of a count below a whole one is still cut off [D-22]", "[D-22]") {
    const auto codec = make_codec(Format::uint32, 1);
    CHECK(codec.encode(4294967294.9).value() == Registers{0xFFFF, 0xFFFE});
    CHECK(codec.encode(4294967295.0).value() == Registers{0xFFFF, 0xFFFF});
    CHECK(codec.encode(4294967296.0).error() == plant::errc::out_of_range);
    CHECK(codec.encode(-1).error() == plant::errc::out_of_range);
}

TEST_CASE("what is not a finite number is refused") {
    for (const auto format : {Format::int16, Format::uint32, Format::float32}) {
        const auto codec = make_codec(format, 0.1);
        CHECK(codec.encode(std::numeric_limits<double>::quiet_NaN()).error() == plant::errc::not_finite);
        CHECK(codec.encode(std::numeric_limits<double>::infinity()).error() == plant::errc::not_finite);
        CHECK(codec.encode(-std::numeric_limits<double>::infinity()).error() == plant::errc::not_finite);
    }
}

TEST_CASE("a float32 keeps fractions, has no counts and refuses what it cannot hold") {
    const auto codec = make_codec(Format::float32, 1, Unit::w);
    CHECK(codec.count() == 0);
    CHECK(codec.decimals() == -1);
    CHECK(decoded(codec, codec.encode(0.0125).value()) == 0.0125);
    CHECK(codec.encode(1e36).error() == plant::errc::out_of_range);
    CHECK(codec.highest() == Approx(3.4028234e35));
    CHECK(codec.lowest() == -codec.highest());
}

TEST_CASE("a scale that is no short decimal still goes there and back") {
    const auto codec = make_codec(Format::int16, 1.0 / 3.0);
    CHECK(codec.decimals() == -1);
    for (int count = -32768; count <= 32767; ++count) {
        const Registers registers{static_cast<std::uint16_t>(count), 0};
        REQUIRE(codec.encode(decoded(codec, registers)).value() == registers);
    }
}

TEST_CASE("a point's own word order wins over the endpoint's") {
    auto point = test::make_point("x", 0, Format::uint32, config::Access::read);
    point.word_order = WordOrder::lsw_first;
    const Codec codec(point, ByteOrder::big, WordOrder::msw_first);
    CHECK(decoded(codec, {0x0001, 0x0000}) == 1);
}

TEST_CASE("words of other vendors' devices decode to the values their documents give") {
    struct Case {
        Format format;
        double eng_per_count;
        Unit unit;
        Registers registers;
        double expected;
    };
    const auto c = GENERATE(Case{Format::int16, 1, Unit::raw, {0x960D, 0}, -27123},
                            Case{Format::uint32, 1, Unit::raw, {0x01EA, 0x810E}, 32145678},
                            Case{Format::int32, 1, Unit::raw, {0xFE15, 0x7EF2}, -32145678},
                            Case{Format::float32, 1, Unit::raw, {0x46D3, 0xE700}, 27123.5},
                            Case{Format::int32, 1, Unit::var, {0xFFFF, 0xF844}, -1.980},
                            Case{Format::uint32, 0.01, Unit::raw, {0x0000, 0x50FE}, 207.34});
    const auto codec = make_codec(c.format, c.eng_per_count, c.unit);
    CHECK(decoded(codec, c.registers) == c.expected);
    CHECK(codec.encode(c.expected).value() == c.registers);
}

TEST_CASE("a counter has registers of its own for every number up to the most its format counts to") {
    for (const auto format :
         {Format::int16, Format::uint16, Format::int32, Format::uint32, Format::float32}) {
        for (const double scale : {1.0, 0.1, -2.0}) {
            const auto codec = make_codec(format, scale);
            const double most = codec.most_counts();
            const auto registers = [&](double counts) { return codec.encode(codec.from_counts(counts)); };
            INFO(fmt::format("format {}, scale {}, most {}", static_cast<int>(format), scale, most));
            REQUIRE(registers(most));
            CHECK(registers(most).value() != registers(most - 1).value());
            CHECK(registers(1).value() != registers(0).value());
            const auto beyond = registers(most + 1);
            CHECK((!beyond || *beyond == registers(most).value()));
        }
    }
}

TEST_CASE("what counts the other way is encoded, decoded, bounded and rounded as in a mirror") {
    const auto turned = make_codec(Format::int16, -0.1, Unit::kw);
    CHECK(turned.encode(-123.4).value()[0] == 1234);
    CHECK(turned.encode(123.4).value()[0] == 0xFB2E);
    CHECK(decoded(turned, {1234}) == -123.4);
    CHECK(turned.lowest() == -3276.7);
    CHECK(turned.highest() == 3276.8);
    CHECK(turned.encode(3276.8).value()[0] == 0x8000);
    CHECK(turned.encode(3276.9).error() == plant::errc::out_of_range);
    CHECK(turned.encode(-3276.8).error() == plant::errc::out_of_range);
    // Never more than was asked for, either way.
    CHECK(decoded(turned, turned.encode(12.39).value()) == 12.3);
    CHECK(decoded(turned, turned.encode(-12.39).value()) == -12.3);
    CHECK(turned.encode(0.0).value()[0] == 0);
    CHECK(decoded(turned, {0}) == 0);
    CHECK_FALSE(std::signbit(decoded(turned, {0})));
    CHECK(turned.count() == 0.1);
    CHECK(turned.decimals() == 1);
    // Zero has one form in floating point, too: what is written is what is read back.
    const auto floating = make_codec(Format::float32, -1, Unit::kw);
    CHECK(floating.encode(0.0).value() == Registers{0, 0});
    CHECK(floating.encode(-0.0).value() == Registers{0, 0});
    CHECK(decoded(floating, floating.encode(12.5).value()) == 12.5);
}

TEST_CASE("an offset moves range and rounding, and power is still never more than was asked for") {
    auto point = test::make_point("x", 0, Format::uint16, config::Access::read_write, Unit::kw, 0.1);
    point.offset = -3000;
    const Codec codec(point, ByteOrder::big, WordOrder::msw_first);
    CHECK(codec.lowest() == -3000);
    CHECK(codec.highest() == 3553.5);
    CHECK(codec.encode(0.0).value()[0] == 30000);
    CHECK(decoded(codec, {30000}) == 0);
    CHECK(decoded(codec, {28766}) == -123.4);
    CHECK(codec.encode(-12.39).value()[0] == 29877);  // -12.3
    CHECK(codec.encode(12.39).value()[0] == 30123);
    CHECK(codec.encode(-3000.1).error() == plant::errc::out_of_range);
    CHECK(codec.decimals() == 1);
    point.offset = 0.25;
    CHECK(Codec(point, ByteOrder::big, WordOrder::msw_first).decimals() == 2);
    point.eng_per_count = -0.1;
    point.offset = 3000;
    const Codec turned(point, ByteOrder::big, WordOrder::msw_first);
    CHECK(decoded(turned, turned.encode(-12.39).value()) == -12.3);
    CHECK(decoded(turned, turned.encode(12.39).value()) == 12.3);
    point.unit = Unit::percent;  // degrees of somebody else's scale, in hundredths
    point.eng_per_count = 1;
    point.offset = -40;
    CHECK(decoded(Codec(point, ByteOrder::big, WordOrder::msw_first), {90}) == 0.5);
}

TEST_CASE("64-bit values take the four orders of bytes and words") {
    struct Case {
        ByteOrder bytes;
        WordOrder words;
        Registers registers;
    };
    const auto c = GENERATE(Case{ByteOrder::big, WordOrder::msw_first, {0x40DA, 0x7CE0, 0, 0}},
                            Case{ByteOrder::big, WordOrder::lsw_first, {0, 0, 0x7CE0, 0x40DA}},
                            Case{ByteOrder::little, WordOrder::msw_first, {0xDA40, 0xE07C, 0, 0}},
                            Case{ByteOrder::little, WordOrder::lsw_first, {0, 0, 0xE07C, 0xDA40}});
    const auto codec = make_codec(Format::float64, 1, Unit::raw, c.bytes, c.words);
    CHECK(codec.encode(27123.5).value() == c.registers);
    CHECK(decoded(codec, c.registers) == 27123.5);
    CHECK(codec.word_count() == 4);
    CHECK(codec.count() == 0);
    CHECK(codec.decimals() == -1);
}

TEST_CASE("64-bit integers hold what a double can") {
    const auto energy = make_codec(Format::uint64, 0.001);
    CHECK(decoded(energy, {0, 0, 0x0001, 0x86A0}) == 100);
    CHECK(energy.encode(100.0).value() == Registers{0, 0, 0x0001, 0x86A0});
    CHECK(energy.encode(-0.001).error() == plant::errc::out_of_range);
    const auto whole = make_codec(Format::uint64, 1);
    CHECK(decoded(whole, {0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF}) == 18446744073709551615.0);
    CHECK(whole.encode(whole.highest()).value()[0] == 0xFFFF);
    CHECK(whole.encode(1.9e19).error() == plant::errc::out_of_range);
    const auto with_sign = make_codec(Format::int64, 1);
    CHECK(with_sign.encode(-2.0).value() == Registers{0xFFFF, 0xFFFF, 0xFFFF, 0xFFFE});
    CHECK(decoded(with_sign, {0xFFFF, 0xFFFF, 0xFFFF, 0xFFFE}) == -2);
    CHECK(with_sign.encode(with_sign.lowest()).value() == Registers{0x8000, 0, 0, 0});
    CHECK(with_sign.encode(with_sign.highest()).value()[0] == 0x7FFF);
    CHECK(with_sign.encode(9.3e18).error() == plant::errc::out_of_range);
}

TEST_CASE("whatever the scale, what is encoded is the count nearest to 0 that is not beyond the value") {
    Random random(7);
    for (int round = 0; round < 20000; ++round) {
        const double scales[] = {0.1, -0.1, 1, -1, 0.01, -0.25, 3};
        auto point = test::make_point("x", 0, random.chance(0.5) ? Format::int16 : Format::int32,
                                      config::Access::read_write, Unit::kw, scales[random.below(7)]);
        point.offset = point.eng_per_count * (static_cast<double>(random.below(200)) - 100);
        const Codec codec(point, ByteOrder::big, WordOrder::msw_first);
        const double value = random.uniform(-3000, 3000);
        const auto words = codec.encode(value);
        if (!words) continue;
        const double kept = decoded(codec, *words);
        CAPTURE(point.eng_per_count, point.offset, value, kept);
        REQUIRE(kept * value >= 0);
        REQUIRE(std::abs(kept) <= std::abs(value) + 1e-9);
        REQUIRE(std::abs(kept - value) < codec.count() * (1 + 1e-9));
        REQUIRE(codec.encode(kept).value() == *words);
    }
}
