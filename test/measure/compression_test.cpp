#include "measure/compression.hpp"

#include "base/random.hpp"
#include "measure/site.hpp"

#include <cmath>

using namespace hil;
using namespace hil::measure;
using namespace std::chrono_literals;

namespace {

const WallTime begin = at("2025-10-01T10:00:00");

// The numbers, from 1, of the rows that are kept.
std::vector<int> kept(const config::Compression& rule, const std::vector<Row>& rows,
                      const ColumnFormat& format = shipped_format()) {
    Compression machine(rule, format);
    std::vector<int> numbers;
    const auto note = [&](const Row& final) {
        for (std::size_t i = 0; i < rows.size(); ++i)
            if (rows[i].at == final.at) numbers.push_back(static_cast<int>(i) + 1);
    };
    for (const auto& r : rows) {
        const auto& outcome = machine.push(r);
        for (std::uint8_t i = 0; i < outcome.final_count; ++i)
            note(outcome.final[i]);
    }
    if (const auto last = machine.finish()) note(*last);
    return numbers;
}

std::vector<Row> every(Duration step, const std::vector<double>& socs) {
    std::vector<Row> rows;
    for (const double soc : socs)
        rows.push_back(row(begin + static_cast<int>(rows.size()) * step, 0, soc));
    return rows;
}

}  // namespace

TEST_CASE("a stable stretch keeps its first and its latest row [AC-54]", "[AC-54]") {
    CHECK(kept(shipped_rule(), every(2s, {.5, .50005, .50008, .50009})) == std::vector{1, 4});
}

TEST_CASE("no two kept rows lie further apart than the longest gap allows, strictly [AC-54]", "[AC-54]") {
    auto rule = shipped_rule();
    rule.max_kept_gap = 250ms;
    CHECK(kept(rule, every(100ms, {.5, .5, .5, .5, .5, .5})) == std::vector{1, 4, 5, 6});
    rule.max_kept_gap = 300ms;  // a gap of exactly that is no gap
    CHECK(kept(rule, every(100ms, {.5, .5, .5, .5, .5})) == std::vector{1, 5});
}

TEST_CASE("a slow drift is bounded against the second row of its stretch [AC-54]", "[AC-54]") {
    std::vector<double> socs;
    for (int i = 0; i < 8; ++i)
        socs.push_back(0.5 + 0.0004 * i);
    CHECK(kept(shipped_rule(), every(2s, socs)) == std::vector{1, 4, 5, 8});
}

TEST_CASE(
    "neighbouring counts lie within a tolerance of one count, wherever they are, and two counts do not "
    "[D-22]",
    "[D-22]") {
    const Compression machine(shipped_rule(), shipped_format());
    for (int counts = -32768; counts < 32766; ++counts) {
        const Row a = row(begin, 0), b = row(begin, 0);
        Row x = a, y = b, z = b;
        x.values[index(Column::p_battery)] = counts * 0.1;
        y.values[index(Column::p_battery)] = (counts + 1) * 0.1;
        z.values[index(Column::p_battery)] = (counts + 2) * 0.1;
        if (!machine.similar(x, y) || machine.similar(x, z)) FAIL("at " << counts << " counts");
    }
    SUCCEED();
}

TEST_CASE("a tolerance of zero means equal values [D-22]", "[D-22]") {
    const Compression machine(shipped_rule(), shipped_format());
    CHECK(machine.similar(row(begin, 0.3), row(begin, 3 * 0.1)));
    Row other = row(begin, 0.3);
    other.values[index(Column::p_setpoint)] = 0.4;
    CHECK_FALSE(machine.similar(row(begin, 0.3), other));
}

TEST_CASE("floats are compared to the last place they have [D-22]", "[D-22]") {
    ColumnFormat floats;
    const Compression machine(shipped_rule(), floats);
    Random random(7);
    for (int i = 0; i < 10000; ++i) {
        const double base = random.uniform(-1000, 1000);
        Row x = row(begin), y = row(begin), z = row(begin);
        x.values[index(Column::p_battery)] = static_cast<float>(base);
        y.values[index(Column::p_battery)] = static_cast<float>(base + 0.1);
        z.values[index(Column::p_battery)] = static_cast<float>(base + 0.101);
        if (!machine.similar(x, y) || machine.similar(x, z)) FAIL("at " << base);
    }
    Row x = row(begin), y = row(begin);
    x.values[0] = 1.0F;
    y.values[0] = std::nextafter(1.0F, 2.0F);
    CHECK_FALSE(machine.similar(x, y));  // the setpoint's tolerance is zero
}

TEST_CASE("a null row stands by itself and ends the stretch") {
    Compression machine(shipped_rule(), shipped_format());
    CHECK(machine.push(row(begin)).final_count == 1);
    CHECK(machine.push(row(begin + 2s)).final_count == 0);
    CHECK(machine.push(row(begin + 4s)).verdict == Verdict::merged);
    REQUIRE(machine.pending());
    CHECK(machine.pending()->at == begin + 4s);
    const auto& outcome = machine.push(null_row(begin + 6s));
    CHECK(outcome.verdict == Verdict::null);
    REQUIRE(outcome.final_count == 2);
    CHECK(outcome.final[0].at == begin + 4s);
    CHECK(outcome.final[1].null);
    CHECK_FALSE(machine.pending());
    CHECK(machine.push(row(begin + 8s)).final_count == 1);
    CHECK_FALSE(machine.finish());
}

TEST_CASE("a row with a value that is not known is similar to nothing") {
    auto rows = every(2s, {.5, .5, .5, .5});
    rows[1].values[index(Column::v_poi)] = unknown;
    rows[2].values[index(Column::v_poi)] = unknown;
    CHECK(kept(shipped_rule(), rows) == std::vector{1, 2, 3, 4});
}

TEST_CASE("without compression every row is final at once") {
    auto rule = shipped_rule();
    rule.enabled = false;
    Compression machine(rule, shipped_format());
    for (int i = 0; i < 5; ++i) {
        const auto& outcome = machine.push(row(begin + i * 2s));
        CHECK(outcome.verdict == Verdict::kept);
        CHECK(outcome.final_count == 1);
        CHECK_FALSE(machine.pending());
    }
}

TEST_CASE(
    "what is kept comes from the input, in its order, and tells every value to within twice its tolerance") {
    Random random(11);
    for (int round = 0; round < 50; ++round) {
        std::vector<Row> rows;
        double p = 0, soc = 0.5;
        for (int i = 0; i < 300; ++i) {
            if (random.chance(0.05)) p = std::round(random.uniform(-100, 100)) / 10;
            soc += random.uniform(-0.0003, 0.0003);
            rows.push_back(random.chance(0.02) ? null_row(begin + i * 2s) : row(begin + i * 2s, p, soc));
        }
        const auto numbers = kept(shipped_rule(), rows);
        REQUIRE(std::is_sorted(numbers.begin(), numbers.end()));
        REQUIRE(std::adjacent_find(numbers.begin(), numbers.end()) == numbers.end());
        std::size_t next = 0;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            while (static_cast<std::size_t>(numbers[next]) < i + 1)
                ++next;
            const Row& stands_for = rows[static_cast<std::size_t>(numbers[next]) - 1];
            REQUIRE(rows[i].null == (stands_for.null && stands_for.at == rows[i].at));
            if (rows[i].null) continue;
            REQUIRE(std::abs(rows[i][Column::soc] - stands_for[Column::soc]) <= 0.002 + 1e-6);
            REQUIRE(rows[i][Column::p_setpoint] == stands_for[Column::p_setpoint]);
        }
    }
}

TEST_CASE("a column that the plant does not have is no reason to keep a row") {
    auto format = shipped_format();
    auto rows = every(2s, {0.5, 0.5, 0.5, 0.5});
    for (auto& each : rows)
        for (const auto column : {Column::q_setpoint, Column::q_battery, Column::q_poi})
            each.values[index(column)] = unknown;
    CHECK(kept({}, rows, format) == std::vector{1, 2, 3, 4});
    for (const auto column : {Column::q_setpoint, Column::q_battery, Column::q_poi})
        format.present[index(column)] = false;
    CHECK(kept({}, rows, format) == std::vector{1, 4});
    // What somebody else put there counts.
    rows[2].values[index(Column::q_poi)] = 1;
    CHECK(kept({}, rows, format) == std::vector{1, 2, 3, 4});
}
