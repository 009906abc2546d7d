#include "measure/history_extremes.hpp"
#include "measure/history_story.hpp"
#include "measure/site.hpp"

#include <algorithm>

using namespace hil;
using namespace hil::measure;

namespace {

// Smallest and largest value of each column.
std::vector<double> ends(const std::vector<Row>& rows) {
    std::vector<double> all;
    for (std::size_t i = 0; i < column_count; ++i) {
        double low = unknown, high = unknown;
        for (const auto& r : rows) {
            if (r.null || std::isnan(r.values[i])) continue;
            low = std::isnan(low) ? r.values[i] : std::min(low, r.values[i]);
            high = std::isnan(high) ? r.values[i] : std::max(high, r.values[i]);
        }
        all.insert(all.end(), {low, high});
    }
    return all;
}

bool equal(const std::vector<double>& a, const std::vector<double>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](double x, double y) { return same(x, y); });
}

}  // namespace

TEST_CASE("a peak of one row in any column survives any thinning") {
    const auto begin = at("2025-10-01T10:00:00");
    Random random(3);
    for (std::size_t column = 0; column < column_count; ++column) {
        std::vector<Row> rows;
        for (int i = 0; i < 43200; ++i)
            rows.push_back(row(begin + i * 2s, 100, 0.5));
        const auto peak = random.below(rows.size());
        rows[peak].values[column] = 777;
        const auto thin = downsample(rows, {begin, begin + 24h}, 100);
        CHECK(thin.size() <= 100);
        CHECK(std::any_of(thin.begin(), thin.end(), [&](const Row& r) { return same(r, rows[peak]); }));
    }
}

TEST_CASE("thinned rows are rows, in order, as many as asked for, with every interval's extremes and gaps") {
    const auto begin = at("2025-10-01T10:00:00");
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        INFO("seed " << seed);
        const auto rows = history_story(seed, 5000, begin);
        const Range range{begin, rows.back().at};
        for (const std::size_t points : {40u, 300u, 2000u}) {
            const auto thin = downsample(rows, range, points);
            CHECK(thin.size() <= points);
            CHECK(thin.size() > points / 10);
            CHECK(equal(ends(thin), ends(rows)));
            CHECK(same(thin.front(), rows.front()));
            CHECK(same(thin.back(), rows.back()));
            auto from = rows.begin();
            for (const auto& r : thin) {
                from = std::find_if(from, rows.end(), [&](const Row& x) { return same(x, r); });
                REQUIRE(from != rows.end());
                ++from;
            }
        }
        // What is thinned level by level has the extremes of the whole.
        std::vector<Row> gathered;
        for (std::size_t i = 0; i < rows.size(); i += 500) {
            const auto part = extremes(std::span(rows).subspan(i, 500));
            CHECK(part.size() <= 17);
            gathered.insert(gathered.end(), part.begin(), part.end());
        }
        CHECK(equal(ends(extremes(gathered)), ends(rows)));
    }
}

TEST_CASE("a gap is still a gap after thinning [D-19]", "[D-19]") {
    const auto begin = at("2025-10-01T10:00:00");
    std::vector<Row> rows;
    for (int i = 0; i < 10000; ++i)
        rows.push_back(i == 5000 ? null_row(begin + i * 2s) : row(begin + i * 2s, i % 7));
    const auto thin = downsample(rows, {begin, begin + 20000s}, 50);
    CHECK(thin.size() <= 50);
    CHECK(std::count_if(thin.begin(), thin.end(), [](const Row& r) { return r.null; }) == 1);
}

TEST_CASE("few rows are left as they are") {
    const auto rows = history_story(5, 60, at("2025-10-01T10:00:00"));
    CHECK(same(downsample(rows, {rows.front().at, rows.back().at}, 60), rows));
    CHECK(downsample({}, {at("2025-10-01T10:00:00"), at("2025-10-01T10:00:00")}, 10).empty());
}
