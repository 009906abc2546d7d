#include "report/episodes.hpp"

#include <algorithm>
#include <utility>

namespace hil::report {

Episodes::Episodes(measure::Range range, Duration longest_hold, Visit visit)
    : range_(range), longest_hold_(longest_hold), visit_(std::move(visit)), given_(range.from) {}

void Episodes::take(std::span<const measure::Row> rows) {
    for (const auto& row : rows) {
        hold(row.at);
        last_ = row;
    }
}

void Episodes::finish() {
    if (last_) hold(last_->at);
    give(given_, range_.to, nullptr);
}

// What the newest row says of the time until then.
void Episodes::hold(WallTime until) {
    if (!last_) return;
    const WallTime begin = last_->at;
    give(given_, begin, nullptr);
    const bool known = !last_->null;
    if (known && until > begin && until - begin <= longest_hold_) {
        give(begin, until, &*last_);
    } else if (known && begin >= range_.from && begin < range_.to) {
        visit_({begin, begin, &*last_});
        given_ = std::max(given_, begin);
    }
    give(given_, until, nullptr);
}

void Episodes::give(WallTime from, WallTime to, const measure::Row* row) {
    from = std::max(from, given_);
    to = std::min(to, range_.to);
    if (from >= to) return;
    visit_({from, to, row});
    given_ = to;
}

}  // namespace hil::report
