#include "schedule/series.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace hil::schedule {

Series::Series(std::vector<Row> rows, WallTime end) : end_(end) {
    const auto out_of_order = [](const Row& a, const Row& b) { return !(a.at < b.at); };
    if (std::adjacent_find(rows.begin(), rows.end(), out_of_order) != rows.end()) {
        throw std::invalid_argument("the times of a series must increase");
    }
    if (rows.empty()) return;
    if (end_ <= rows.back().at) throw std::invalid_argument("a series must end after its last row");
    rows_ = std::make_shared<const std::vector<Row>>(std::move(rows));
}

// `after` is the position of the first row later than `t`.
SeriesPosition Series::position(std::size_t after, WallTime t) const {
    const auto rows = this->rows();
    if (rows.empty()) return {};
    if (after == 0) return {SeriesPosition::Kind::before, nullptr, std::nullopt, rows.front().at};
    if (t >= end_) return {SeriesPosition::Kind::ended, nullptr, end_, std::nullopt};
    const Row& row = rows[after - 1];
    std::optional<WallTime> next;
    if (after < rows.size()) {
        next = rows[after].at;
    } else if (end_ != WallTime::max()) {
        next = end_;
    }
    if (row.silent) return {SeriesPosition::Kind::ended, nullptr, row.at, next};
    return {SeriesPosition::Kind::in_force, &row, row.at, next};
}

SeriesPosition Series::at(WallTime t) const {
    const auto rows = this->rows();
    const auto later = std::upper_bound(rows.begin(), rows.end(), t,
                                        [](WallTime time, const Row& row) { return time < row.at; });
    return position(static_cast<std::size_t>(later - rows.begin()), t);
}

SeriesPosition Series::at(WallTime t, std::size_t& hint) const {
    const auto rows = this->rows();
    std::size_t after = std::min(hint, rows.size());
    const auto fits = [&] {
        return (after == 0 || rows[after - 1].at <= t) && (after == rows.size() || t < rows[after].at);
    };
    if (!fits() && after < rows.size()) ++after;
    if (!fits()) {
        const auto later = std::upper_bound(rows.begin(), rows.end(), t,
                                            [](WallTime time, const Row& row) { return time < row.at; });
        after = static_cast<std::size_t>(later - rows.begin());
    }
    hint = after;
    return position(after, t);
}

Series Series::cropped(WallTime from, WallTime to) const {
    const auto rows = this->rows();
    if (rows.empty()) return {};
    const auto later_than = [](WallTime time, const Row& row) { return time < row.at; };
    const auto earlier_than = [](const Row& row, WallTime time) { return row.at < time; };
    auto first = std::upper_bound(rows.begin(), rows.end(), from, later_than);
    if (first != rows.begin()) --first;  // in force at `from`
    const auto last = std::lower_bound(first, rows.end(), to, earlier_than);
    if (first == rows.begin() && last == rows.end()) return *this;
    if (first == last) return {};
    return {std::vector<Row>(first, last), last == rows.end() ? end_ : last->at};
}

}  // namespace hil::schedule
