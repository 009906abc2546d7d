#include "planner/value_curve.hpp"

#include "support/catch.hpp"

#include <cmath>
#include <random>

namespace hil::planner {
namespace {

// A curve over the energies 0 to 100 with steps of its own between the points; neither convex nor concave.
Curve random_curve(std::mt19937& random) {
    std::uniform_real_distribution<double> width(0.5, 12), value(-5, 5);
    Curve out{{0, value(random)}};
    while (out.back().at < 100)
        out.push_back({std::min(100.0, out.back().at + width(random)), value(random)});
    return out;
}

// The same question answered by trying a great many changes.
double tried(const Curve& next, const Stage& stage, double at) {
    double best = -1e300;
    const int steps = 4000;
    const auto look = [&](double u) {
        if (u < next.front().at || u > next.back().at) return;
        best = std::max(best, stage.reward(u - at) + value_at(next, u));
    };
    for (int i = 0; i <= steps; ++i)
        look(at + stage.lowest + (stage.highest - stage.lowest) * i / steps);
    for (const auto& point : next) {
        if (point.at >= at + stage.lowest && point.at <= at + stage.highest) look(point.at);
    }
    if (stage.lowest <= 0 && stage.highest >= 0) look(at);
    return best;
}

TEST_CASE("a step back is the best of all changes, whatever the curve and the rewards") {
    std::mt19937 random(7);
    std::uniform_real_distribution<double> slope(-1, 1), size(0, 40);
    for (int round = 0; round < 60; ++round) {
        const auto next = random_curve(random);
        Stage stage{.lowest = -size(random),
                    .highest = size(random),
                    .charge_slope = slope(random),
                    .discharge_slope = slope(random)};
        if (round % 7 == 5) stage.lowest = 0;
        if (round % 7 == 6) stage.highest = -stage.highest - stage.lowest > 0 ? stage.lowest : stage.highest;
        Curve out;
        step_back(next, stage, 0, 100, out);
        REQUIRE_FALSE(out.empty());
        for (double s = out.front().at; s <= out.back().at; s += 1.93) {
            const double best = value_at(out, s), found = tried(next, stage, s);
            CHECK(best >= found - 1e-9);
            CHECK(best <= found + 0.1);  // what lies between two trials
            const double change = best_change(next, stage, s);
            CHECK(change >= stage.lowest - 1e-9);
            CHECK(change <= stage.highest + 1e-9);
            CHECK(stage.reward(change) + value_at(next, s + change) == Approx(best).margin(1e-9));
        }
        for (std::size_t i = 1; i < out.size(); ++i)
            CHECK(out[i].at > out[i - 1].at);
    }
}

TEST_CASE("a single energy at the end is reached from where a change leads to it") {
    Curve out;
    step_back(Curve{{50, 0}}, {.lowest = -10, .highest = 20, .charge_slope = -2, .discharge_slope = 1}, 0,
              100, out);
    REQUIRE(out.size() == 3);
    CHECK(out.front().at == 30);
    CHECK(out.front().value == Approx(-40));
    CHECK(value_at(out, 50) == Approx(0));
    CHECK(out.back().at == 60);
    CHECK(out.back().value == Approx(10));
    CHECK(best_change(Curve{{50, 0}}, {.lowest = -10, .highest = 20}, 35) == Approx(15));
}

TEST_CASE("an energy from which nothing leads on has no worth") {
    Curve out{{1, 1}};
    step_back(Curve{{90, 0}, {95, 1}}, {.lowest = -10, .highest = 20}, 0, 50, out);
    CHECK(out.empty());
    step_back({}, {.lowest = -1, .highest = 1}, 0, 50, out);
    CHECK(out.empty());
}

TEST_CASE("a change that must be made is made, and only that") {
    Curve out;
    // At least 5 are to be taken out.
    const Stage stage{.lowest = -20, .highest = -5, .charge_slope = -1, .discharge_slope = -1};
    step_back(Curve{{0, 0}, {100, 0}}, stage, 0, 100, out);
    CHECK(out.front().at == 5);
    CHECK(value_at(out, 50) == Approx(-5));
    CHECK(best_change(Curve{{0, 0}, {100, 0}}, stage, 50) == Approx(-5));
}

TEST_CASE("a curve of fewer points stays within the tolerance, and what it lost is told") {
    std::mt19937 random(3);
    for (const double tolerance : {0.0, 0.3, 3.0, 100.0}) {
        const auto before = random_curve(random);
        auto after = before;
        const double below = simplify(after, tolerance);
        CHECK(below <= tolerance + 1e-9);
        CHECK(after.front().at == before.front().at);
        CHECK(after.back().at == before.back().at);
        CHECK(after.size() <= before.size());
        double most = 0;
        for (const auto& point : before) {
            CHECK(std::abs(value_at(after, point.at) - point.value) <= tolerance + 1e-9);
            most = std::max(most, point.value - value_at(after, point.at));
        }
        CHECK(below == Approx(most).margin(1e-9));
        if (tolerance == 0.0) CHECK(after.size() == before.size());
        if (tolerance == 100.0) CHECK(after.size() == 2);
    }
    Curve straight{{0, 0}, {1, 1}, {2, 2}, {3, 2}};
    CHECK(simplify(straight, 0) == 0);
    CHECK(straight.size() == 3);
}

}  // namespace
}  // namespace hil::planner
