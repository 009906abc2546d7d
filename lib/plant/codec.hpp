// Between a value in internal units (kW, kvar, pu, kV, raw) and the registers of one point.
#pragma once

#include "base/result.hpp"
#include "config/config.hpp"
#include "plant/errors.hpp"

#include <array>
#include <cstdint>
#include <span>

namespace hil::plant {

// The one or two registers of a point, in wire order; unused ones are 0.
using Registers = std::array<std::uint16_t, 2>;

class Codec {
  public:
    Codec(const config::Point& point, config::ByteOrder byte_order, config::WordOrder word_order);

    [[nodiscard]] std::uint16_t word_count() const { return words_; }
    // Truncates toward zero to whole counts (relative guard against binary noise, D-22);
    // errc::not_finite, errc::out_of_range.
    [[nodiscard]] result<Registers> encode(double value) const;
    // The double nearest to the decimal value: 3 counts of 0.1 are 0.3. Precondition: words.size() ==
    // word_count().
    [[nodiscard]] double decode(std::span<const std::uint16_t> words) const;

    // One count in internal units (0.1 kW); 0 for float32, which has no counts.
    [[nodiscard]] double count() const { return count_; }
    // Decimals needed to print whole counts exactly (0.1 → 1, 0.0001 → 4). -1, print the shortest form, for
    // float32 and for a scale that is no decimal of at most 9 digits (a third).
    [[nodiscard]] int decimals() const { return decimals_; }
    // The range that can be encoded, internal units.
    [[nodiscard]] double lowest() const;
    [[nodiscard]] double highest() const;
    // The most that a counter from 0 on can reach while every whole number of counts has registers of its
    // own: the end of the range, and 2^24 for float32, which beyond holds only every other number.
    [[nodiscard]] double most_counts() const;
    // The value of so many counts, in internal units.
    [[nodiscard]] double from_counts(double counts) const;

  private:
    [[nodiscard]] double to_counts(double value) const;

    config::Format format_;
    config::ByteOrder byte_order_;
    config::WordOrder word_order_;
    std::uint16_t words_;
    // One count is mantissa / divisor or mantissa * factor, all of them whole numbers: a decimal scale is
    // then applied with a single rounding. Otherwise mantissa is the scale itself and the others are 1.
    double mantissa_ = 1, divisor_ = 1, factor_ = 1;
    double count_ = 0;
    int decimals_ = -1;
};

}  // namespace hil::plant
