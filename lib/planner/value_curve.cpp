#include "planner/value_curve.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace hil::planner {
namespace {

constexpr double nowhere = -std::numeric_limits<double>::infinity();

// A straight piece: value + slope * (s - at).
struct Line {
    double at = 0, value = nowhere, slope = 0;

    [[nodiscard]] double operator()(double s) const {
        return value == nowhere ? nowhere : value + slope * (s - at);
    }
};

double slope_of(const CurvePoint& a, const CurvePoint& b) {
    return (b.value - a.value) / (b.at - a.at);
}

void add(Curve& out, double at, double value) {
    if (!out.empty() && at <= out.back().at) {
        out.back().value = std::max(out.back().value, value);
    } else {
        out.push_back({at, value});
    }
}

// The highest of the lines from `from` to `to`, without the point at `to`.
void add_envelope(Curve& out, std::span<const Line> lines, double from, double to) {
    for (double s = from;;) {
        const Line* top = nullptr;
        for (const auto& line : lines) {
            if (line.value == nowhere) continue;
            if (!top || line(s) > (*top)(s) || (line(s) == (*top)(s) && line.slope > top->slope)) top = &line;
        }
        if (!top) return;
        add(out, s, (*top)(s));
        double next = to;
        for (const auto& line : lines) {
            if (line.value == nowhere || line.slope <= top->slope) continue;
            const double crossing = s + ((*top)(s)-line(s)) / (line.slope - top->slope);
            if (crossing > s && crossing < next) next = crossing;
        }
        if (next >= to) return;
        s = next;
    }
}

// The most of next(u) + tilt * (u - s) over the u of the curve from s + low to s + high.
class Sweep {
  public:
    Sweep(std::span<const CurvePoint> next, double low, double high, double tilt)
        : next_(next), low_(low), high_(high), tilt_(tilt) {}

    void run(Curve& out) {
        out.clear();
        // A point comes into the window at its right edge and leaves it at its left.
        while (left_ < next_.size()) {
            const double here = upcoming();
            if (enters()) {
                enter();
            } else {
                leave();
            }
            const bool over = left_ == next_.size();
            const double there = over ? here : upcoming();
            if (there > here || over) emit(out, here, there);
        }
    }

  private:
    [[nodiscard]] bool enters() const {
        return right_ < next_.size() && next_[right_].at - high_ <= next_[left_].at - low_;
    }
    // Where the next point enters or leaves. Precondition: one has not left yet.
    [[nodiscard]] double upcoming() const {
        return enters() ? next_[right_].at - high_ : next_[left_].at - low_;
    }
    [[nodiscard]] double tilted(std::size_t i) const { return next_[i].value + tilt_ * next_[i].at; }

    void enter() {
        while (best_.size() > first_ && tilted(best_.back()) <= tilted(right_))
            best_.pop_back();
        best_.push_back(right_++);
    }
    void leave() {
        if (first_ < best_.size() && best_[first_] == left_) ++first_;
        ++left_;
    }

    void emit(Curve& out, double here, double there) {
        std::array<Line, 3> lines;
        // The edges of the window, where they lie within the curve.
        if (right_ > 0 && right_ < next_.size()) {
            const auto &a = next_[right_ - 1], &b = next_[right_];
            lines[0] = {a.at - high_, a.value + tilt_ * high_, slope_of(a, b)};
        }
        if (left_ > 0 && left_ < next_.size()) {
            const auto &a = next_[left_ - 1], &b = next_[left_];
            lines[1] = {a.at - low_, a.value + tilt_ * low_, slope_of(a, b)};
        } else if (left_ > 0) {  // the last point of all, at the end of what is defined
            lines[1] = {next_.back().at - low_, next_.back().value + tilt_ * low_, 0};
        }
        if (first_ < best_.size()) {
            const auto& best = next_[best_[first_]];
            lines[2] = {here, best.value + tilt_ * (best.at - here), -tilt_};
        }
        add_envelope(out, lines, here, there);
    }

    std::span<const CurvePoint> next_;
    double low_, high_, tilt_;
    std::size_t right_ = 0, left_ = 0;  // the next point to enter, to leave
    std::vector<std::size_t> best_;     // of the points inside, by falling worth; from first_ on
    std::size_t first_ = 0;
};

// Cuts a curve to [low, high].
void clip(Curve& curve, double low, double high) {
    if (curve.empty()) return;
    if (curve.back().at < low || curve.front().at > high) return curve.clear();
    if (curve.back().at > high) {
        const double value = value_at(curve, high);
        while (curve.size() > 1 && curve[curve.size() - 2].at >= high)
            curve.pop_back();
        curve.back() = {high, value};
    }
    if (curve.front().at < low) {
        const double value = value_at(curve, low);
        auto keep = curve.begin();
        while (std::next(keep) != curve.end() && std::next(keep)->at <= low)
            ++keep;
        curve.erase(curve.begin(), keep);
        curve.front() = {low, value};
    }
}

// The higher of two curves, each counting where it is defined. What is defined by one alone is never higher
// at the edge of the other: both include staying.
void highest_of(const Curve& a, const Curve& b, Curve& out) {
    out.clear();
    std::size_t i = 0, j = 0;
    const auto line = [](const Curve& curve, std::size_t next) -> Line {
        if (next == 0 || next == curve.size()) return {};
        return {curve[next - 1].at, curve[next - 1].value, slope_of(curve[next - 1], curve[next])};
    };
    while (i < a.size() || j < b.size()) {
        const double from_a = i < a.size() ? a[i].at : std::numeric_limits<double>::infinity();
        const double from_b = j < b.size() ? b[j].at : std::numeric_limits<double>::infinity();
        const double here = std::min(from_a, from_b);
        double value = nowhere;
        value = std::max(value, from_a == here ? a[i].value : line(a, i)(here));
        value = std::max(value, from_b == here ? b[j].value : line(b, j)(here));
        if (from_a == here) ++i;
        if (from_b == here) ++j;
        const double next = std::min(i < a.size() ? a[i].at : std::numeric_limits<double>::infinity(),
                                     j < b.size() ? b[j].at : std::numeric_limits<double>::infinity());
        add(out, here, value);
        if (next > here && std::isfinite(next)) {
            const std::array<Line, 2> lines{line(a, i), line(b, j)};
            add_envelope(out, lines, here, next);
        }
    }
}

}  // namespace

double value_at(std::span<const CurvePoint> curve, double at) {
    const auto above = std::ranges::upper_bound(curve, at, {}, &CurvePoint::at);
    if (above == curve.begin()) return curve.front().value;
    const auto& below = *std::prev(above);
    if (above == curve.end() || below.at == at) return below.value;
    return below.value + slope_of(below, *above) * (at - below.at);
}

void step_back(std::span<const CurvePoint> next, const Stage& stage, double low, double high, Curve& out) {
    out.clear();
    if (next.empty()) return;
    Curve charged;
    if (stage.highest >= 0) {
        Sweep(next, std::max(0.0, stage.lowest), stage.highest, stage.charge_slope).run(charged);
        clip(charged, low, high);
    }
    if (stage.lowest >= 0) {
        out.swap(charged);
        return;
    }
    Curve discharged;
    Sweep(next, stage.lowest, std::min(0.0, stage.highest), -stage.discharge_slope).run(discharged);
    clip(discharged, low, high);
    if (stage.highest < 0) {
        out.swap(discharged);
    } else {
        highest_of(charged, discharged, out);
    }
}

double best_change(std::span<const CurvePoint> next, const Stage& stage, double at) {
    const double low = std::max(next.front().at, at + stage.lowest);
    const double high = std::min(next.back().at, at + stage.highest);
    // Rounding may leave an empty window: then the nearest there is.
    double change = std::clamp(0.0, std::min(low, high) - at, std::max(low, high) - at);
    double best = stage.reward(change) + value_at(next, at + change);
    const auto consider = [&](double u, double value) {
        const double worth = stage.reward(u - at) + value;
        if (worth > best) {
            best = worth;
            change = u - at;
        }
    };
    if (low > high) return change;
    consider(low, value_at(next, low));
    consider(high, value_at(next, high));
    for (auto point = std::ranges::lower_bound(next, low, {}, &CurvePoint::at);
         point != next.end() && point->at <= high; ++point)
        consider(point->at, point->value);
    return change;
}

double simplify(Curve& curve, double tolerance) {
    if (curve.size() < 3) return 0;
    double below = 0;
    std::size_t kept = 0;  // curve[0..kept] is what stays
    for (std::size_t from = 0; from + 1 < curve.size();) {
        const auto start = curve[from];
        double least = -std::numeric_limits<double>::infinity(), most = -least;
        std::size_t to = from + 1;
        for (std::size_t i = from + 1; i < curve.size(); ++i) {
            const double slope = slope_of(start, curve[i]);
            if (slope >= least && slope <= most) to = i;
            const double width = curve[i].at - start.at;
            least = std::max(least, slope - tolerance / width);
            most = std::min(most, slope + tolerance / width);
            if (least > most) break;
        }
        const double slope = slope_of(start, curve[to]);
        for (std::size_t i = from + 1; i < to; ++i)
            below = std::max(below, curve[i].value - (start.value + slope * (curve[i].at - start.at)));
        curve[++kept] = curve[to];
        from = to;
    }
    curve.resize(kept + 1);
    return below;
}

}  // namespace hil::planner
