// Prices in the layouts in which exchanges and platforms publish them; the numbers are our own.
#include "planfile/layouts.hpp"
#include "planfile/value_file.hpp"

#include "planfile/price_reading.hpp"
#include "schedule/madrid.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

using namespace hil;
using namespace hil::planfile;
using namespace hil::planfile::test;
using namespace hil::schedule;
using namespace hil::schedule::test;
using namespace std::chrono_literals;

namespace {

const std::string entsoe_now =
    "\"MTU (CET/CEST)\",\"Area\",\"Sequence\",\"Day-ahead Price (EUR/MWh)\",\"Intraday Period (CET/CEST)\","
    "\"Intraday Price (EUR/MWh)\"\n";

}  // namespace

TEST_CASE("ENTSO-E's present export has seconds, an area and a sequence") {
    const auto file = good(
        entsoe_now +
        "\"15/06/2026 00:00:00 - 15/06/2026 00:15:00\",\"BZN|ES\",\"Without Sequence\",\"80.5\",\"\",\"\"\n"
        "\"15/06/2026 00:15:00 - 15/06/2026 00:30:00\",\"BZN|ES\",\"Without Sequence\",\"-3\",\"\",\"\"\n");
    CHECK(shown(file) == "2026-06-15T00:00:00 15 80.5\n2026-06-15T00:15:00 15 -3\n");
    CHECK(file.provenance.text() == "ENTSO-E, BZN|ES, Day-ahead");
    CHECK(file.provenance.zone == "Europe/Madrid");
    CHECK(file.provenance.unit == "EUR/MWh");
}

TEST_CASE("the zone of ENTSO-E's times is what its header says") {
    const auto with = [](std::string_view zone) {
        return fmt::format(
            "\"MTU ({})\",\"Day-ahead Price [EUR/MWh]\",\"Currency\",\"BZN|ES\"\n"
            "\"15.06.2026 18:00 - 15.06.2026 19:00\",\"300.00\",\"EUR\"\n",
            zone);
    };
    CHECK(shown(good(with("UTC"))) == "2026-06-15T20:00:00 60 300\n");
    CHECK(shown(good(with("CET/CEST"))) == "2026-06-15T18:00:00 60 300\n");
    CHECK(shown(good(with("EET/EEST"))) == "2026-06-15T17:00:00 60 300\n");
    CHECK(shown(good(with("WET/WEST"))) == "2026-06-15T19:00:00 60 300\n");
    CHECK(problem(with("CET")) ==
          "p.csv:1: MTU (CET): must name the zone of its times in brackets, one of UTC, CET/CEST, EET/EEST, "
          "WET/WEST");
    CHECK(problem("MTU,price\n\"15.06.2026 18:00 - 15.06.2026 19:00\",3\n").find("must name the zone") !=
          std::string::npos);
    CHECK(good(with("UTC")).provenance.area == "BZN|ES");
    CHECK(shown(good(with("cet/cest"))) == "2026-06-15T18:00:00 60 300\n");
}

TEST_CASE("hours and quarters stand in one file of ENTSO-E, each with its own end") {
    const auto file = good(
        "\"MTU (CET/CEST)\",\"Day-ahead Price [EUR/MWh]\",\"Currency\",\"BZN|ES\"\n"
        "\"30.09.2025 22:00 - 30.09.2025 23:00\",\"1\",\"EUR\"\n"
        "\"30.09.2025 23:00 - 01.10.2025 00:00\",\"2\",\"EUR\"\n"
        "\"01.10.2025 00:00 - 01.10.2025 00:15\",\"3\",\"EUR\"\n"
        "\"01.10.2025 00:15 - 01.10.2025 00:30\",\"4\",\"EUR\"\n");
    CHECK(shown(file) ==
          "2025-09-30T22:00:00 60 1\n2025-09-30T23:00:00 60 2\n2025-10-01T00:00:00 15 3\n2025-10-01T00:15:00 "
          "15 4\n");
}

TEST_CASE("the clock going back and forward in ENTSO-E's rows") {
    const auto row = [](std::string_view a, std::string_view b, std::string_view price) {
        return fmt::format("\"{}:00 - {}:00\",\"BZN|ES\",\"Without Sequence\",\"{}\",\"\",\"\"\n", a, b,
                           price);
    };
    const auto autumn = good(
        entsoe_now + row("25/10/2026 01:45", "25/10/2026 02:00", "0") +
        row("25/10/2026 02:00", "25/10/2026 02:15", "1") + row("25/10/2026 02:15", "25/10/2026 02:30", "2") +
        row("25/10/2026 02:30", "25/10/2026 02:45", "3") +
        row("25/10/2026 02:45", "25/10/2026 02:00", "4") +  // as the clock shows it
        row("25/10/2026 02:00", "25/10/2026 02:15", "5") + row("25/10/2026 02:15", "25/10/2026 02:30", "6") +
        row("25/10/2026 02:30", "25/10/2026 02:45", "7") + row("25/10/2026 02:45", "25/10/2026 03:00", "8") +
        row("25/10/2026 03:00", "25/10/2026 03:15", "9"));
    REQUIRE(autumn.values.size() == 10);
    for (std::size_t i = 0; i < 10; ++i) {
        CHECK(autumn.values[i].from == at("2026-10-25T01:45") + 15min * static_cast<int>(i));
        CHECK(autumn.values[i].to - autumn.values[i].from == 15min);
        CHECK(autumn.values[i].value == static_cast<double>(i));
    }
    const auto spring = good(entsoe_now + row("29/03/2026 01:45", "29/03/2026 03:00", "1") +
                             row("29/03/2026 02:00", "29/03/2026 02:15", "") +
                             row("29/03/2026 02:45", "29/03/2026 03:00", "n/e") +
                             row("29/03/2026 03:00", "29/03/2026 03:15", "2"));
    CHECK(shown(spring) == "2026-03-29T01:45:00 15 1\n2026-03-29T03:00:00 15 2\n");
    CHECK(problem(entsoe_now + row("29/03/2026 02:00", "29/03/2026 02:15", "7"))
              .find("has a value for a local time that does not exist in Europe/Madrid") !=
          std::string::npos);
    // An end before its begin is one only where the clock is put back.
    for (const auto& [begin, end] : {std::pair{"15/06/2026 04:00", "15/06/2026 04:00"},
                                     std::pair{"15/06/2026 04:30", "15/06/2026 04:00"},
                                     std::pair{"25/10/2026 03:15", "25/10/2026 02:00"},
                                     std::pair{"15/06/2026 04:00", "14/06/2026 05:00"},
                                     std::pair{"29/03/2026 03:00", "29/03/2026 02:15"}}) {
        CAPTURE(begin, end);
        CHECK(problem(entsoe_now + row(begin, end, "7")) ==
              "p.csv:2: MTU (CET/CEST): must end after it begins");
    }
    // With the month first the last hour of a day would last until another month.
    CHECK(problem(entsoe_now + row("07/06/2026 22:00", "07/06/2026 23:00", "1") +
                  row("07/06/2026 23:00", "07/07/2026 00:00", "2")) ==
          "p.csv:3: MTU (CET/CEST): lasts 29 days, others 60 minutes: are days and months exchanged?");
    CHECK(shown(good(entsoe_now + row("25/10/2026 02:00", "25/10/2026 02:00", "1") +
                     row("25/10/2026 02:00", "25/10/2026 03:00", "2"))) ==
          "2026-10-25T02:00:00 60 1\n2026-10-25T02:00:00 60 2\n");
    // Names of zones behind the times change nothing: the header alone decides.
    CHECK(shown(good(entsoe_now + "\"15/06/2026 00:00:00 (CEST) - 15/06/2026 00:15:00 "
                                  "(CEST)\",\"BZN|ES\",\"\",\"8\",\"\",\"\"\n")) ==
          "2026-06-15T00:00:00 15 8\n");
}

TEST_CASE("what ENTSO-E has not published is a gap only where it is asked for") {
    const auto file = good(
        entsoe_now +
        "\"15/06/2026 00:00:00 - 15/06/2026 12:00:00\",\"BZN|ES\",\"Without Sequence\",\"80\",\"\",\"\"\n"
        "\"15/06/2026 12:00:00 - 16/06/2026 00:00:00\",\"BZN|ES\",\"Without Sequence\",\"81\",\"\",\"\"\n"
        "\"16/06/2026 00:00:00 - 16/06/2026 00:15:00\",\"BZN|ES\",\"Without Sequence\",\"n/e\",\"\",\"\"\n");
    CHECK(file.values.size() == 2);
    for (const auto* word : {"N/E", " n/e ", "N/A", "nan"}) {
        CAPTURE(word);
        const auto other = good(
            fmt::format("{}\"15/06/2026 00:00:00 - 15/06/2026 00:15:00\",\"BZN|ES\",\"\",\"80\",\"\",\"\"\n"
                        "\"15/06/2026 00:15:00 - 15/06/2026 00:30:00\",\"BZN|ES\",\"\",\"{}\",\"\",\"\"\n",
                        entsoe_now, word));
        CHECK(other.values.size() == 1);
        CHECK(other.missing.size() == 1);
    }
    CHECK(file.gaps(at("2026-06-15T00:00"), at("2026-06-16T00:00"), madrid()).empty());
    const auto gaps = file.gaps(at("2026-06-15T12:00"), at("2026-06-16T00:30"), madrid());
    REQUIRE(gaps.size() == 1);
    CHECK(gaps[0] ==
          "p.csv: has a gap: no value from 2026-06-16T00:00:00+02:00 to 2026-06-16T00:30:00+02:00 (line 4 "
          "has \"n/e\")");
    const auto elsewhere = file.gaps(at("2026-07-01T00:00"), at("2026-07-02T00:00"), madrid());
    REQUIRE(elsewhere.size() == 1);
    CHECK(elsewhere[0] ==
          "p.csv: has no value from 2026-07-01T00:00:00+02:00 to 2026-07-02T00:00:00+02:00: it begins at "
          "2026-06-15T00:00:00+02:00 and ends at 2026-06-16T00:00:00+02:00");
}

TEST_CASE("of two auctions in one file one is asked for by its name") {
    const auto row = [](int sequence, std::string_view area, int price) {
        return fmt::format(
            "\"15/06/2026 00:00:00 - 15/06/2026 01:00:00\",\"BZN|{}\",\"Sequence Sequence "
            "{}\",\"{}\",\"\",\"\"\n",
            area, sequence, price);
    };
    const auto text = entsoe_now + row(1, "DE-LU", 80) + row(2, "DE-LU", 90);
    CHECK(problem(text) ==
          "p.csv:1: has the prices of \"BZN|DE-LU, Day-ahead, Sequence 1 (SDAC)\", \"BZN|DE-LU, Day-ahead, "
          "Sequence 2 "
          "(EXAA)\": auction must name one of them");
    for (const auto* name : {"Sequence 2", "sequence  2", "Sequence Sequence 2", "EXAA", "2"}) {
        CAPTURE(name);
        const auto file = good(text, {.auction = name});
        CHECK(shown(file) == "2026-06-15T00:00:00 60 90\n");
        CHECK(file.provenance.text() == "ENTSO-E, BZN|DE-LU, Day-ahead, Sequence 2 (EXAA)");
    }
    CHECK(shown(good(text, {.auction = "SDAC"})) == "2026-06-15T00:00:00 60 80\n");
    CHECK(problem(text, {.auction = "Sequence 3"}).find("has no auction, sequence or area \"Sequence 3\"") !=
          std::string::npos);
    const auto areas = entsoe_now + row(1, "ES", 80) + row(1, "PT", 81);
    CHECK(shown(good(areas, {.auction = "BZN|PT"})) == "2026-06-15T00:00:00 60 81\n");
    CHECK(shown(good(areas, {.auction = "PT"})) == "2026-06-15T00:00:00 60 81\n");
    CHECK(problem(areas).find("auction must name one of them") != std::string::npos);
}

TEST_CASE("ENTSO-E's intraday prices have a column and times of their own") {
    const auto text = entsoe_now +
                      "\"15/06/2026 00:00:00 - 15/06/2026 01:00:00\",\"BZN|ES\",\"Without "
                      "Sequence\",\"80\",\"15/06/2026 00:00:00 - "
                      "15/06/2026 00:30:00\",\"70\"\n"
                      "\"15/06/2026 01:00:00 - 15/06/2026 02:00:00\",\"BZN|ES\",\"Without "
                      "Sequence\",\"81\",\"15/06/2026 00:30:00 - "
                      "15/06/2026 01:00:00\",\"71\"\n";
    CHECK(problem(text).find("auction must name one of them") != std::string::npos);
    CHECK(shown(good(text, {.auction = "day-ahead"})) ==
          "2026-06-15T00:00:00 60 80\n2026-06-15T01:00:00 60 81\n");
    const auto intraday = good(text, {.auction = "Intraday"});
    CHECK(shown(intraday) == "2026-06-15T00:00:00 30 70\n2026-06-15T00:30:00 30 71\n");
    CHECK(intraday.provenance.auction == "Intraday");
    auto of_two_zones = text;
    of_two_zones.replace(of_two_zones.find("Intraday Period (CET/CEST)"), 26, "Intraday Period (UTC)");
    CHECK(problem(of_two_zones, {.auction = "Intraday"}) ==
          "p.csv:1: Intraday Period (UTC): must name the zone that MTU (CET/CEST) names");
    CHECK(good(of_two_zones, {.auction = "day-ahead"}).values.size() == 2);
}

TEST_CASE("OMIE's daily file for programs numbers the quarters of a day") {
    for (const auto& [date, quarters] :
         {std::pair{"2026;06;15", 96}, std::pair{"2026;03;29", 92}, std::pair{"2026;10;25", 100},
          std::pair{"2024;06;15", 24}, std::pair{"2020;03;29", 23}}) {
        CAPTURE(date);
        std::string text = "MARGINALPDBC;\r\n";
        for (int i = 1; i <= quarters; ++i)
            text += fmt::format("{};{};{}.50;{}.25;\r\n", date, i, i + 100, i);
        const auto file = good(text + "*\r\n");
        REQUIRE(file.values.size() == static_cast<std::size_t>(quarters));
        CHECK(file.values[0].value == 1.25);  // Spain's
        CHECK(good(text + "*\r\n", {.column = "Portugal"}).values[0].value == 101.5);
        const auto day = file.values.back().to - file.values.front().from;
        CHECK(day == (quarters > 25 ? 15min : Duration(1h)) * quarters);
        CHECK(file.provenance.text() == "OMIE marginalpdbc, Spain, day-ahead");
    }
    CHECK(problem("MARGINALPDBC;\n2026;06;15;1;80.0;80.0;\n*\n") ==
          "p.csv:2: must have 24 hours or 96 quarters on 2026-06-15, got 1");
}

TEST_CASE("OMIE's daily files may stand one behind the other") {
    const auto day = [](std::string_view date) {
        std::string out = "MARGINALPDBC;\n";
        for (int i = 1; i <= 24; ++i)
            out += fmt::format("{};{};1;{};\n", date, i, i);
        return out + "*\n";
    };
    CHECK(good(day("2024;06;15") + day("2024;06;16")).values.size() == 48);
    CHECK(good(day("2024;06;16") + day("2024;06;15")).values.front().from == at("2024-06-15T00:00"));
    CHECK(problem("MARGINALPDBC;\n*\n").find("has no values") != std::string::npos);
}

TEST_CASE("OMIE's accumulated file and its day for people, saved on Windows or not") {
    std::string rows, wide = "Precio marginal en el sistema espa\xF1ol (Cent/kWh);", numbers = ";";
    for (int i = 1; i <= 24; ++i) {
        rows += fmt::format("15/06/2026;{};{},1;{},2;\r\n", i, i, i + 1);
        wide += fmt::format("  {},000;", i);
        numbers += fmt::format("{};", i);
    }
    const auto file = good(
        "OMIE - Mercado de electricidad;Fecha Emisi\xF3n :14/06/2026 - 13:45;;Precio del mercado "
        "diario;;;;\r\n\r\n"
        "Fecha;Periodo;Precio marginal en el sistema espa\xF1ol (EUR/MWh);Precio marginal en el sistema "
        "portugu\xE9s "
        "(EUR/MWh);\r\n" +
        rows);
    REQUIRE(file.values.size() == 24);
    CHECK(file.values[2].value == 3.1);
    CHECK(file.values[2].from == at("2026-06-15T02:00"));
    const auto title =
        "OMIE - Mercado de electricidad;Fecha Emisi\xF3n :14/06/2026 - 13:51;;15/06/2026;Precio;;;;\r\n\r\n";
    const auto cents = good(title + numbers + "\r\n" + wide + "\r\n");
    REQUIRE(cents.values.size() == 24);
    CHECK(cents.values[7].value == 80);  // 8 cent a kilowatt-hour are 80 euro a megawatt-hour
    CHECK(cents.provenance.unit == "Cent/kWh");
    REQUIRE(cents.notes.size() == 2);
    CHECK(cents.notes[0] == "cells are separated by semicolons, numbers have a decimal comma");
    CHECK(cents.notes[1] == "values are in Cent/kWh and were multiplied by 10");
    CHECK(problem(title + numbers + "\r\n" + wide + "\r\n", {.scale = 10}).find("would convert it twice") !=
          std::string::npos);
}

TEST_CASE("energy-charts with its row of units, and older with the winter's clock all year") {
    const auto now = good(
        "Date (GMT+2),Day Ahead Auction (DE-LU)\n,\"Price (EUR/MWh, EUR/tCO2)\"\n"
        "2026-06-15T00:00+02:00,80.0\n2026-06-15T00:15+02:00,81.0\n");
    CHECK(shown(now) == "2026-06-15T00:00:00 15 80\n2026-06-15T00:15:00 15 81\n");
    CHECK(now.provenance.column == "Day Ahead Auction (DE-LU)");
    CHECK(now.provenance.unit == "EUR/MWh");
    const std::string several =
        "Date (GMT+2),Load,Day Ahead Auction (DE-LU)\n,Power (MW),\"Price (EUR/MWh, EUR/tCO2)\"\n"
        "2026-06-15T00:00+02:00,50.5,80.0\n";
    CHECK(shown(good(several, {.column = "Day Ahead Auction (DE-LU)"})) == "2026-06-15T00:00:00 60 80\n");
    CHECK(shown(good(several, {.column = "Load"})) == "2026-06-15T00:00:00 60 50500\n");

    const std::string head =
        "Date,Intraday Auction 15 minute call,Intraday Continuous 15 minutes ID3-Price\n";
    const ValueChoice call{.column = "Intraday Auction 15 minute call"};
    const auto summer = good(head + "05/06/2021 00:00,1,9\n05/06/2021 00:15,2,9\n", call);
    CHECK(shown(summer) == "2021-06-05T00:00:00 15 1\n2021-06-05T00:15:00 15 2\n");
    REQUIRE(summer.notes.size() == 1);
    CHECK(summer.notes[0].find("whole year") != std::string::npos);
    const auto year = good(head + "28/03/2021 01:45,1,9\n28/03/2021 02:00,2,9\n28/03/2021 02:15,3,9\n", call);
    CHECK(shown(year) == "2021-03-28T01:45:00 15 1\n2021-03-28T03:00:00 15 2\n2021-03-28T03:15:00 15 3\n");
    CHECK(year.notes[0].find("UTC+1 all year") != std::string::npos);
    const auto autumn = good(
        head + "31/10/2021 01:45,1,9\n31/10/2021 02:00,2,9\n31/10/2021 02:15,3,9\n31/10/2021 02:30,4,9\n",
        call);
    CHECK(autumn.values[1].from == at("2021-10-31T02:00:00+01:00"));
    CHECK(problem(head + "05/06/2021 00:00,1,9\n").find("column must name one of them") != std::string::npos);
}

TEST_CASE("Nord Pool, SMARD and ESIOS") {
    CHECK(shown(good("Delivery Start (CET);Delivery End (CET);SE3 Price (EUR)\n"
                     "15.06.2026 00:00:00;15.06.2026 00:15:00;80,5\n15.06.2026 00:15:00;15.06.2026 "
                     "00:30:00;1.080,0\n")) == "2026-06-15T00:00:00 15 80.5\n2026-06-15T00:15:00 15 1080\n");
    const auto smard = good(
        "\xEF\xBB\xBF"
        "Datum von;Datum bis;Deutschland/Luxemburg [€/MWh] Originalauflösungen\n"
        "15.06.2026 00:00;15.06.2026 00:15;80,0\n15.06.2026 00:15;15.06.2026 00:30;-\n"
        "15.06.2026 00:30;15.06.2026 00:45;-1,5\n");
    CHECK(shown(smard) == "2026-06-15T00:00:00 15 80\n2026-06-15T00:30:00 15 -1.5\n");
    CHECK(smard.missing.size() == 1);
    CHECK(shown(good("Start date;End date;Germany/Luxembourg [€/MWh] Original resolutions\n"
                     "Jun 15, 2026 12:00 AM;Jun 15, 2026 12:15 AM;80.25\n")) ==
          "2026-06-15T00:00:00 15 80.25\n");
    CHECK(shown(good("Datum;Anfang;Ende;Deutschland/Luxemburg "
                     "[€/MWh]\n15.06.2020;13:00;14:00;8,5\n15.06.2020;14:00;15:00;9,5\n")) ==
          "2020-06-15T13:00:00 60 8.5\n2020-06-15T14:00:00 60 9.5\n");
    const std::string esios =
        "id;name;geoid;geoname;value;datetime\n"
        "600;Precio mercado SPOT Diario;3;España;80.0;2026-06-15T00:00:00+02:00\n";
    const auto spain =
        good(esios + "600;Precio mercado SPOT Diario;3;España;81.0;2026-06-15T01:00:00+02:00\n");
    CHECK(shown(spain) == "2026-06-15T00:00:00 60 80\n2026-06-15T01:00:00 60 81\n");
    CHECK(spain.provenance.text() == "ESIOS, España, Precio mercado SPOT Diario");
    const auto two = esios + "600;Precio mercado SPOT Diario;1;Portugal;70.0;2026-06-15T00:00:00+02:00\n";
    CHECK(problem(two).find("auction must name one of them") != std::string::npos);
    CHECK(shown(good(two, {.auction = "Portugal"})) == "2026-06-15T00:00:00 60 70\n");
}

TEST_CASE("EPEX has a row for each day, the hour that comes twice in columns A and B") {
    std::string header = "Delivery day";
    for (int hour = 1; hour <= 24; ++hour)
        header += hour == 3 ? ",Hour 3A,Hour 3B" : fmt::format(",Hour {}", hour);
    const auto day = [](std::string_view date, bool third, bool twice) {
        std::string row(date);
        for (int hour = 1; hour <= 24; ++hour)
            row += hour == 3 ? fmt::format(",{},{}", third ? "3" : "", twice ? "3.5" : "")
                             : fmt::format(",{}", hour);
        return row + "\n";
    };
    // The newest day stands first.
    const auto file = good(header + "\n" + day("25/10/2026", true, true) + day("15/06/2026", true, false) +
                               day("29/03/2026", false, false),
                           {});
    REQUIRE(file.values.size() == 25 + 24 + 23);
    CHECK(file.values.front().from == at("2026-03-29T00:00"));
    CHECK(file.gaps(at("2026-03-29T00:00"), at("2026-03-30T00:00"), madrid()).empty());
    CHECK(file.gaps(at("2026-06-15T00:00"), at("2026-06-16T00:00"), madrid()).empty());
    CHECK(file.gaps(at("2026-10-25T00:00"), at("2026-10-26T00:00"), madrid()).empty());
    const auto second = file.within(at("2026-10-25T02:00:00+01:00"), at("2026-10-25T03:00"));
    REQUIRE(second.size() == 1);
    CHECK(second[0].value == 3.5);
    CHECK(shown(good("Delivery day,Hour 1 Q1,Hour 1 Q2\n15/06/2026,80.0,81.0\n")) ==
          "2026-06-15T00:00:00 15 80\n2026-06-15T00:15:00 15 81\n");
}
