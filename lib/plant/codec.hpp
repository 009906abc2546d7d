// Between a value in internal units (kW, kvar, pu, kV, raw) and the registers of one point.
#pragma once

#include "base/result.hpp"
#include "config/config.hpp"
#include "plant/errors.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace hil::plant {

// The one, two or four registers of a point, in wire order; unused ones are 0.
using Registers = std::array<std::uint16_t, 4>;

class Codec {
  public:
    Codec(const config::Point& point, config::ByteOrder byte_order, config::WordOrder word_order);

    [[nodiscard]] std::uint16_t word_count() const { return words_; }
    // Whole counts, of the two next to the value the one whose value is nearer to 0 (relative guard against
    // binary noise, D-22): never more power than was asked for, whichever way the device counts.
    // errc::not_finite, errc::out_of_range.
    [[nodiscard]] result<Registers> encode(double value) const;
    // The double nearest to the decimal value: 3 counts of 0.1 are 0.3. `scale` is the power of ten of the
    // point's scale_point, 0 where it has none. Precondition: words.size() == word_count().
    [[nodiscard]] double decode(std::span<const std::uint16_t> words, int scale = 0) const;

    // The registers that hold these bits, in the order of the wire.
    [[nodiscard]] Registers registers(std::uint64_t bits) const;
    // The bits of the registers with bytes and words in order, most significant first.
    [[nodiscard]] std::uint64_t bits(std::span<const std::uint16_t> words) const;
    // What the registers hold before scale and offset.
    [[nodiscard]] double counts(std::span<const std::uint16_t> words) const { return counts_of(bits(words)); }
    [[nodiscard]] double counts_of(std::uint64_t bits) const;
    // Whether these bits are one of the point's not_available values.
    [[nodiscard]] bool means_not_available(std::uint64_t bits) const;
    [[nodiscard]] bool floating() const;
    // Whether the value has a power of ten of its own, to be read with it.
    [[nodiscard]] bool scaled() const { return scaled_; }

    // One count in internal units (0.1 kW), whichever way it counts; 0 where there is none: for floating
    // point, and where a scale_point decides.
    [[nodiscard]] double count() const { return count_; }
    // Decimals needed to print whole counts exactly (0.1 → 1, 0.0001 → 4). -1, print the shortest form, for
    // what has no count and for a scale or an offset that is no decimal of at most 9 digits (a third).
    [[nodiscard]] int decimals() const { return decimals_; }
    // The range that can be encoded, internal units.
    [[nodiscard]] double lowest() const;
    [[nodiscard]] double highest() const;
    // The most that a counter from 0 on can reach while every whole number of counts has registers of its
    // own: the end of the range, 2^24 for float32, which beyond holds only every other number, and 2^53 for
    // what is wider.
    [[nodiscard]] double most_counts() const;
    // The value of so many counts, in internal units; `scale` as in decode().
    [[nodiscard]] double from_counts(double counts, int scale = 0) const;

  private:
    [[nodiscard]] double to_counts(double value) const;
    void take_scale(const config::Point& point);

    config::Format format_;
    config::ByteOrder byte_order_;
    config::WordOrder word_order_;
    std::uint16_t words_;
    // value = (counts * mantissa + offset) / divisor or (…) * factor, all of them whole numbers: a decimal
    // scale is then applied with a single rounding. Otherwise mantissa and offset are scale and offset
    // themselves and the others are 1.
    double mantissa_ = 1, offset_ = 0, divisor_ = 1, factor_ = 1;
    double count_ = 0;
    int decimals_ = -1;
    bool scaled_ = false;
    std::vector<std::uint64_t> not_available_;
};

}  // namespace hil::plant
