#include "schedule/series.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace hil::schedule {

Series::Series(std::vector<Row> rows, WallTime end) : rows_(std::move(rows)), end_(end) {
    const auto out_of_order = [](const Row& a, const Row& b) { return !(a.at < b.at); };
    if (std::adjacent_find(rows_.begin(), rows_.end(), out_of_order) != rows_.end()) {
        throw std::invalid_argument("the times of a series must increase");
    }
    if (!rows_.empty() && end_ <= rows_.back().at) {
        throw std::invalid_argument("a series must end after its last row");
    }
}

// `after` is the position of the first row later than `t`.
Standing Series::standing(std::size_t after, WallTime t) const {
    if (rows_.empty()) return {};
    if (after == 0) return {Standing::Kind::before, nullptr, std::nullopt, rows_.front().at};
    if (t >= end_) return {Standing::Kind::ended, nullptr, end_, std::nullopt};
    const Row& row = rows_[after - 1];
    const WallTime next = after < rows_.size() ? rows_[after].at : end_;
    if (row.silent) return {Standing::Kind::ended, nullptr, row.at, next};
    return {Standing::Kind::in_force, &row, row.at, next};
}

Standing Series::at(WallTime t) const {
    const auto later = std::upper_bound(rows_.begin(), rows_.end(), t,
                                        [](WallTime time, const Row& row) { return time < row.at; });
    return standing(static_cast<std::size_t>(later - rows_.begin()), t);
}

Standing Series::at(WallTime t, std::size_t& hint) const {
    std::size_t after = std::min(hint, rows_.size());
    const auto fits = [&] {
        return (after == 0 || rows_[after - 1].at <= t) && (after == rows_.size() || t < rows_[after].at);
    };
    if (!fits() && after < rows_.size()) ++after;
    if (!fits()) {
        const auto later = std::upper_bound(rows_.begin(), rows_.end(), t,
                                            [](WallTime time, const Row& row) { return time < row.at; });
        after = static_cast<std::size_t>(later - rows_.begin());
    }
    hint = after;
    return standing(after, t);
}

Series Series::cropped(WallTime from, WallTime to) const {
    if (rows_.empty()) return {};
    const auto later_than = [](WallTime time, const Row& row) { return time < row.at; };
    const auto earlier_than = [](const Row& row, WallTime time) { return row.at < time; };
    auto first = std::upper_bound(rows_.begin(), rows_.end(), from, later_than);
    if (first != rows_.begin()) --first;  // in force at `from`
    const auto last = std::lower_bound(first, rows_.end(), to, earlier_than);
    if (first == last) return {};
    const WallTime end = last == rows_.end() ? end_ : last->at;
    Series kept;
    kept.rows_.assign(first, last);
    kept.end_ = end;
    return kept;
}

}  // namespace hil::schedule
