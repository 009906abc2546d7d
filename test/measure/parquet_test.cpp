// What can be said of the bytes without a reader; readers of other people read whole files in test/e2e.
#include "measure/export.hpp"
#include "measure/history_story.hpp"
#include "measure/parquet_encoder.hpp"
#include "measure/site.hpp"

#include <bit>
#include <cstring>

using namespace hil;
using namespace hil::measure;

namespace {

const WallTime noon = at("2025-10-01T12:00:00");

template <class Value>
Value value_at(const std::string& bytes, std::size_t offset) {
    Value out;
    REQUIRE(offset + sizeof out <= bytes.size());
    std::memcpy(&out, bytes.data() + offset, sizeof out);
    return out;
}

// What follows the header of the first page of a column: found by the values themselves.
std::size_t count_of(const std::string& bytes, const std::string& part) {
    std::size_t found = 0;
    for (auto at = bytes.find(part); at != std::string::npos; at = bytes.find(part, at + 1))
        ++found;
    return found;
}

std::string plain(double value) {
    std::string out(8, '\0');
    std::memcpy(out.data(), &value, 8);
    return out;
}

}  // namespace

TEST_CASE("a Parquet file begins and ends as one, and its footer is where it says") {
    ParquetEncoder encoder("lib", "local");
    auto file = encoder.begin();
    CHECK(file == "PAR1");
    file += encoder.row_group(std::vector<Row>{row(noon, 12.5, 0.5)});
    const auto before = file.size();
    file += encoder.end();
    CHECK(file.ends_with("PAR1"));
    const auto footer = value_at<std::uint32_t>(file, file.size() - 8);
    CHECK(before + footer + 8 == file.size());
    CHECK(count_of(file.substr(before), "p_setpoint_kw") == 2);  // in the schema and in the row group
    CHECK(count_of(file.substr(before), "hil-scheduler") == 1);
    CHECK(count_of(file.substr(before), "transport") == 1);
}

TEST_CASE("a page header has the bytes of Thrift's compact protocol") {
    // Fields 1 to 3 as zigzag varints, field 5 a structure of four, each ended by a zero.
    const std::string expected{"\x15\x00\x15\xD0\x01\x15\xD0\x01\x2C\x15\x1A\x15\x00\x15\x06\x15\x06\x00\x00",
                               19};
    CHECK(parquet::page_header(13, 104) == expected);
}

TEST_CASE("instants are microseconds of UTC, values are as they are, and what is unknown takes no room") {
    ParquetEncoder encoder("lib", "local");
    (void)encoder.begin();
    auto partly = row(noon + 1s, -0.3, 0.25);
    partly.values[index(Column::soc)] = unknown;
    const auto group =
        encoder.row_group(std::vector<Row>{row(noon, 12.5, 0.75), partly, null_row(noon + 2s)});
    const auto micros =
        std::chrono::duration_cast<std::chrono::microseconds>(noon.time_since_epoch()).count();
    const auto first = group.find(std::string(reinterpret_cast<const char*>(&micros), 8));
    REQUIRE(first != std::string::npos);
    CHECK(value_at<std::int64_t>(group, first + 8) == micros + 1'000'000);
    CHECK(value_at<std::int64_t>(group, first + 16) == micros + 2'000'000);
    CHECK(count_of(group, plain(12.5)) == 3);  // setpoint, battery, at the grid
    CHECK(count_of(group, plain(0.75)) == 1);
    CHECK(count_of(group, plain(0.25)) == 0);
    // Levels of two known values and one that is not; and of the state of charge, known once.
    CHECK(count_of(group, std::string("\x04\x00\x00\x00\x04\x01\x02\x00", 8)) == 7);
    CHECK(count_of(group, std::string("\x04\x00\x00\x00\x02\x01\x04\x00", 8)) == 1);
}

TEST_CASE("each day of the zone is a row group, on the days of 23 and 25 hours, too") {
    for (const auto* day : {"2025-03-29T00:00:00", "2025-10-25T00:00:00"}) {
        std::vector<Row> rows;
        for (int minute = 0; minute < 3 * 1440; minute += 10)
            rows.push_back(row(at(day) + minute * 1min, minute % 50));
        HistoryTables tables{std::make_shared<store::Database>("", history_migrations())};
        tables.store("lib", config::TransportMode::local, rows);
        std::vector<std::size_t> pieces;
        std::string file;
        const ExportRequest request{.plant = "lib",
                                    .transport = config::TransportMode::local,
                                    .range = {at(day) + 5h, at(day) + 71h},
                                    .points = {}};
        const auto count = export_parquet(tables, request, madrid(), [&](std::string_view piece) {
            pieces.push_back(piece.size());
            file += piece;
            return true;
        });
        CHECK(count == 66u * 6);
        CHECK(pieces.size() == 2 + 3);
        const auto rows_in = [](std::size_t bytes) { return bytes / 72; };  // nine columns of eight bytes
        CHECK(rows_in(pieces[1]) / 6 == 19);
        CHECK(rows_in(pieces[2]) / 6 == (std::string(day).starts_with("2025-03") ? 23 : 25));
        CHECK(file.ends_with("PAR1"));
    }
}

TEST_CASE("a Parquet file of nothing is one, and who refuses its bytes ends it") {
    HistoryTables tables{std::make_shared<store::Database>("", history_migrations())};
    const ExportRequest request{
        .plant = "lib", .transport = config::TransportMode::local, .range = {noon, noon + 1h}, .points = {}};
    std::string file;
    const auto take = [&](std::string_view piece) {
        file += piece;
        return true;
    };
    CHECK(export_parquet(tables, request, madrid(), take) == 0u);
    CHECK(file.starts_with("PAR1"));
    CHECK(file.ends_with("PAR1"));
    tables.store("lib", config::TransportMode::local, std::vector<Row>{row(noon, 1)});
    for (int taken = 0; taken < 3; ++taken) {
        int left = taken;
        CHECK_FALSE(export_parquet(tables, request, madrid(), [&](std::string_view) { return left-- > 0; }));
    }
}
