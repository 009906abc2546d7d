#include "schedule/series.hpp"

#include "base/random.hpp"
#include "support/catch.hpp"

#include <stdexcept>

using namespace hil;
using namespace hil::schedule;
using namespace std::chrono_literals;

namespace {

WallTime minute(std::int64_t m) {
    return WallTime{} + std::chrono::minutes(m);
}

// What a series means, without any search: the value at `t`, none where it says nothing.
std::optional<double> by_hand(const std::vector<Row>& rows, WallTime end, WallTime t) {
    std::optional<double> value;
    for (const Row& row : rows) {
        if (row.at <= t) value = row.value;
    }
    return !rows.empty() && t < end ? value : std::nullopt;
}

std::optional<double> value_at(const Series& series, WallTime t) {
    const SeriesPosition position = series.at(t);
    return position.row ? std::optional(position.row->value) : std::nullopt;
}

struct Drawn {
    std::vector<Row> rows;
    WallTime end;
    std::vector<WallTime> probes;  // around every edge and anywhere
};

Drawn draw(Random& random) {
    Drawn drawn;
    WallTime t = minute(static_cast<std::int64_t>(random.below(20)));
    const std::uint64_t count = random.below(12);
    for (std::uint64_t i = 0; i < count; ++i) {
        drawn.rows.push_back({t, random.uniform(-1000, 1000)});
        t += std::chrono::nanoseconds(1 + random.below(30) * 60'000'000'000);
    }
    drawn.end = t;
    for (const Row& row : drawn.rows) {
        for (const auto d : {-1ns, 0ns, 1ns})
            drawn.probes.push_back(row.at + d);
    }
    for (const auto d : {-1ns, 0ns, 1ns})
        drawn.probes.push_back(drawn.end + d);
    for (int i = 0; i < 20; ++i)
        drawn.probes.push_back(minute(static_cast<std::int64_t>(random.below(400))));
    return drawn;
}

}  // namespace

TEST_CASE("a row holds until the next one and the last until the end, which is exclusive") {
    const Series series({{minute(10), 1.0}, {minute(20), 2.0}}, minute(25));

    CHECK(series.at(minute(10) - 1ns).kind == SeriesPosition::Kind::before);
    CHECK(series.at(minute(10) - 1ns).until == minute(10));
    CHECK_FALSE(series.at(minute(10) - 1ns).since);

    const SeriesPosition first = series.at(minute(10));
    REQUIRE(first.kind == SeriesPosition::Kind::in_force);
    CHECK(first.row->value == 1.0);
    CHECK(first.since == minute(10));
    CHECK(first.until == minute(20));
    CHECK(series.at(minute(20) - 1ns).row->value == 1.0);
    CHECK(series.at(minute(20)).row->value == 2.0);
    CHECK(series.at(minute(20)).until == minute(25));

    CHECK(series.at(minute(25) - 1ns).row->value == 2.0);
    CHECK(series.at(minute(25)).kind == SeriesPosition::Kind::ended);
    CHECK(series.at(minute(25)).since == minute(25));
    CHECK_FALSE(series.at(minute(25)).until);
}

TEST_CASE("a series without rows says nothing at any time") {
    const Series series;
    CHECK(series.at(minute(0)).kind == SeriesPosition::Kind::empty);
    CHECK_FALSE(series.next_change(minute(0)));
    CHECK(Series({}, minute(7)) == series);
}

TEST_CASE("a series that goes back in time or ends before its last row is a programming error") {
    CHECK_THROWS_AS(Series({{minute(2), 1}, {minute(2), 2}}, minute(9)), std::invalid_argument);
    CHECK_THROWS_AS(Series({{minute(2), 1}, {minute(1), 2}}, minute(9)), std::invalid_argument);
    CHECK_THROWS_AS(Series({{minute(2), 1}}, minute(2)), std::invalid_argument);
}

TEST_CASE("the lookup of a random series equals a plain search, whatever the hint") {
    Random random(20251001);
    for (int round = 0; round < 400; ++round) {
        const Drawn drawn = draw(random);
        const Series series(drawn.rows, drawn.end);
        std::size_t hint = random.below(40);
        for (const WallTime t : drawn.probes) {
            const auto expected = by_hand(drawn.rows, drawn.end, t);
            const SeriesPosition plain = series.at(t);
            const SeriesPosition hinted = series.at(t, hint);
            REQUIRE((plain.row != nullptr) == expected.has_value());
            if (expected) REQUIRE(plain.row->value == *expected);
            REQUIRE(hinted.kind == plain.kind);
            REQUIRE(hinted.row == plain.row);
            REQUIRE(hinted.since == plain.since);
            REQUIRE(hinted.until == plain.until);
            // Nothing changes before `until`, and `since` is where it began.
            if (plain.until) {
                REQUIRE(*plain.until > t);
                REQUIRE(series.at(*plain.until - 1ns).row == plain.row);
                REQUIRE(series.at(*plain.until).kind != SeriesPosition::Kind::before);
                REQUIRE((series.at(*plain.until).row != plain.row));
            }
            if (plain.since) REQUIRE(*plain.since <= t);
        }
    }
}

TEST_CASE("cropping never changes what a series says inside the window and invents nothing outside",
          "[D-03]") {
    Random random(3);
    for (int round = 0; round < 400; ++round) {
        const Drawn drawn = draw(random);
        const Series series(drawn.rows, drawn.end);
        const WallTime from = minute(static_cast<std::int64_t>(random.below(300)));
        const WallTime to = from + std::chrono::minutes(1 + random.below(200));
        const Series cropped = series.cropped(from, to);
        for (const WallTime t : drawn.probes) {
            const auto before = value_at(series, t);
            const auto after = value_at(cropped, t);
            if (from <= t && t < to) {
                REQUIRE(after == before);
            } else if (after) {
                REQUIRE(after == before);
            }
        }
        REQUIRE(cropped.cropped(from, to) == cropped);
    }
}

TEST_CASE("a series that spans midnight survives the crop with the row in force and its end", "[D-03]") {
    const WallTime midnight = minute(24 * 60);
    const Series series({{midnight - 2h, 10.0}, {midnight - 1h, 20.0}}, midnight + 30min);
    const Series cropped = series.cropped(midnight);
    REQUIRE(cropped.size() == 1);
    CHECK(cropped.rows()[0].at == midnight - 1h);
    CHECK(value_at(cropped, midnight) == 20.0);
    CHECK(value_at(cropped, midnight + 30min - 1ns) == 20.0);
    CHECK_FALSE(value_at(cropped, midnight + 30min));
}

TEST_CASE("a series that is over stays over after the crop and never comes alive again", "[D-03]") {
    const WallTime midnight = minute(24 * 60);
    const Series series({{midnight - 2h, 10.0}}, midnight - 1h);
    const Series cropped = series.cropped(midnight);
    for (const auto later : {0h, 1h, 23h, 24h, 48h}) {
        CHECK(cropped.at(midnight + later).kind == SeriesPosition::Kind::ended);
    }
    CHECK(cropped.at(midnight).since == midnight - 1h);
}

TEST_CASE("a series cropped at the right ends where its next row began") {
    const Series series({{minute(0), 1}, {minute(10), 2}, {minute(20), 3}}, minute(30));
    const Series cropped = series.cropped(minute(0), minute(15));
    CHECK(cropped.size() == 2);
    CHECK(cropped.end_time() == minute(20));
    CHECK(series.cropped(minute(0), minute(25)).end_time() == minute(30));
    CHECK(series.cropped(minute(-20), minute(-10)).empty());
}
