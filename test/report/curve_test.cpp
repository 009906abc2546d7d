// Curves keep what matters of a signal; slices add up to the whole.
#include "report/curve.hpp"
#include "report/slices.hpp"

#include "report/rows.hpp"

#include "measure/history_story.hpp"

#include <algorithm>
#include <cmath>

using namespace hil;
using namespace hil::report;
using namespace hil::report::test;

namespace {

Curve curve_of(const std::vector<Row>& rows, measure::Range range, std::size_t cells, Column column) {
    CurveMaker maker(range, cells);
    Episodes episodes(range, rules.longest_hold, [&](const Episode& episode) {
        maker.take(episode, episode.row ? (*episode.row)[column] : measure::unknown);
    });
    episodes.take(rows);
    episodes.finish();
    return maker.result();
}

}  // namespace

TEST_CASE("a curve of few changes has exactly these, and repeats none") {
    const auto curve = curve_of({row(0h, {.p = 1}), row(1h, {.p = 1}), row(2h, {.p = 5}), nothing(3h),
                                 row(4h, {.p = 5}), row(5h, {.p = 5})},
                                {noon, noon + 6h}, 10, Column::p_battery);
    REQUIRE(curve.points.size() == 5);
    CHECK_FALSE(curve.thinned);
    CHECK(curve.points[0].value == 1);
    CHECK(curve.points[1].at == noon + 2h);
    CHECK_FALSE(curve.points[2].known());
    CHECK(curve.points[2].at == noon + 3h);
    CHECK(curve.points[3].value == 5);
    CHECK(curve.points[4].at == noon + 5h);
    CHECK_FALSE(curve.points[4].known());
}

TEST_CASE("a curve of many changes is short and keeps every cell's peaks and gaps") {
    const auto rows = measure::history_story(3, 50'000, noon);
    const measure::Range range{noon, rows.back().at};
    const auto whole = curve_of(rows, range, 100'000, Column::p_battery);
    const auto few = curve_of(rows, range, 500, Column::p_battery);
    CHECK_FALSE(whole.thinned);
    CHECK(few.thinned);
    CHECK(few.points.size() <= 6 * 500);
    CHECK(few.points.size() > 1000);
    CHECK(std::is_sorted(few.points.begin(), few.points.end(),
                         [](const Point& a, const Point& b) { return a.at < b.at; }));
    const double cell = to_seconds(range.to - range.from) / 500;
    const auto cells = [&](const Curve& curve) {
        struct Cell {
            double least = INFINITY, greatest = -INFINITY;
            bool gap = false;
        };
        std::vector<Cell> out(501);
        for (const auto& point : curve.points) {
            auto& c = out[static_cast<std::size_t>(to_seconds(point.at - noon) / cell)];
            if (!point.known()) c.gap = true;
            if (point.known()) c.least = std::min(c.least, point.value);
            if (point.known()) c.greatest = std::max(c.greatest, point.value);
        }
        return out;
    };
    const auto of_whole = cells(whole), of_few = cells(few);
    for (std::size_t i = 0; i < of_whole.size(); ++i) {
        CHECK(of_whole[i].least == of_few[i].least);
        CHECK(of_whole[i].greatest == of_few[i].greatest);
        CHECK(of_whole[i].gap == of_few[i].gap);
    }
    const auto fewer = thin(few, range, 50);
    CHECK(fewer.points.size() <= 300);
}

TEST_CASE("slices are quarters, hours or local days, and end with the range") {
    const auto& madrid = measure::madrid();
    const auto quarters = slice_bounds({noon + 1min, noon + 1h}, madrid);
    CHECK(quarters.size() == 5);
    CHECK(quarters[1] == noon + 15min);
    CHECK(quarters.back() == noon + 1h);
    CHECK(slice_bounds({noon, noon + 24h * 5}, madrid).size() == 121);
    // Over the night on which the clocks go back: a local day of 25 hours is one slice.
    const auto days =
        slice_bounds({measure::at("2025-10-01T00:00:00"), measure::at("2025-11-10T00:00:00")}, madrid);
    CHECK(days.size() == 41);
    CHECK(days[26] - days[25] == 25h);
}

TEST_CASE("slices add up to the summary of the range") {
    const auto rows = measure::history_story(5, 5'000, noon - 1h);
    const measure::Range range{noon + 7min, noon + 20h};
    // Slices are the battery's, the POI's where that is not known: let both be the same.
    auto same = rows;
    for (auto& row : same)
        row.values[measure::index(Column::p_poi)] = row[Column::p_battery];
    Slicer slicer(slice_bounds(range, measure::madrid()));
    Episodes episodes(range, rules.longest_hold, [&](const Episode& episode) { slicer.take(episode); });
    episodes.take(same);
    episodes.finish();
    double discharged = 0, charged = 0, known = 0;
    const auto slices = slicer.result();
    for (const auto& slice : slices) {
        discharged += slice.discharged_kwh;
        charged += slice.charged_kwh;
        known += slice.coverage * to_seconds(slice.to - slice.from);
    }
    const auto s = summary_of(same, range);
    CHECK(discharged == Approx(s.battery.discharged_kwh));
    CHECK(charged == Approx(s.battery.charged_kwh));
    CHECK(known == Approx(to_seconds(s.known)));
    CHECK(slices.size() == 80);
}
