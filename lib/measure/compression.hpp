// Which rows of a file are kept: of a stretch in which nothing moves, its first row and its latest.
//
// The rule as a machine. The latest row of an open stretch is *pending*: the next similar row takes its
// place, any other row makes it final. What push() and finish() hand out is final and in order of time, so
// when it is written has no influence on what is kept.
#pragma once

#include "config/config.hpp"
#include "measure/row.hpp"

#include <optional>

namespace hil::measure {

enum class Verdict : std::uint8_t {
    kept,    // the row stands by itself
    merged,  // the row took the place of the pending one
    null,    // a null row; it always stands
};

class Compression {
  public:
    // Differences are compared with a thousandth of a count to spare, so that a difference of exactly the
    // tolerance is similar whatever binary noise says; float32 columns with one unit of their last place.
    Compression(const config::Compression& rule, const ColumnFormat& format);

    // What a row did. Final rows, none to two, are in `final`; they stay valid until the next call.
    struct Outcome {
        Verdict verdict = Verdict::kept;
        std::array<Row, 2> final{};
        std::uint8_t final_count = 0;
    };
    // Precondition: rows come in order of time.
    const Outcome& push(const Row& row);
    // Ends the file: the pending row, now final; the state is as new.
    std::optional<Row> finish();

    // The newest row that may still be replaced; none while no stretch is open.
    [[nodiscard]] const Row* pending() const { return pending_ ? &*pending_ : nullptr; }
    // All values that the plant has of both known and within tolerance of each other.
    [[nodiscard]] bool similar(const Row& a, const Row& b) const;

  private:
    void emit(const Row& row);

    bool enabled_;
    Duration max_kept_gap_;
    std::array<double, column_count> limit_{};  // tolerance and what is to spare
    std::array<double, column_count> relative_{};
    std::array<bool, column_count> present_{};
    std::optional<Row> reference_;  // the row others are compared with
    std::optional<Row> pending_;
    Outcome outcome_;
};

}  // namespace hil::measure
