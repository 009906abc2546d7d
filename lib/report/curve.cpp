#include "report/curve.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

namespace hil::report {
namespace {

bool same(double a, double b) {
    return a == b || (std::isnan(a) && std::isnan(b));
}

// Appends what must stay of the points of one cell.
void append_reduced(const std::vector<Point>& points, std::vector<Point>& out) {
    if (points.size() <= 4) {
        out.insert(out.end(), points.begin(), points.end());
        return;
    }
    std::array<std::size_t, 6> chosen{0, points.size() - 1};
    std::size_t count = 2;
    std::optional<std::size_t> least, greatest, unknown;
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (!points[i].known()) {
            if (!unknown) unknown = i;
            continue;
        }
        if (!least || points[i].value < points[*least].value) least = i;
        if (!greatest || points[i].value > points[*greatest].value) greatest = i;
    }
    if (least) chosen[count++] = *least;
    if (greatest) chosen[count++] = *greatest;
    if (unknown) {
        chosen[count++] = *unknown;
        if (*unknown + 1 < points.size()) chosen[count++] = *unknown + 1;
    }
    std::sort(chosen.begin(), chosen.begin() + static_cast<std::ptrdiff_t>(count));
    std::size_t last = points.size();
    for (std::size_t i = 0; i < count; ++i) {
        if (chosen[i] != last) out.push_back(points[chosen[i]]);
        last = chosen[i];
    }
}

}  // namespace

CurveMaker::CurveMaker(measure::Range range, std::size_t cells)
    : range_(range),
      cell_(std::max(1e-9, to_seconds(range.to - range.from) / static_cast<double>(cells))),
      most_(4 * cells) {}

void CurveMaker::take(const Episode& episode, double value) {
    if (any_ && same(value, latest_)) return;
    any_ = true;
    latest_ = value;
    const Point point{episode.from, value};
    if (!curve_.thinned) {
        all_.push_back(point);
        if (all_.size() <= most_) return;
        curve_.thinned = true;
        for (const auto& earlier : std::exchange(all_, {}))
            keep(earlier);
        return;
    }
    keep(point);
}

void CurveMaker::keep(const Point& point) {
    const auto cell = static_cast<std::int64_t>(to_seconds(point.at - range_.from) / cell_);
    if (cell != open_) close_cell();
    open_ = cell;
    waiting_.push_back(point);
}

void CurveMaker::close_cell() {
    append_reduced(waiting_, curve_.points);
    waiting_.clear();
}

Curve CurveMaker::result() {
    if (!curve_.thinned) {
        curve_.points = std::move(all_);
    } else {
        close_cell();
    }
    return std::move(curve_);
}

Curve thin(const Curve& curve, measure::Range range, std::size_t cells) {
    CurveMaker maker(range, cells);
    for (const auto& point : curve.points)
        maker.take({point.at, point.at, nullptr}, point.value);
    auto fewer = maker.result();
    fewer.thinned = fewer.thinned || curve.thinned;
    return fewer;
}

}  // namespace hil::report
