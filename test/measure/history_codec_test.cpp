#include "measure/history_codec.hpp"
#include "measure/history_story.hpp"
#include "measure/site.hpp"

#include <limits>

using namespace hil;
using namespace hil::measure;

namespace {

std::vector<Row> through(const std::vector<Row>& rows) {
    std::vector<Row> back;
    REQUIRE(decode_rows(encode_rows(rows), back));
    return back;
}

}  // namespace

TEST_CASE("rows come back from history with exactly the values they had") {
    const auto begin = at("2025-10-01T10:00:00");
    CHECK(through({}).empty());
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        INFO("seed " << seed);
        const auto rows = history_story(seed, seed, begin);
        CHECK(same(through(rows), rows));
    }
    const std::vector<Row> odd{
        null_row(begin),
        {.at = begin + 1ns,
         .values = {1e300, -1e-300, 0.1 + 0.2, 1.0 / 3, unknown, 2e15, 0, -0.5},
         .null = false},
        {.at = begin + 400 * 24h,
         .values = {std::numeric_limits<double>::max(), 5e-324, 0.3, 2.0 / 3, 1, -2e15, 65535, 0.000001},
         .null = false},
        null_row(begin + 401 * 24h)};
    CHECK(same(through(odd), odd));
    CHECK(same(through({null_row(begin), null_row(begin + 1h)}), {null_row(begin), null_row(begin + 1h)}));
}

TEST_CASE("what does not change costs nothing, and counts cost their own width") {
    const auto begin = at("2025-10-01T10:00:00");
    std::vector<Row> rows;
    for (int i = 0; i < 1800; ++i)
        rows.push_back(row(begin + i * 2s, (i % 200) / 10.0, 0.5));
    // Time two bytes; three columns of p one byte each; everything else is constant.
    CHECK(encode_rows(rows).size() < 1800 * 5 + 200);
}

TEST_CASE("bytes that are no rows are refused, cut and changed ones included, and nothing is appended") {
    const auto bytes = encode_rows(history_story(7, 100, at("2025-10-01T10:00:00")));
    std::vector<Row> out;
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        CHECK_FALSE(decode_rows(std::span(bytes).first(length), out));
        CHECK(out.empty());
    }
    Random random(1);
    for (int i = 0; i < 2000; ++i) {
        auto changed = bytes;
        changed[random.below(changed.size())] = static_cast<std::byte>(random.below(256));
        out.clear();
        if (!decode_rows(changed, out)) CHECK(out.empty());
    }
}
