#include "planner/cycle_limit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace hil::planner {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr int most_prices = 60;

// An interval whose direction has been decided.
struct Decision {
    std::size_t interval = 0;
    bool charging = false;
};

struct Case {
    double bound = infinite;
    double price = 0;  // of the limit, where its search begins
    std::vector<Decision> decided;

    [[nodiscard]] bool operator<(const Case& other) const { return bound < other.bound; }
};

// What the prices of the limit told.
struct Relaxation {
    double bound = infinite;
    double price = 0;
    double drawn = 0;                      // of the bound only because curves of few points are
    std::optional<Course> within, beyond;  // of the limit, both best at that price
};

// A stretch from where two courses part to where they meet again.
struct Part {
    std::size_t from = 0, to = 0;
    double taken = 0;  // more by the second course
};

std::vector<Part> parts_of(const Course& a, const Course& b) {
    constexpr double together = 1e-7;  // kWh
    std::vector<Part> out;
    double apart = 0;
    Part part;
    for (std::size_t t = 0; t < a.change.size(); ++t) {
        apart += b.change[t] - a.change[t];
        part.taken += std::max(-b.change[t], 0.0) - std::max(-a.change[t], 0.0);
        if (std::abs(apart) > together && t + 1 < a.change.size()) continue;
        part.to = t + 1;
        if (part.taken != 0) out.push_back(part);
        part = {.from = t + 1, .to = t + 1, .taken = 0};
    }
    return out;
}

// The first course with as many parts of the second as the limit allows and a mixture in one part more.
struct Blend {
    Course course;
    std::optional<std::size_t> loses_at;  // where the mixture loses most
};

Blend blend(std::span<const Stage> stages, const Course& within, const Course& beyond, double room) {
    Blend out{.course = within, .loses_at = {}};
    auto parts = parts_of(within, beyond);
    std::ranges::sort(parts, [](const Part& a, const Part& b) {
        return a.taken != b.taken ? a.taken > b.taken : a.from < b.from;
    });
    std::optional<Part> mixed;  // the smallest that does not fit
    for (const auto& part : parts) {
        if (part.taken > room) {
            mixed = part;
            continue;
        }
        for (auto t = part.from; t < part.to; ++t)
            out.course.change[t] = beyond.change[t];
        room -= part.taken;
    }
    if (!mixed) return out;
    const double share = room / mixed->taken;
    double most = 0;
    for (auto t = mixed->from; t < mixed->to; ++t) {
        const double a = within.change[t], b = beyond.change[t];
        const double both = a + share * (b - a);
        const auto& stage = stages[t];
        const double lost = (1 - share) * stage.reward(a) + share * stage.reward(b) - stage.reward(both);
        if (stage.decides() && a * b < 0 && lost > most) {
            most = lost;
            out.loses_at = t;
        }
        out.course.change[t] = both;
    }
    return out;
}

class Search {
  public:
    Search(const LimitedSearch& asked, Course start) : asked_(asked), best_(std::move(start)) {}

    Course run() {
        open_.push_back({});
        while (!open_.empty() && !stopped()) {
            auto now = take();
            if (closed(now.bound)) {  // and with it every other one
                settled_ = std::max(settled_, now.bound);
                break;
            }
            look_into(std::move(now));
            best_.bound = bound_now();
            asked_.watch.notify(best_.value, best_.bound);
        }
        best_.bound = bound_now();
        return std::move(best_);
    }

  private:
    bool stopped() { return stopped_ = stopped_ || asked_.watch.stopped(); }
    [[nodiscard]] bool closed(double bound) const { return bound - best_.value <= asked_.good_enough; }
    [[nodiscard]] double bound_now() const {
        const double open = open_.empty() ? -infinite : open_.front().bound;
        return std::min(best_.bound, std::max({open, settled_, best_.value}));
    }

    Case take() {
        std::ranges::pop_heap(open_, std::less());
        auto out = std::move(open_.back());
        open_.pop_back();
        return out;
    }
    void put(Case one) {
        open_.push_back(std::move(one));
        std::ranges::push_heap(open_, std::less());
    }

    void look_into(Case now) {
        const auto stages = decided(now);
        const auto relaxed = relax(stages, now);
        now.bound = std::min(now.bound, relaxed.bound);
        if (stopped()) return put(std::move(now));
        std::optional<std::size_t> loses_at;
        if (relaxed.within && relaxed.beyond && !closed(now.bound)) {
            auto both = blended(stages, relaxed);
            loses_at = both.loses_at;
            consider(std::move(both.course));
        }
        // Where finer curves would tell more than a decision, this is the end of this search.
        if (!loses_at || closed(now.bound) || relaxed.drawn > asked_.good_enough) {
            settled_ = std::max(settled_, now.bound);
            return;
        }
        now.price = relaxed.price;
        for (const bool charging : {true, false}) {
            auto next = now;
            next.decided.push_back({*loses_at, charging});
            put(std::move(next));
        }
    }

    [[nodiscard]] bool keeps(const Course& course) const {
        return course.taken <= asked_.taken_at_most * (1 + 1e-12) + 1e-9;
    }
    void consider(Course course) {
        add_up(course, asked_.stages);
        if (!keeps(course) || course.value <= best_.value) return;
        course.bound = best_.bound;
        best_ = std::move(course);
    }

    [[nodiscard]] std::vector<Stage> decided(const Case& now) const {
        auto stages = asked_.stages;
        for (const auto& decision : now.decided) {
            auto& stage = stages[decision.interval];
            (decision.charging ? stage.lowest : stage.highest) = 0;
        }
        return stages;
    }

    [[nodiscard]] Blend blended(const std::vector<Stage>& stages, const Relaxation& both) const {
        return blend(stages, *both.within, *both.beyond, asked_.taken_at_most - both.within->taken);
    }

    // The lowest bound over the prices of the limit: each course found is a line over the price, the next
    // price is where the lines of both sides meet.
    Relaxation relax(const std::vector<Stage>& stages, const Case& now) {
        Relaxation out;
        out.price = now.price;
        out.within = lazy_course(asked_.store, stages);
        if (!out.within || !keeps(*out.within)) {  // no course where all is decided so
            out.bound = -infinite;
            return out;
        }
        for (int i = 0; i < most_prices; ++i) {
            auto priced = stages;
            for (auto& stage : priced)
                stage.discharge_slope -= out.price;
            const bool known = now.decided.empty() && out.price == 0;
            auto course = known ? std::optional(asked_.unlimited)
                                : best_course(asked_.store, priced, asked_.most_points, asked_.watch);
            if (!course) {
                stopped_ = true;
                return out;
            }
            out.bound = std::min(out.bound, course->bound + out.price * asked_.taken_at_most);
            if (now.decided.empty()) best_.bound = std::min(best_.bound, std::max(out.bound, best_.value));
            const double worth = course->value;
            out.drawn = course->bound - worth;
            add_up(*course, stages);
            const bool within = keeps(*course);
            if (within) consider(*course);
            if (closed(out.bound)) return out;
            // The lines of both sides were the truth: no price is better.
            if (out.beyond &&
                worth <= out.within->value - out.price * out.within->taken + asked_.good_enough / 10)
                return out;
            (within ? out.within : out.beyond) = std::move(course);
            if (within && out.price == 0) return out;
            if (out.beyond) consider(blended(stages, out).course);
            if (!out.beyond) {
                out.price = 0;
                continue;
            }
            out.price = std::max(
                0.0, (out.beyond->value - out.within->value) / (out.beyond->taken - out.within->taken));
            asked_.watch.notify(best_.value, best_.bound);
        }
        return out;
    }

    const LimitedSearch& asked_;
    Course best_;
    std::vector<Case> open_;      // a heap, the highest bound first
    double settled_ = -infinite;  // the bound of what needs no further look
    bool stopped_ = false;
};

}  // namespace

Course best_limited_course(const LimitedSearch& search, Course start) {
    return Search(search, std::move(start)).run();
}

}  // namespace hil::planner
