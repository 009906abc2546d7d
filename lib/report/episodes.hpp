// Recorded rows as stretches of time in which the values stayed as they were.
//
// A kept row holds until the next one, as everywhere in history. A null row ends what is known; so does a
// hole: a recording that works has a row at least every `longest_hold`, so a row holds for no longer than
// that, and where the next one comes later nothing is known from the row on. The last row of a recording
// holds for no time. Rows before and after the range may be given (and should be, one `longest_hold` of them
// on each side): they hold into it.
#pragma once

#include "measure/history.hpp"
#include "measure/row.hpp"

#include <functional>
#include <optional>
#include <span>

namespace hil::report {

struct Episode {
    WallTime from, to;                  // from == to: seen at that instant, held for no time
    const measure::Row* row = nullptr;  // null: nothing is known

    [[nodiscard]] Duration length() const { return to - from; }
};

class Episodes {
  public:
    using Visit = std::function<void(const Episode&)>;
    // Hands out the stretches of the range in order and without holes between them.
    Episodes(measure::Range range, Duration longest_hold, Visit visit);

    // Rows in order of time, each at another instant.
    void take(std::span<const measure::Row> rows);
    // No more rows: what is left of the range is not known.
    void finish();

  private:
    void hold(WallTime until);
    void give(WallTime from, WallTime to, const measure::Row* row);

    measure::Range range_;
    Duration longest_hold_;
    Visit visit_;
    WallTime given_;  // handed out up to here
    std::optional<measure::Row> last_;
};

}  // namespace hil::report
