// A setpoint over time: each row holds until the next one, the last until an explicit, exclusive end. A
// silent row ends what stands before it, until the next one begins again.
#pragma once

#include "base/time.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace hil::schedule {

// Further modes of an entry (self-consumption, limits only) become members here; what asks a series for
// an instant is given the row itself.
struct Row {
    WallTime at;
    double value = 0;
    std::uint32_t line = 0;  // of the file it came from, the header being line 1; 0 when there is no file
    bool silent = false;     // nothing is planned from here until the next row; the value is 0

    // Where a row was read from is not part of what it says.
    friend bool operator==(const Row& a, const Row& b) {
        return a.at == b.at && a.value == b.value && a.silent == b.silent;
    }
};

// What a series says at an instant, and the span [since, until) in which it says nothing else.
struct SeriesPosition {
    enum class Kind : std::uint8_t { empty, before, in_force, ended };

    Kind kind = Kind::empty;
    const Row* row = nullptr;       // set when in force; valid as long as the series
    std::optional<WallTime> since;  // none: since ever
    std::optional<WallTime> until;  // exclusive; none: for ever. Ended and until: it begins again then
};

// Its rows never change; copies share them, so that a series of any length is copied in no time and may be
// looked at on another thread.
class Series {
  public:
    Series() = default;
    // Throws std::invalid_argument unless times increase strictly and `end` is later than the last row.
    // Values may be NaN; who uses them decides what that means. Without rows the end is ignored; an end of
    // WallTime::max() is none: the last row holds for ever.
    Series(std::vector<Row> rows, WallTime end);

    [[nodiscard]] bool empty() const { return rows_ == nullptr; }
    [[nodiscard]] std::size_t size() const { return rows().size(); }
    // Valid as long as the series or a copy of it.
    [[nodiscard]] std::span<const Row> rows() const {
        return rows_ == nullptr ? std::span<const Row>() : std::span<const Row>(*rows_);
    }
    // Precondition of both: not empty.
    [[nodiscard]] WallTime begin_time() const { return rows_->front().at; }
    [[nodiscard]] WallTime end_time() const { return end_; }

    // The last row at or before `t`, while `t` is before the end. O(log n).
    [[nodiscard]] SeriesPosition at(WallTime t) const;
    // The same in constant time when `t` moves forward from call to call: `hint` is any number at first
    // and remembers the row found. It need not belong to this series.
    [[nodiscard]] SeriesPosition at(WallTime t, std::size_t& hint) const;

    // The first row or the end later than `t`.
    [[nodiscard]] std::optional<WallTime> next_change(WallTime t) const { return at(t).until; }

    // Forgets what is neither in [from, to) nor needed to answer for it: the row in force at `from` stays
    // with its own time, the end stays, and where later rows go the series ends at the first of them. It
    // never answers with another value than before, and a series that is over stays over instead of becoming
    // empty. Precondition: from < to.
    [[nodiscard]] Series cropped(WallTime from, WallTime to = WallTime::max()) const;

    // The same rows with another end, which is later than the last of them.
    [[nodiscard]] Series ending(WallTime end) const {
        Series out = *this;
        out.end_ = end;
        return out;
    }

    friend bool operator==(const Series& a, const Series& b) {
        return (a.rows_ == b.rows_ || std::ranges::equal(a.rows(), b.rows())) &&
               (a.empty() || a.end_ == b.end_);
    }

  private:
    [[nodiscard]] SeriesPosition position(std::size_t after, WallTime t) const;

    std::shared_ptr<const std::vector<Row>> rows_;  // null: none
    WallTime end_{};
};

}  // namespace hil::schedule
