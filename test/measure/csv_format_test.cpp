#include "measure/csv_format.hpp"

#include "base/random.hpp"
#include "measure/site.hpp"

#include <cmath>

using namespace hil;
using namespace hil::measure;
using namespace std::chrono_literals;

namespace {

std::string text(const Row& r, const ColumnFormat& format = shipped_format()) {
    std::string out;
    append_row(out, r, format, madrid());
    return out;
}

}  // namespace

TEST_CASE("the header names the time and the eight columns in their order") {
    CHECK(
        csv_header() ==
        "timestamp,p_setpoint_kw,battery_active_power_kw,q_setpoint_kvar,battery_reactive_power_kvar,soc_pu,"
        "p_poi_kw,q_poi_kvar,v_poi_kV\n");
}

TEST_CASE("values are printed to the count of their point, without the noise of binary fractions [D-22]",
          "[D-22]") {
    Row r = row(at("2025-10-01T00:00:02+02:00"));
    r.values = {100, 3 * 0.1, -0.04, -50.04, 0.49881, 0.2, 1e6, 20};
    CHECK(text(r) == "2025-10-01T00:00:02+02:00,100.0,0.3,0.0,-50.0,0.4988,0.2,1000000.0,20.0\n");
}

TEST_CASE("a null row is its time and eight empty fields, a value not known is one empty field") {
    CHECK(text(null_row(at("2025-12-01T12:00:00+01:00"))) == "2025-12-01T12:00:00+01:00,,,,,,,,\n");
    Row r = row(at("2025-12-01T12:00:00+01:00"), 1);
    r.values[index(Column::soc)] = unknown;
    CHECK(text(r) == "2025-12-01T12:00:00+01:00,1.0,1.0,0.0,0.0,,1.0,0.0,20.0\n");
    const auto read = CsvLayout{}.parse("2025-12-01T12:00:00+01:00,1.0,1.0,0.0,0.0,,1.0,0.0,20.0", madrid());
    REQUIRE(read);
    CHECK_FALSE(read->null);
    CHECK(std::isnan((*read)[Column::soc]));
}

TEST_CASE("a fraction of a second is printed with six digits and only where there is one") {
    CHECK(text(null_row(at("2025-10-01T00:00:02.5"))) == "2025-10-01T00:00:02.500000+02:00,,,,,,,,\n");
}

TEST_CASE("a float is printed as its shortest text that reads back as that float") {
    ColumnFormat floats;
    Row r = row(at("2025-10-01T00:00:00"));
    r.values = {0.1F, 16777216.0F, 1e-9F, -12.5F, 0.4988F, 100.0F, 0, 20};
    CHECK(text(r, floats) == "2025-10-01T00:00:00+02:00,0.1,16777216.0,1e-09,-12.5,0.4988,100.0,0.0,20.0\n");
    Random random(3);
    for (int i = 0; i < 2000; ++i) {
        for (auto& value : r.values)
            value = static_cast<float>(random.normal() * std::pow(10.0, random.uniform(-6, 6)));
        auto line = text(r, floats);
        line.pop_back();
        const auto read = CsvLayout{}.parse(line, madrid());
        REQUIRE(read);
        for (std::size_t c = 0; c < column_count; ++c)
            REQUIRE(static_cast<float>(read->values[c]) == static_cast<float>(r.values[c]));
    }
}

TEST_CASE("every count of a point reads back as it was written [D-22]", "[D-22]") {
    Random random(5);
    for (int i = 0; i < 2000; ++i) {
        Row r = row(at("2025-10-01T00:00:00") + i * 2s);
        for (std::size_t c = 0; c < column_count; ++c) {
            const double counts = std::floor(random.uniform(-32768, 32768));
            r.values[c] = counts / std::round(1 / shipped_format().count[c]);
        }
        auto line = text(r);
        line.pop_back();
        const auto read = CsvLayout{}.parse(line, madrid());
        REQUIRE(read);
        REQUIRE(read->at == r.at);
        REQUIRE(read->values == r.values);
    }
}

TEST_CASE("lines that are not rows are refused") {
    const CsvLayout layout;
    const auto refused = [&](std::string_view line) { return !layout.parse(line, madrid()); };
    CHECK(refused(""));
    CHECK(refused("2025-10-01T00:00:00+02:00,1.0,1.0"));
    CHECK(refused("2025-10-01T00:00:00+02:00,1.0,1.0,0.0,0.0,0.5,1.0,0.0,x"));
    CHECK(refused("2025-10-01T00:00:00+02:00,1.0,1.0,0.0,0.0,0.5,1.0,0.0,inf"));
    CHECK(refused("yesterday,1.0,1.0,0.0,0.0,0.5,1.0,0.0,20.0"));
    CHECK(layout.parse("2025-10-01T00:00:00+02:00,1.0,1.0,0.0,0.0,0.5,1.0,0.0,20.0,7", madrid()).error() ==
          errc::too_many_fields);
    CHECK(layout.parse(" 2025-10-01T00:00:00+02:00, 1, +1,0,0,.5,1e0,0,20\r", madrid()));
}

TEST_CASE("columns of other makers' files may come in another order, be more or be missing") {
    const auto layout = CsvLayout::from_header("\xEF\xBB\xBFSOC_PU,note,Timestamp,v_poi_kv\r");
    REQUIRE(layout);
    const auto read = layout->parse("0.25,fine,2025-10-01T00:00:00+02:00,0.22", madrid());
    REQUIRE(read);
    CHECK(read->at == at("2025-10-01T00:00:00"));
    CHECK((*read)[Column::soc] == 0.25);
    CHECK((*read)[Column::v_poi] == 0.22);
    CHECK(std::isnan((*read)[Column::p_poi]));
    CHECK(CsvLayout::from_header("a,b,c").error() == errc::not_a_header);
}

TEST_CASE("a file is read in order of time and a measured row of an instant wins over a null one") {
    const std::string r = ",1.0,1.0,0.0,0.0,0.5,1.0,0.0,20.0\n", n = ",,,,,,,,\n";
    const auto parsed =
        parse_file(std::string(csv_header()) + "2025-10-01T00:00:04+02:00" + n + "2025-10-01T00:00:04+02:00" +
                       r + "garbage\n\n" + "2025-10-01T00:00:00+02:00" + r + "2025-10-01T00:00:00+02:00" + n +
                       "2025-10-01T00:00:06+02:00" + r + "2025-10-01T00:00:08+02:00,1.0,1",
                   madrid());
    REQUIRE(parsed);
    CHECK(outline(parsed->rows, at("2025-10-01T00:00:00")) == "0 4 6");
    CHECK(parsed->bad_lines == 2);
    CHECK(parse_file("", madrid())->rows.empty());
    CHECK(parse_file("a,b\n", madrid()).error() == errc::not_a_header);
}

TEST_CASE("a last line without its end is not read: it may be the begin of another number") {
    const auto parsed = parse_file(
        std::string(csv_header()) + "2025-10-01T00:00:00+02:00,1.0,1.0,0.0,0.0,0.5,1.0,0.0,20.0", madrid());
    REQUIRE(parsed);
    CHECK(parsed->rows.empty());
    CHECK(parsed->bad_lines == 1);
}
