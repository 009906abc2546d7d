// Prices and loads in the units that their labels name, and what of a file is shown.
#include "planfile/value_file.hpp"

#include "schedule/madrid.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

namespace hil::planfile {
namespace {

using schedule::test::madrid;

ValueFile values_of(std::string_view label, const ValueChoice& choice) {
    return parse_values(fmt::format("timestamp,{}\n2026-06-15T00:00,8\n2026-06-15T00:15,9\n", label), "p.csv",
                        madrid(), choice);
}

// The first value, or the problem.
std::string read(std::string_view label, std::optional<Quantity> quantity, double scale = 1) {
    const auto file = values_of(label, {.quantity = quantity, .scale = scale});
    return file.ok() ? fmt::format("{:g}", file.values.front().value) : file.problems.front().message();
}

}  // namespace

TEST_CASE("money that nobody knows per kWh is asked for, and a scale answers") {
    for (const auto* label : {"fils/kWh", "Preis pro kWh"}) {
        CAPTURE(label);
        CHECK(read(label, Quantity::price) ==
              fmt::format(
                  "p.csv: {0}: is in {0}, which is no unit that is known here: scale must say what makes "
                  "EUR/MWh of it",
                  label));
        CHECK(read(label, Quantity::price, 10) == "80");
    }
    CHECK(read("price [kWh]", Quantity::price).find("is in kWh, which is no unit") != std::string::npos);
    CHECK(read("price [kWh]", Quantity::price, 10) == "80");
    CHECK(read("price_mwh", Quantity::price) == "8");
    CHECK(read("EUR/kWh", Quantity::price) == "8000");
    CHECK(read("EUR/kWh", Quantity::price, 1000).find("would convert it twice") != std::string::npos);
}

TEST_CASE("money for which nobody says how much energy is per MWh, its hundredth part is asked for") {
    for (const auto* label : {"Preis (ct)", "price_cent", "price (Öre)", "Preis in Cent"}) {
        CAPTURE(label);
        CHECK(read(label, Quantity::price).find("scale must say what makes EUR/MWh of it") !=
              std::string::npos);
        CHECK(read(label, Quantity::price, 10) == "80");
    }
    for (const auto* label :
         {"price (EUR)", "price €", "Preis in Euro", "price (SEK)", "percent off", "cents off"}) {
        CAPTURE(label);
        CHECK(read(label, Quantity::price) == "8");
    }
    CHECK(read("cost (EUR)", Quantity::power) ==
          "p.csv: cost (EUR): is in EUR, a price: a load is needed; column names another");
    const auto krona = parse_values(
        "Delivery Start (CET);Delivery End (CET);SE3 Price (SEK)\n15.06.2026 00:00:00;15.06.2026 "
        "01:00:00;80,5\n",
        "p.csv", madrid(), {.quantity = Quantity::price});
    REQUIRE(krona.ok());
    CHECK(krona.provenance.unit == "SEK/MWh");
}

TEST_CASE("an empty cell of a table of one's own is a gap, named where it is asked for") {
    const auto file = parse_values(
        "timestamp,price\n2026-06-15T00:00,8\n2026-06-15T01:00,\n2026-06-15T02:00,9\n", "p.csv", madrid());
    REQUIRE(file.ok());
    CHECK(file.values.size() == 2);
    const auto at = [](std::string_view text) { return madrid().parse(text).value(); };
    CHECK(file.gaps(at("2026-06-15T02:00"), at("2026-06-15T03:00"), madrid()).empty());
    CHECK(file.gaps(at("2026-06-15T00:00"), at("2026-06-15T03:00"), madrid()) ==
          std::vector<std::string>{"p.csv: has a gap: no value from 2026-06-15T01:00:00+02:00 to "
                                   "2026-06-15T02:00:00+02:00 (line 3 has nothing)"});
    CHECK_FALSE(
        parse_values("timestamp,price\n2026-06-15T00:00,8\n2026-06-15T01:00\n", "p.csv", madrid()).ok());
    CHECK_FALSE(parse_values("timestep,load\n1,8\n2,\n", "p.csv", madrid()).ok());
}

TEST_CASE("prices are no load, and a load is no price") {
    CHECK(read("Load [MW]", Quantity::price) ==
          "p.csv: Load [MW]: is in MW, a power: prices are needed; column names another");
    CHECK(read("Price [EUR/MWh]", Quantity::power) ==
          "p.csv: Price [EUR/MWh]: is in EUR/MWh, a price: a load is needed; column names another");
    CHECK(read("Load [MW]", Quantity::power) == "8000");
    CHECK(read("load", Quantity::power) == "8");
    CHECK(read("price", Quantity::price) == "8");
}

TEST_CASE("the energy of an interval is its mean power") {
    const auto smard = parse_values(
        "Start date;End date;Total (grid load) [MWh] Original resolutions\n"
        "Jun 15, 2026 12:00 AM;Jun 15, 2026 12:15 AM;12,345.25\n"
        "Jun 15, 2026 12:15 AM;Jun 15, 2026 1:15 AM;2.00\n",
        "load.csv", madrid(), {.quantity = Quantity::power});
    REQUIRE(smard.ok());
    CHECK(smard.values[0].value == Approx(12345.25 * 1000 * 4));
    CHECK(smard.values[1].value == Approx(2000));
    CHECK(smard.provenance.unit == "MWh");
    CHECK(smard.provenance.auction.empty());
    REQUIRE(smard.notes.size() == 1);
    CHECK(smard.notes[0] == "values are in MWh, the energy of each interval: its mean power is taken");
    CHECK(read("verbrauch_kwh", Quantity::power) == "32");
    // As somebody may have done until now: quarters of an hour times four.
    CHECK(read("verbrauch_kwh", Quantity::power, 4).find("would convert it twice") != std::string::npos);
    CHECK(read("verbrauch_kwh", Quantity::power, 0.5) == "16");
    // A profile of hours: kWh are kW.
    CHECK(parse_values("timestep,demand (kWh)\n1,5\n2,6\n", "p.csv", madrid(),
                       {.quantity = Quantity::power,
                        .profile_begin = madrid().midnight({std::chrono::year{2026} / 1 / 1})})
              .values[0]
              .value == 5);
}

TEST_CASE("labels of a file are shown on one line, whatever they hold") {
    const auto file = parse_values("\"timestamp\",\"price\n(x)\"\n2026-06-15T00:00,8\n", "p.csv", madrid());
    REQUIRE(file.ok());
    CHECK(file.provenance.text() == "a plain table, price\\x0A(x)");
    const auto times = parse_values("\"Delivery day\",\"Hour\n1\"\nyesterday,8\n", "p.csv", madrid());
    REQUIRE_FALSE(times.ok());
    for (const auto& problem : times.problems)
        CHECK(problem.message().find('\n') == std::string::npos);
    const auto unit = values_of("\"a\nb fils/kWh\"", {.quantity = Quantity::price});
    REQUIRE_FALSE(unit.ok());
    CHECK(unit.problems[0].column == "a\\x0Ab fils/kWh");
}

TEST_CASE("a column is named by its label or by words of it") {
    const std::string text =
        "Datum von;Datum bis;Deutschland/Luxemburg [€/MWh] Originalauflösungen;Belgien [€/MWh] "
        "Originalauflösungen\n15.06.2026 00:00;15.06.2026 01:00;80,5;81,5\n";
    const auto chosen = [&](const std::string& column) {
        const auto file = parse_values(text, "p.csv", madrid(), {.column = column});
        return file.ok() ? file.values[0].value : -1;
    };
    CHECK(chosen("Belgien") == 81.5);
    CHECK(chosen("luxemburg") == 80.5);
    CHECK(chosen("Deutschland/Luxemburg [€/MWh] Originalauflösungen") == 80.5);
    for (const auto* none : {"be", "gien", "Frankreich", "[€/MWh]", ""})
        CHECK(chosen(none) == -1);
}

}  // namespace hil::planfile
