#include "planner/storage_course.hpp"

#include "support/catch.hpp"

#include <cmath>
#include <random>

namespace hil::planner {
namespace {

std::vector<Stage> random_stages(std::size_t count, unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> price(-80, 60);
    std::vector<Stage> out;
    for (std::size_t t = 0; t < count; ++t) {
        const double p = price(random);
        out.push_back({.lowest = -11, .highest = 9, .charge_slope = -p / 0.9, .discharge_slope = p * 0.9});
    }
    return out;
}

const StoreBounds store{.start = 20, .end = 35, .low = 5, .high = 60};

void check(const StoreBounds& bounds, const std::vector<Stage>& stages, const Course& course) {
    REQUIRE(course.change.size() == stages.size());
    double stored = bounds.start;
    for (std::size_t t = 0; t < stages.size(); ++t) {
        REQUIRE(course.change[t] >= stages[t].lowest - 1e-9);
        REQUIRE(course.change[t] <= stages[t].highest + 1e-9);
        stored += course.change[t];
        REQUIRE(stored >= bounds.low - 1e-6);
        REQUIRE(stored <= bounds.high + 1e-6);
    }
    REQUIRE(stored == Approx(bounds.end).margin(1e-6));
}

// Every course on a grid of whole kWh, where the best one lies: all limits are whole.
double by_grid(const StoreBounds& bounds, const std::vector<Stage>& stages) {
    std::vector<double> now(101, -1e300);
    now[static_cast<std::size_t>(bounds.end)] = 0;
    for (std::size_t t = stages.size(); t-- > 0;) {
        std::vector<double> before(101, -1e300);
        for (int s = static_cast<int>(bounds.low); s <= static_cast<int>(bounds.high); ++s) {
            for (int change = static_cast<int>(stages[t].lowest);
                 change <= static_cast<int>(stages[t].highest); ++change) {
                const int u = s + change;
                if (u < static_cast<int>(bounds.low) || u > static_cast<int>(bounds.high)) continue;
                before[static_cast<std::size_t>(s)] =
                    std::max(before[static_cast<std::size_t>(s)],
                             stages[t].reward(change) + now[static_cast<std::size_t>(u)]);
            }
        }
        now = before;
    }
    return now[static_cast<std::size_t>(bounds.start)];
}

TEST_CASE("the best course is the best of all, also where rewards are not concave") {
    for (unsigned seed = 1; seed <= 40; ++seed) {
        const auto stages = random_stages(30, seed);
        const auto course = best_course(store, stages, 10'000, {});
        REQUIRE(course);
        check(store, stages, *course);
        CHECK(course->value == Approx(by_grid(store, stages)).epsilon(1e-9));
        CHECK(course->bound == Approx(course->value).epsilon(1e-9));
    }
}

TEST_CASE("a curve of few points gives a course and an honest bound") {
    for (unsigned seed = 1; seed <= 40; ++seed) {
        const auto stages = random_stages(60, seed);
        const double best = best_course(store, stages, 10'000, {})->value;
        for (const std::size_t points : {3u, 6u, 12u}) {
            const auto course = best_course(store, stages, points, {});
            REQUIRE(course);
            check(store, stages, *course);
            CHECK(course->value <= best + 1e-9);
            CHECK(course->bound >= best - 1e-9);
        }
    }
}

TEST_CASE("a course of several blocks is that of one, prolonged") {
    // Blocks are of 1024 intervals: the same 30 again and again, each time back where it began.
    auto thirty = random_stages(30, 5);
    const StoreBounds round{.start = 20, .end = 20, .low = 5, .high = 60};
    std::vector<Stage> many;
    for (int i = 0; i < 100; ++i)
        many.insert(many.end(), thirty.begin(), thirty.end());
    const auto course = best_course(round, many, 10'000, {});
    REQUIRE(course);
    check(round, many, *course);
    CHECK(course->value >= 100 * best_course(round, thirty, 10'000, {})->value - 1e-6);
    CHECK(course->value == Approx(course->bound).epsilon(1e-9));
}

TEST_CASE("the lazy course moves no more than it must and says what cannot be done") {
    const auto stages = random_stages(10, 1);
    const auto course = lazy_course(store, stages);
    REQUIRE(course);
    check(store, stages, *course);
    CHECK(course->taken == 0);
    CHECK(course->change.front() == 0);
    CHECK(course->bound >= best_course(store, stages, 1000, {})->value);

    auto far = store;
    far.end = 60;
    CHECK_FALSE(lazy_course(far, random_stages(4, 1)));  // 9 each are allowed, 40 needed
    CHECK_FALSE(best_course(far, random_stages(4, 1), 1000, {}));
    CHECK(lazy_course(far, random_stages(5, 1)));
}

TEST_CASE("a course that is stopped is none") {
    int asked = 0;
    CHECK_FALSE(best_course(store, random_stages(10, 1), 1000, {.stop = [&] { return ++asked > 12; }}));
    CHECK(asked == 13);
}

}  // namespace
}  // namespace hil::planner
