#include "measure/history_tables.hpp"
#include "measure/history_story.hpp"
#include "measure/site.hpp"

#include <algorithm>

using namespace hil;
using namespace hil::measure;

namespace {

constexpr auto local = config::TransportMode::local;
constexpr auto remote = config::TransportMode::remote;
const WallTime ten = at("2025-10-01T10:00:00");
constexpr Range ever{WallTime{}, WallTime{Duration(200 * 8766h)}};

HistoryTables made() {
    return HistoryTables(std::make_shared<store::Database>("", history_migrations()));
}

// Stored in random pieces, in random order, some of them twice.
void store_shuffled(HistoryTables& tables, const std::vector<Row>& rows, Random& random) {
    std::vector<std::vector<Row>> pieces;
    for (std::size_t begin = 0; begin < rows.size();) {
        const auto end = std::min(rows.size(), begin + 1 + random.below(300));
        std::vector<Row> piece(rows.begin() + static_cast<std::ptrdiff_t>(begin),
                               rows.begin() + static_cast<std::ptrdiff_t>(end));
        if (random.chance(0.2)) pieces.push_back(piece);
        pieces.push_back(std::move(piece));
        begin = end;
    }
    for (std::size_t i = pieces.size(); i > 1; --i)
        std::swap(pieces[i - 1], pieces[random.below(i)]);
    for (const auto& piece : pieces)
        tables.store("lib", local, piece);
}

void check_buckets(HistoryTables& tables, const std::vector<Row>& rows, Range range, Resolution resolution) {
    const Duration width = resolution == Resolution::minute ? 1min : 15min;
    const auto buckets = tables.buckets("lib", local, range, resolution);
    WallTime previous{};
    double known = 0;
    for (const auto& bucket : buckets) {
        INFO(madrid().format(bucket.begin));
        REQUIRE(bucket.begin > previous);
        previous = bucket.begin;
        CHECK(bucket.width == width);
        CHECK(bucket.begin.time_since_epoch() % width == Duration::zero());
        CHECK(bucket.begin + width > range.from);
        CHECK(bucket.begin < range.to);
        double longest = 0;
        for (std::size_t i = 0; i < column_count; ++i) {
            const auto plain = plain_summary(rows, i, bucket.begin, bucket.begin + width);
            const auto& told = bucket.columns[i];
            CHECK(same(told.min, plain.min));
            CHECK(same(told.max, plain.max));
            CHECK(same(told.last, plain.last));
            CHECK((std::isnan(plain.mean) ? std::isnan(told.mean)
                                          : told.mean == Approx(plain.mean).margin(1e-7)));
            longest = std::max(longest, plain.known_s);
        }
        CHECK(bucket.coverage == Approx(longest / to_seconds(width)).margin(1e-12));
        known += longest;
    }
    // None with anything in it is missing.
    double all = 0;
    for (auto begin = rows.front().at - rows.front().at.time_since_epoch() % width; begin < rows.back().at;
         begin += width) {
        if (begin + width <= range.from || begin >= range.to) continue;
        double longest = 0;
        for (std::size_t i = 0; i < column_count; ++i)
            longest = std::max(longest, plain_summary(rows, i, begin, begin + width).known_s);
        all += longest;
    }
    CHECK(known == Approx(all));
}

}  // namespace

TEST_CASE("rows and roll-ups are those of a plain calculation, in whatever order and pieces they came") {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        INFO("seed " << seed);
        Random random(seed);
        const auto rows = history_story(seed, 400, ten + 17s);
        auto tables = made();
        store_shuffled(tables, rows, random);
        CHECK(same(tables.rows("lib", local, ever, {}).rows, rows));
        const Range part{rows[100].at + 1ns, rows[300].at};
        const std::vector<Row> of_part(rows.begin() + 101, rows.begin() + 300);
        const auto answer = tables.rows("lib", local, part, {});
        CHECK(same(answer.rows, of_part));
        CHECK(answer.rows_in_range == of_part.size());
        check_buckets(tables, rows, {rows.front().at, rows.back().at + 1s}, Resolution::quarter);
        check_buckets(tables, rows, part, Resolution::quarter);
        check_buckets(tables, rows, part, Resolution::minute);
    }
}

TEST_CASE("storing rows again changes nothing, and a measured row wins over a null row of its instant") {
    auto tables = made();
    const std::vector<Row> rows{row(ten, 1), null_row(ten + 2s), row(ten + 4s, 2)};
    CHECK(tables.store("lib", local, rows) == 3);
    CHECK(tables.store("lib", local, rows) == 0);
    CHECK(tables.store("lib", local, std::vector{row(ten, 9), row(ten + 2s, 5), null_row(ten + 4s)}) == 1);
    const auto stored = tables.rows("lib", local, ever, {}).rows;
    CHECK(same(stored, {row(ten, 1), row(ten + 2s, 5), row(ten + 4s, 2)}));
}

TEST_CASE("of a null row and a measured row of one instant that come together the measured one is stored") {
    auto tables = made();
    const std::vector<Row> rows{row(ten, 1), null_row(ten + 2s), row(ten + 2s, 2), row(ten + 4s, 3),
                                null_row(ten + 4s)};
    CHECK(tables.store("lib", local, rows) == 3);
    CHECK(outline(tables.rows("lib", local, ever, {}).rows, ten) == "0 2 4");
}

TEST_CASE("plants and transports are kept apart") {
    auto tables = made();
    tables.store("lib", local, std::vector{row(ten, 1)});
    tables.store("lib", remote, std::vector{row(ten, 2), row(ten + 2s, 2)});
    tables.store("vrfb", local, std::vector{row(ten, 3)});
    CHECK(same(tables.rows("lib", local, ever, {}).rows, {row(ten, 1)}));
    CHECK(same(tables.rows("lib", remote, ever, {}).rows, {row(ten, 2), row(ten + 2s, 2)}));
    CHECK(same(tables.rows("vrfb", local, ever, {}).rows, {row(ten, 3)}));
    CHECK(tables.rows("vrfb", remote, ever, {}).rows.empty());
    CHECK(tables.series().size() == 3);
}

TEST_CASE("a kept row holds until the next, into hours that have none of their own") {
    auto tables = made();
    tables.store("lib", local,
                 std::vector{row(ten, 100), row(ten + 3h + 5min, 50), null_row(ten + 3h + 10min)});
    const auto buckets = tables.buckets("lib", local, ever, Resolution::quarter);
    REQUIRE(buckets.size() == 13);
    for (std::size_t i = 0; i < 12; ++i) {
        CHECK(buckets[i].begin == ten + 15min * static_cast<int>(i));
        CHECK(buckets[i].coverage == 1);
        CHECK(buckets[i].columns[0].mean == 100);
        CHECK(buckets[i].columns[0].last == 100);
    }
    CHECK(buckets[12].coverage == Approx(10.0 / 15));
    CHECK(buckets[12].columns[0].mean == Approx(75));
    CHECK(buckets[12].columns[0].max == 100);
    CHECK(buckets[12].columns[0].min == 50);
    CHECK(buckets[12].columns[0].last == 50);
    CHECK(tables.buckets("lib", local, {ten + 1h, ten + 1h + 1s}, Resolution::quarter).size() == 1);
}

TEST_CASE("the newest row holds for no time: nobody knows yet how long it will") {
    auto tables = made();
    tables.store("lib", local, std::vector{row(ten, 100), row(ten + 60s, 40)});
    const auto buckets = tables.buckets("lib", local, ever, Resolution::minute);
    REQUIRE(buckets.size() == 2);
    CHECK(buckets[0].coverage == 1);
    CHECK(buckets[0].columns[0].mean == 100);
    CHECK(buckets[1].coverage == 0);
    CHECK(buckets[1].columns[0].last == 40);
}

TEST_CASE("thinning a long range keeps the extremes of all levels, and counts the rows it stands for") {
    auto tables = made();
    std::vector<Row> rows;
    Random random(9);
    for (int i = 0; i < 60 * 24 * 20; ++i)
        rows.push_back(row(ten + i * 180s, std::round(random.normal() * 1000) / 10, 0.5));
    rows[17234].values[index(Column::q_poi)] = -654.3;
    tables.store("lib", local, rows);
    for (const auto& range : {Range{ten - 1h, ten + 60 * 24h}, Range{ten + 7min, ten + 40 * 24h + 13min},
                              Range{ten + 35 * 24h, ten + 36 * 24h}}) {
        std::vector<Row> inside;
        for (const auto& r : rows)
            if (r.at >= range.from && r.at < range.to) inside.push_back(r);
        for (const std::size_t points : {200u, 2000u}) {
            const auto answer = tables.rows("lib", local, range, points);
            CHECK(answer.rows_in_range == inside.size());
            CHECK(answer.downsampled == (inside.size() > points));
            CHECK(answer.rows.size() <= points);
            CHECK(same(answer.rows.front(), inside.front()) == (points == 2000 || answer.downsampled));
            const auto p = [](const Row& a, const Row& b) { return a[Column::p_poi] < b[Column::p_poi]; };
            CHECK(same(std::max_element(answer.rows.begin(), answer.rows.end(), p)->values[0],
                       std::max_element(inside.begin(), inside.end(), p)->values[0]));
            const auto q = [](const Row& r) { return r[Column::q_poi] == -654.3; };
            CHECK(std::any_of(answer.rows.begin(), answer.rows.end(), q) ==
                  std::any_of(inside.begin(), inside.end(), q));
        }
    }
}

TEST_CASE("stretches without a hole are found, whichever rows the compression kept") {
    auto tables = made();
    std::vector<Row> rows;
    for (int i = 0; i < 3 * 3600; i += 2)
        rows.push_back(row(ten + std::chrono::seconds(i), i % 100));
    rows.push_back(null_row(ten + 3h));
    rows.push_back(null_row(ten + 5h - 2s));
    rows.push_back(row(ten + 5h, 1));
    rows.push_back(row(ten + 5h + 6min, 1));
    rows.push_back(null_row(ten + 5h + 6min + 2s));
    rows.push_back(row(ten + 5h + 6min + 10s, 1));
    rows.push_back(row(ten + 20h, 1));
    tables.store("lib", local, rows);
    const auto found = tables.availability("lib", local, ever, 10min);
    REQUIRE(found.size() == 3);
    CHECK(found[0].from == ten);
    CHECK(found[0].to == ten + 3h);
    CHECK(found[1].from == ten + 5h);
    CHECK(found[1].to == ten + 5h + 6min + 10s);
    CHECK(found[2].from == ten + 20h);
    CHECK(tables.availability("lib", local, ever, 5s).size() == 5);
    const auto part = tables.availability("lib", local, {ten + 30min, ten + 1h}, 10min);
    REQUIRE(part.size() == 1);
    CHECK(part[0].from == ten + 30min);
    CHECK(part[0].to == ten + 1h - 2s);
    CHECK(tables.availability("vrfb", local, ever, 10min).empty());
}

TEST_CASE("first and last row are known at once [D-23]", "[D-23]") {
    auto tables = made();
    CHECK_FALSE(tables.extent("lib", local));
    const auto rows = history_story(4, 500, ten);
    tables.store("lib", local, rows);
    const auto extent = tables.extent("lib", local);
    REQUIRE(extent);
    CHECK(extent->from == rows.front().at);
    CHECK(extent->to == rows.back().at);
}

TEST_CASE("old hours are removed, whole ones only, and the rest is as it was") {
    auto tables = made();
    const auto rows = history_story(11, 3000, ten);
    tables.store("lib", local, rows);
    tables.store("vrfb", remote, rows);
    const WallTime before = rows[1500].at;
    std::size_t removed = 0, batches = 0;
    for (std::size_t n = 1; n > 0; ++batches) {
        n = tables.prune(before, 3);
        CHECK(n <= 3);
        removed += n;
    }
    CHECK(removed > 3);
    CHECK(batches > 2);
    const WallTime hour = before - before.time_since_epoch() % Duration(1h);
    std::vector<Row> left;
    std::copy_if(rows.begin(), rows.end(), std::back_inserter(left),
                 [&](const Row& r) { return r.at >= hour; });
    for (const auto& [plant, transport] : tables.series()) {
        const auto answer = tables.rows(plant, transport, ever, {});
        CHECK(same(answer.rows, left));
        CHECK(answer.rows_in_range == left.size());
    }
}

TEST_CASE("an hour whose record is damaged is begun anew, and that is told once") {
    auto tables = made();
    tables.store("lib", local, std::vector{row(ten, 1), row(ten + 1h, 2)});
    tables.database().execute(
        "UPDATE history_rows SET data = x'0102' WHERE id = (SELECT max(id) FROM history_rows)");
    CHECK(tables.take_losses().empty());
    CHECK(tables.store("lib", local, std::vector{row(ten + 1h + 2s, 3)}) == 1);
    const auto losses = tables.take_losses();
    REQUIRE(losses.size() == 1);
    CHECK(losses[0].starts_with("history of lib (local) from 2025-10-01T09:00:00+00:00 on is damaged"));
    CHECK(tables.store("lib", local, std::vector{row(ten + 1h + 4s, 4)}) == 1);
    CHECK(tables.take_losses().empty());
    CHECK(outline(tables.rows("lib", local, ever, {}).rows, ten) == "0 3602 3604");
    // The recording gives back what is missing.
    CHECK(tables.store("lib", local, std::vector{row(ten, 1), row(ten + 1h, 2)}) == 1);
}

TEST_CASE("a damaged roll-up of an hour is made from its rows when the day is rolled up") {
    auto tables = made();
    tables.store("lib", local, std::vector{row(ten, 90), row(ten + 2s, 1)});
    tables.store("lib", local, std::vector{row(ten + 1h, 2)});
    tables.database().execute(
        "UPDATE history_hours SET extremes = x'0102' WHERE id = (SELECT min(id) FROM history_hours)");
    CHECK(tables.store("lib", local, std::vector{row(ten + 1h + 2s, 3)}) == 1);
    CHECK(outline(tables.rows("lib", local, ever, {}).rows, ten) == "0 2 3600 3602");
}

TEST_CASE("a damaged record is an error, not rows") {
    auto tables = made();
    tables.store("lib", local, history_story(2, 200, ten));
    tables.database().execute("UPDATE history_rows SET data = x'0102'");
    CHECK_THROWS_AS(tables.rows("lib", local, ever, {}), store::DatabaseError);
}
