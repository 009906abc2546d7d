#include "planner/storage_course.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hil::planner {
namespace {

// Curves are kept for so many instants; those of the other instants are made again when their turn comes,
// from the curve kept at the end of their block. A year of quarters needs a few MB so.
constexpr std::size_t block = 1024;

// What rounding makes of the values of a whole range.
double rounding(std::span<const Stage> stages) {
    double most = 0;
    for (const auto& stage : stages)
        most += std::max(std::abs(stage.reward(stage.lowest)), std::abs(stage.reward(stage.highest)));
    return 1e-14 * most;
}

// By how much rounding may miss an energy, kWh.
double slack_of(const StoreBounds& store) {
    return 1e-9 * std::max(1.0, store.high);
}

// The curve at one instant, and how coarsely it was drawn: enough to make every earlier one.
struct Mark {
    Curve curve;
    double tolerance = 0;
    double given_away = 0;  // by simplifying, from here to the end
};

class Recursion {
  public:
    Recursion(const StoreBounds& store, std::span<const Stage> stages, std::size_t most_points)
        : store_(store), stages_(stages), most_points_(most_points), exact_(rounding(stages)) {
        now_ = {.curve = {{store.end, 0}}, .tolerance = exact_};
    }

    [[nodiscard]] const Mark& now() const { return now_; }
    void go_to(Mark mark) { now_ = std::move(mark); }

    // From instant t + 1 to t. Whether any energy is left from which the end can be reached.
    bool step(std::size_t t) {
        step_back(now_.curve, stages_[t], store_.low, store_.high, before_);
        now_.curve.swap(before_);
        if (now_.curve.empty()) return false;
        now_.given_away += simplify(now_.curve, exact_);
        now_.tolerance = std::max(exact_, now_.tolerance / 2);
        while (now_.curve.size() > most_points_) {
            now_.given_away += simplify(now_.curve, now_.tolerance);
            now_.tolerance *= 2;
        }
        return true;
    }

  private:
    StoreBounds store_;
    std::span<const Stage> stages_;
    std::size_t most_points_;
    double exact_;
    Mark now_;
    Curve before_;
};

}  // namespace

void add_up(Course& course, std::span<const Stage> stages) {
    course.value = course.taken = 0;
    for (std::size_t t = 0; t < stages.size(); ++t) {
        course.value += stages[t].reward(course.change[t]);
        course.taken += std::max(-course.change[t], 0.0);
    }
}

std::optional<Course> lazy_course(const StoreBounds& store, std::span<const Stage> stages) {
    const double slack = slack_of(store);
    // From which energies the end can still be reached.
    struct Window {
        double low, high;
    };
    std::vector<Window> windows(stages.size() + 1);
    windows.back() = {store.end, store.end};
    for (std::size_t t = stages.size(); t-- > 0;) {
        windows[t] = {std::max(store.low, windows[t + 1].low - stages[t].highest),
                      std::min(store.high, windows[t + 1].high - stages[t].lowest)};
        if (windows[t].low > windows[t].high + slack) return std::nullopt;
        windows[t].high = std::max(windows[t].low, windows[t].high);
    }
    if (store.start < windows[0].low - slack || store.start > windows[0].high + slack) return std::nullopt;
    Course out;
    double stored = store.start;
    for (std::size_t t = 0; t < stages.size(); ++t) {
        const auto& stage = stages[t];
        const double least = std::max(stage.lowest, windows[t + 1].low - stored);
        const double most = std::min(stage.highest, windows[t + 1].high - stored);
        out.change.push_back(std::clamp(0.0, std::min(least, most), std::max(least, most)));
        stored += out.change.back();
        out.bound += std::max({stage.reward(stage.lowest), stage.reward(stage.highest),
                               stage.reward(std::clamp(0.0, stage.lowest, stage.highest))});
    }
    add_up(out, stages);
    return out;
}

std::optional<Course> best_course(const StoreBounds& store, std::span<const Stage> stages,
                                  std::size_t most_points, const SolverWatch& watch) {
    Recursion recursion(store, stages, most_points);
    std::vector<Mark> marks((stages.size() + block - 1) / block);  // at the end of each block
    for (std::size_t t = stages.size(); t-- > 0;) {
        if (watch.stopped()) return std::nullopt;
        if ((t + 1) % block == 0 || t + 1 == stages.size()) marks[t / block] = recursion.now();
        if (!recursion.step(t)) return std::nullopt;
    }
    Course out;
    const auto& first = recursion.now().curve;
    const double slack = slack_of(store);
    if (store.start < first.front().at - slack || store.start > first.back().at + slack) return std::nullopt;
    out.bound = value_at(first, std::clamp(store.start, first.front().at, first.back().at)) +
                recursion.now().given_away;
    double stored = store.start;
    std::vector<Curve> after(block);  // by interval of the block: the curve at its end
    for (std::size_t b = 0; b < marks.size(); ++b) {
        const std::size_t begin = b * block, end = std::min(begin + block, stages.size());
        recursion.go_to(std::move(marks[b]));
        for (std::size_t t = end; t-- > begin;) {
            if (watch.stopped()) return std::nullopt;
            after[t - begin] = recursion.now().curve;
            recursion.step(t);
        }
        for (std::size_t t = begin; t < end; ++t) {
            out.change.push_back(best_change(after[t - begin], stages[t], stored));
            stored += out.change.back();
        }
    }
    add_up(out, stages);
    return out;
}

}  // namespace hil::planner
