// Prices in tables of one's own, and in those of who collects them from the exchanges.
#include "planfile/layouts.hpp"
#include "planfile/value_file.hpp"

#include "planfile/price_reading.hpp"
#include "planfile/workbook_maker.hpp"
#include "schedule/madrid.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

using namespace hil;
using namespace hil::planfile;
using namespace hil::planfile::test;
using namespace hil::schedule;
using namespace hil::schedule::test;
using namespace std::chrono_literals;

TEST_CASE("Energi Data Service, hours until 2025 and quarters since, the newest first") {
    const std::string hours =
        "HourUTC;HourDK;PriceArea;SpotPriceDKK;SpotPriceEUR\n"
        "2025-06-15 01:00;2025-06-15 03:00;DK1;74,610000;10,000000\n"
        "2025-06-15 01:00;2025-06-15 03:00;DK2;74,610000;11,250000\n"
        "2025-06-15 00:00;2025-06-15 02:00;DK1;149,220000;20,000000\n"
        "2025-06-15 00:00;2025-06-15 02:00;DK2;149,220000;21,250000\n";
    const auto file = good(hours, {.auction = "DK2"});
    CHECK(shown(file) == "2025-06-15T02:00:00 60 21.25\n2025-06-15T03:00:00 60 11.25\n");
    CHECK(file.provenance.text() == "Energi Data Service, DK2, day-ahead");
    CHECK(problem(hours).find("auction must name one of them") != std::string::npos);
    CHECK(shown(good("TimeUTC,TimeDK,PriceArea,DayAheadPriceEUR,DayAheadPriceDKK\n"
                     "2026-06-15 00:15:00,2026-06-15 02:15:00,DK1,-1.5,-11.2\n"
                     "2026-06-15 00:00:00,2026-06-15 02:00:00,DK1,80.25,598.7\n")) ==
          "2026-06-15T02:00:00 15 80.25\n2026-06-15T02:15:00 15 -1.5\n");
}

TEST_CASE("Ember has the hours of a country, or of all of them") {
    const std::string text =
        "Country,ISO3 Code,Datetime (UTC),Datetime (Local),Price (EUR/MWhe)\n"
        "Spain,ESP,2026-06-15 00:00:00,2026-06-15 02:00:00,80.5\n"
        "Spain,ESP,2026-06-15 01:00:00,2026-06-15 03:00:00,81\n";
    const auto file = good(text);
    CHECK(shown(file) == "2026-06-15T02:00:00 60 80.5\n2026-06-15T03:00:00 60 81\n");
    CHECK(file.provenance.text() == "Ember, Spain, day-ahead");
    const auto two = text + "Portugal,PRT,2026/6/15 0:00,2026/6/15 1:00,70\n";
    CHECK(problem(two).find("\"Spain\", \"Portugal\": auction must name one of them") != std::string::npos);
    CHECK(shown(good(two, {.auction = "portugal"})) == "2026-06-15T02:00:00 60 70\n");
}

TEST_CASE("what pandas writes, and a table of one's own with semicolons") {
    CHECK(shown(good(",0\n2026-06-15 00:00:00+02:00,80.0\n2026-06-15 01:00:00+02:00,81.0\n")) ==
          "2026-06-15T00:00:00 60 80\n2026-06-15T01:00:00 60 81\n");
    CHECK(shown(good("timestamp;price\n15.06.2026 00:00;80,5\n15.06.2026 01:00;81,0\n")) ==
          "2026-06-15T00:00:00 60 80.5\n2026-06-15T01:00:00 60 81\n");
    CHECK(
        shown(good("sep=;\r\ntimestamp;price;\r\n2026-06-15 0:00;80,5;\r\n2026-06-15 1:00;81;\r\n;;\r\n")) ==
        "2026-06-15T00:00:00 60 80.5\n2026-06-15T01:00:00 60 81\n");
    CHECK(problem("timestamp;price\n05/06/2026 00:00;80,5\n").find("may be 5 Jun 2026 or 6 May 2026") !=
          std::string::npos);
    CHECK(shown(good("timestamp;price\n05/06/2026 00:00;80,5\n", {.day_first = true})) ==
          "2026-06-05T00:00:00 60 80.5\n");
    CHECK(shown(good("timestamp;price\n05/06/2026 00:00;80,5\n", {.day_first = false})) ==
          "2026-05-06T00:00:00 60 80.5\n");
    CHECK(shown(good("timestamp,Preis (ct/kWh)\n2026-06-15,8.5\n")) == "2026-06-15T00:00:00 60 85\n");
    CHECK(shown(good("timestamp,price\n2026-06-15,\"1,234.5\"\n")) == "2026-06-15T00:00:00 60 1234.5\n");
    CHECK(problem("timestamp,price\n2026-06-15,\"1,234\"\n").find("must be a number") != std::string::npos);
    CHECK(problem("timestamp,price\n2026-06-15,\"80,5\"\n").find("(a decimal comma") != std::string::npos);
    CHECK(problem("timestamp\tprice\n2026-06-15\t8\n").find("separated by tabs") != std::string::npos);
}

TEST_CASE("the hour that comes twice may stand twice, and equal rows stand once") {
    const auto file = good(
        "timestamp,price\n2026-10-25T01:00,0\n2026-10-25T02:00,1\n2026-10-25T02:00,2\n2026-10-25T03:00,3\n");
    REQUIRE(file.values.size() == 4);
    CHECK(file.values[2].from == at("2026-10-25T02:00:00+01:00"));
    const auto doubled =
        good("timestamp,price\n2026-06-15T00:00,1\n2026-06-15T00:00,1\n2026-06-15T01:00,2\n");
    CHECK(doubled.values.size() == 2);
    REQUIRE(doubled.notes.size() == 1);
    CHECK(doubled.notes[0] == "1 row stands again with the same value and was read once");
    for (const auto* equal : {"timestamp,price\n2026-06-15T00:00,80\n2026-06-15T00:00,80.0\n",
                              "timestamp;price\n2026-06-15T00:00;80,5\n2026-06-15T00:00;80,50\n"})
        CHECK(good(equal).values.size() == 1);
    CHECK(problem("timestamp,price\n2026-06-15T00:00,1\n2026-06-15T00:00,2\n") ==
          "p.csv:3: timestamp: stands in line 2 too, with \"1\" instead of \"2\"");
    const auto once = good("timestamp,price\n2026-10-25T02:00,1\n2026-10-25T02:30,2\n2026-10-25T03:00,3\n");
    REQUIRE(once.notes.size() == 1);
    CHECK(once.notes[0].find("the hour from 2026-10-25T02:00:00+01:00 to 2026-10-25T03:00:00+01:00") == 0);
}

TEST_CASE("prices in a workbook are read like those in text") {
    const auto date = [](double serial) { return fmt::format("<c s=\"1\"><v>{}</v></c>", serial); };
    const auto of_rows = [](const std::string& rows) {
        return minimal_workbook(xml_row({"timestamp", "price (ct/kWh)"}) + rows);
    };
    const auto number = [](double value) { return fmt::format("<c><v>{}</v></c>", value); };
    CHECK(shown(good(of_rows("<row>" + date(46188) + number(8) + "</row><row>" + date(46188.0104166667) +
                             number(9) + "</row>"))) ==
          "2026-06-15T00:00:00 15 80\n2026-06-15T00:15:00 15 90\n");
    CHECK(problem(of_rows("<row>" + date(46188) + "<c><f>A1</f></c></row>"))
              .find("is a formula without its value") != std::string::npos);
    const auto entsoe = minimal_workbook(
        xml_row({"MTU (UTC)", "Area", "Sequence", "Day-ahead Price (EUR/MWh)"}) +
        xml_row({"15/06/2026 00:00:00 - 15/06/2026 00:15:00", "BZN|ES", "Without Sequence", "80.5"}));
    CHECK(shown(good(entsoe)) == "2026-06-15T02:00:00 15 80.5\n");
    // Serial numbers that no format shows as dates, as they are in a plan.
    CHECK(shown(good(of_rows("<row>" + number(46188) + number(8) + "</row><row>" + number(46188.25) +
                             number(9) + "</row>"))) ==
          "2026-06-15T00:00:00 360 80\n2026-06-15T06:00:00 360 90\n");
    CHECK(problem(of_rows("<row>" + date(46188) + date(46188.5) + "</row>")) ==
          "p.csv:2: price (ct/kWh): must be a number, got a date: 2026-06-15T12:00:00");
    std::string hours;
    for (int i = 1; i <= 24; ++i)
        hours += fmt::format("<row>{}<c><v>{}.0</v></c><c><v>{}</v></c></row>", date(46188), i, i);
    CHECK(
        good(minimal_workbook(xml_row({"Fecha", "Periodo", "Precio marginal en el sistema español"}) + hours))
            .values.size() == 24);
}

TEST_CASE("a price whose cell shows another unit than its header says is refused") {
    const auto with = [](std::string_view label, std::string_view code) {
        auto parts =
            minimal_parts(xml_row({"timestamp", label}) + xml_row({"2026-06-15T00:00", "8"}) +
                          "<row><c t=\"str\"><v>2026-06-15T00:15</v></c><c s=\"1\"><v>9</v></c></row>");
        parts["xl/styles.xml"] = fmt::format(
            R"(<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts><numFmt numFmtId="200" formatCode="{}"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="200"/></cellXfs></styleSheet>)",
            code);
        return archive_of(parts);
    };
    CHECK(problem(with("price", "0.0 &quot;ct/kWh&quot;")) ==
          "p.csv:3: price: must be a number of EUR/MWh, got 9, and its format shows \"ct/kWh\": the header "
          "must "
          "name its unit");
    CHECK(problem(with("price (ct/kWh)", "0.0 &quot;€/MWh&quot;"))
              .find("must be a number of ct/kWh, got 9, and its format shows") != std::string::npos);
    CHECK(problem(with("price", "0.0,")).find("divided by 1000") != std::string::npos);
    CHECK(good(with("price (ct/kWh)", "0.0 &quot;ct/kWh&quot;")).values[1].value == 90);
    CHECK(good(with("price", "0.00 [$€-407]")).values[1].value == 9);
    CHECK(good(with("price (EUR/MWh)", "0.00 &quot;€/MWh&quot;")).values[1].value == 9);
    CHECK(good(with("price", "0.0 &quot;ct/kWh&quot;"), {.scale = 10}).values[1].value == 90);
    CHECK(problem(with("load", "0.0 &quot;MW&quot;"), {.quantity = Quantity::power})
              .find("must be a number of kW, got 9, and its format shows \"MW\"") != std::string::npos);
}

TEST_CASE("a header of no layout is shown with those that are known") {
    CHECK(problem("[{\"timestamp\":\"2026-06-15\"}]") == "p.csv: is JSON: save the table as CSV or XLSX");
    CHECK(problem("timestamp\u00A0,price\n2026-06-15,8\n")
              .find("price\" (U+00A0 is a no-break space: remove it), which is none of those known") !=
          std::string::npos);
    CHECK(problem("Zeitstempel der Lieferung,Preis der Auktion,Gebotszone des Marktes,Bemerkung\n1,2,3,4\n")
              .find("Bemerkung\", which") != std::string::npos);
    const auto text = problem("Zeit;Preis;Bemerkung\n2026-06-15;8;x\n");
    CHECK(text.find("has the header \"Zeit,Preis,Bemerkung\", which is none of those known: ") !=
          std::string::npos);
    for (const auto& layout : layouts()) {
        CAPTURE(layout.name);
        CHECK(text.find(std::string(layout.header)) != std::string::npos);
        CHECK_FALSE(layout.columns.empty());
        if (!layout.zone.empty()) CHECK(Zone::find(layout.zone));
        for (const auto& zone : layout.zones)
            CHECK(Zone::find(zone.zone));
    }
}
