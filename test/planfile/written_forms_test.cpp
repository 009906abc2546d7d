// Times, numbers and units as people's programs write them.
#include "planfile/even_grid.hpp"
#include "planfile/file_text.hpp"
#include "planfile/unit.hpp"
#include "planfile/written_number.hpp"
#include "planfile/written_time.hpp"

#include "schedule/madrid.hpp"
#include "support/catch.hpp"

using namespace hil;
using namespace hil::planfile;
using namespace hil::schedule;
using namespace hil::schedule::test;
using namespace std::chrono_literals;

namespace {

// The instant, as the zone writes it; empty for what is no time.
std::string read(std::string_view text, DateOrder order = DateOrder::day_first) {
    const auto time = read_written_time(text, order);
    if (!time) return {};
    const auto instant = instant_of(*time, madrid());
    return instant ? madrid().format(*instant) : instant.error().message();
}

DateOrders orders_of(std::initializer_list<std::string_view> texts,
                     std::optional<DateOrder> told = std::nullopt) {
    DateOrders out(told);
    std::size_t row = 2;
    for (const auto text : texts)
        out.see(row++, text);
    return out;
}

std::vector<WallTime> times_of(std::initializer_list<std::string_view> texts) {
    std::vector<WallTime> out;
    for (const auto text : texts)
        out.push_back(at(text));
    return out;
}

}  // namespace

TEST_CASE("one instant is written in many ways") {
    for (const auto* text :
         {"2026-06-15T00:15:00+02:00", "2026-06-15T00:15", "2026-06-15 0:15", "2026-06-15 0:15:00",
          "2026/06/15 00:15", "2026/6/15 0:15", "15.06.2026 00:15:00", "15.6.2026 0:15", "15/06/2026 00:15",
          "15-06-2026 00:15", "15/06/2026 12:15:00 AM", "15/06/2026 12:15:00 a. m.", "2026-06-14T22:15:00Z",
          "2026-06-14 22:15:00 UTC", "2026-06-14T22:15:00.000+0000", "2026-06-15T00:15:00,000",
          "Jun 15, 2026 12:15 AM", "2026-06-15  00:15"}) {
        CAPTURE(text);
        CHECK(read(text) == "2026-06-15T00:15:00+02:00");
    }
    CHECK(read("6/15/2026 1:15 PM", DateOrder::month_first) == "2026-06-15T13:15:00+02:00");
    CHECK(read("6/15/2026 12:15 PM", DateOrder::month_first) == "2026-06-15T12:15:00+02:00");
    CHECK(read("2026-06-15") == "2026-06-15T00:00:00+02:00");
    CHECK(read("15.06.2026", DateOrder::month_first) == "2026-06-15T00:00:00+02:00");
}

TEST_CASE("what is no time on a calendar and a clock is none") {
    for (const auto* text : {"",
                             "yesterday",
                             "2026-06-15T",
                             "2026-06-15T24:00",
                             "2026-06-15T00:60",
                             "2026-06-15T0:5",
                             "2026-6-15T00:15",
                             "2026-02-29",
                             "32/01/2026",
                             "15/06/26 00:15",
                             "15.06-2026",
                             "15/06/2026 13:15 PM",
                             "15/06/2026 0:15 AM",
                             "2026-06-15T00:15:00+2",
                             "2026-06-15T00:15 CEST",
                             "46188",
                             "00:15",
                             "2026-06-15T00:15:00.",
                             "Jun 15 2026",
                             "2026-06-15T00:15x"}) {
        CAPTURE(text);
        CHECK(read(text).empty());
    }
    CHECK(time_hint("15/06/26 00:15") == " (a year must have four digits)");
    CHECK(time_hint("2026-06-15 24:00").find("24:00 is 00:00 of the next day") != std::string::npos);
    CHECK(time_hint("2026\xE2\x80\x93"
                    "06-15")
              .find("U+2013") != std::string::npos);
}

TEST_CASE("a time that does not come is none, but for the last instant before the first that does") {
    CHECK_FALSE(instant_of(*read_written_time("2026-03-29T02:59:59", DateOrder::day_first), madrid()));
    CHECK(*instant_of(*read_written_time("2026-03-29T02:59:59.98", DateOrder::day_first), madrid()) ==
          at("2026-03-29T03:00") - 20ms);
}

TEST_CASE("the order of day and month is what the dates of a file tell, and asked for where they do not") {
    const auto clear = orders_of({"05/06/2026 00:00", "15/06/2026 00:00"});
    CHECK(clear.problem().empty());
    CHECK(clear.order() == DateOrder::day_first);
    CHECK(clear.note() == "dates are read day first: \"15/06/2026 00:00\" is 15 Jun 2026");

    const auto months = orders_of({"05/06/2026", "06/15/2026"});
    CHECK(months.problem().empty());
    CHECK(months.order() == DateOrder::month_first);
    CHECK(months.note() == "dates are read month first: \"06/15/2026\" is 15 Jun 2026");

    const auto points = orders_of({"05.06.2026"});
    CHECK(points.problem().empty());
    CHECK(points.order() == DateOrder::day_first);
    CHECK(points.note() == "dates are read day first: \"05.06.2026\" is 5 Jun 2026");

    const auto either = orders_of({"05/06/2026 10:00"});
    CHECK(either.row() == 2);
    CHECK(either.problem() ==
          "\"05/06/2026 10:00\" may be 5 Jun 2026 or 6 May 2026: say which by --day-first (day_first=true "
          "over HTTP; "
          "=false for the other), or write dates as 2026-06-15");
    CHECK(orders_of({"05/06/2026 10:00"}, DateOrder::day_first).problem().empty());
    CHECK(orders_of({"05/06/2026 10:00"}, DateOrder::month_first).order() == DateOrder::month_first);

    const auto both = orders_of({"15/06/2026", "06/16/2026"});
    CHECK(both.row() == 3);
    CHECK(both.problem() ==
          "\"06/16/2026\" has its month first, \"15/06/2026\" in row 2 its day: write dates as 2026-06-15");

    CHECK(orders_of({"05/05/2026"}).problem().empty());  // the same day either way
    const auto none = orders_of({"2026-06-15", "tomorrow"});
    CHECK_FALSE(none.seen());
    CHECK(none.problem().empty());
    CHECK(none.note().empty());
}

TEST_CASE("a decimal comma is one only where it is known to be") {
    CHECK(read_written_number("10,5", ',') == 10.5);
    CHECK(read_written_number("-1.234,56", ',') == -1234.56);
    CHECK(read_written_number("12.345.678,9", ',') == 12345678.9);
    CHECK(read_written_number("10", ',') == 10);
    CHECK(read_written_number("1,234.5", '.') == 1234.5);
    CHECK(read_written_number("-12,345,678.25", '.') == -12345678.25);
    for (const auto* text : {"1,23.4", "1,234", "1234,567.8", "1.234,5"}) {
        CAPTURE(text);
        CHECK_FALSE(read_written_number(text, '.'));
    }
    for (const auto* text : {"10.5", "1.23,4", "1,234.5", "1234.567,8", "1,2,3", "1.234", ",", ""}) {
        CAPTURE(text);
        CHECK_FALSE(read_written_number(text, ','));
    }
    CHECK(read_written_number("10.5", '.') == 10.5);
    CHECK_FALSE(read_written_number("10,5", '.'));
    CHECK(number_hint("10,5 %", ',') == " (a percentage)");
    CHECK(number_hint("10.5%", '.') == " (a percentage)");
    CHECK_FALSE(read_written_number("1.234,56", '.'));
}

TEST_CASE("what could be thousands or thousandths is asked for") {
    const auto signs = [](std::initializer_list<std::string_view> texts) {
        DecimalSigns out;
        std::size_t row = 2;
        for (const auto text : texts)
            out.see(row++, text);
        return out;
    };
    CHECK(signs({"500", "10,5"}).sign() == ',');
    CHECK(signs({"500", "10.5"}).sign() == '.');
    CHECK(signs({"500.25", "12,345.25"}).sign() == '.');  // SMARD in English
    CHECK(signs({"12,345.250", "1.000", "7"}).problem().empty());
    CHECK(signs({"500", "10.5"}).problem().empty());
    const auto unclear = signs({"500", "1.000"});
    CHECK(unclear.row() == 3);
    CHECK(unclear.problem().starts_with("\"1.000\" may be with three decimals or in thousands"));
    CHECK(signs({"0.500", "1.000", "12"}).problem().empty());
    CHECK(signs({"500.000", "1.000"}).problem().empty());  // as a program writes that always has three
    CHECK(signs({"500", "1.000,0"}).problem().empty());
    // All of them could be thousands: how they were read is said.
    CHECK(signs({"500.000", "1.000"}).note() ==
          "numbers as \"500.000\" are read with three decimals, not as thousands");
    CHECK(signs({"0.500", "1.000"}).note().empty());
    CHECK(signs({"500", "10.5"}).note().empty());
    CHECK(number_hint("1,000", '.') == " (a thousand, or a decimal comma? Write it without)");
    CHECK(number_hint("1 000,5", ',') == " (thousands are set off by points or commas, or not at all)");
    CHECK(number_hint("1'000.5", '.') == " (thousands are set off by points or commas, or not at all)");
    CHECK(number_hint("10 kW", '.').empty());
}

TEST_CASE("the unit is what the label says") {
    const auto factor = [](std::string_view label) {
        const auto unit = unit_in(label);
        return unit ? std::optional(unit->factor) : std::nullopt;
    };
    for (const auto* label :
         {"Price (EUR/MWh)", "Day-ahead Price [EUR/MWh]", "Deutschland [€/MWh] Originalauflösungen",
          "price_eur_per_mwh", "price eur_mwh", "Preis £/MWh", "GBP/MWh"}) {
        CAPTURE(label);
        CHECK(factor(label) == 1);
    }
    for (const auto* label : {"Precio marginal (Cent/kWh)",
                              "ct/kWh",
                              "price_ct_per_kwh",
                              "Preis in Cent / kWh",
                              "c€/kWh",
                              "p/kWh",
                              "öre/kWh",
                              "EURct/kWh",
                              "€cent/kWh",
                              "EUR-Cent/kWh",
                              "cent €/kWh",
                              "Eurocent pro kWh",
                              "cts/kWh",
                              "¢/kWh",
                              "Rp/kWh",
                              "Ct./kWh",
                              "Rp./kWh",
                              "euro cents per kilowatt-hour",
                              "Cent je Kilowattstunde",
                              "cents per Kilowatt hours"}) {
        CAPTURE(label);
        CHECK(factor(label) == Approx(10));
    }
    CHECK(factor("EUR/kWh") == 1000);
    CHECK(factor("Load [MW]") == 1000);
    CHECK(factor("load_w") == 0.001);
    CHECK(factor("load_kw") == 1);
    CHECK(factor("MW") == 1000);
    CHECK(factor("EUR/Wh") == Approx(1e6));
    CHECK(factor("EUR/megawatthour") == 1);
    CHECK(factor("EUR/MWh/h") == 1);
    CHECK(factor("Megawatt") == 1000);
    CHECK(factor("Load (MWh/h)") == 1000);
    CHECK(unit_in("Load (MWh/h)")->quantity == Quantity::power);
    CHECK(factor("total_kwh/h") == 1);
    CHECK(factor("JPY/kWh") == 1000);
    for (const auto* label :
         {"", "price", "SE3 Price (EUR)", "flow", "demand_el", "raw", "kWhat", "Deutschland/Luxemburg", "EUR",
          "Price (EUR/MWhe)", "€/MWh¹", "value", "area", "price/MWh", "THB per MWh"}) {
        CAPTURE(label);
        CHECK_FALSE(factor(label));
    }
    for (const auto* label :
         {"fils/kWh", "Preis pro kWh", "price/kWh", "percents/MWh", "EUR/tCO2", "EUR/100kWh", "Price (€/MW)",
          "EUR/MW/h", "cents per therm", "$/MMBtu", "€ / GJ", "EUR pro Tag", "Load %", "Load (kVA)", "kvar",
          "q_mvar", "heat [MJ]", "I (A)", "load_pct"}) {
        CAPTURE(label);
        REQUIRE(unit_in(label));
        CHECK_FALSE(unit_in(label)->known);
    }
    for (const auto* label : {"Netzlast [MWh] Originalauflösungen", "load (kWh)", "verbrauch_kwh", "GWh"}) {
        CAPTURE(label);
        REQUIRE(unit_in(label));
        CHECK(unit_in(label)->quantity == Quantity::energy);
    }
    CHECK(unit_in("Precio (Cent/kWh)")->text == "Cent/kWh");
}

TEST_CASE("minutes that were filled down are put on their grid, and a time further off is meant") {
    auto drifted = times_of({"2026-06-15T00:00:00", "2026-06-15T00:15:00.020", "2026-06-15T00:29:59.3"});
    const auto moved = put_on_even_grid(drifted, true);
    REQUIRE(moved);
    CHECK(drifted == times_of({"2026-06-15T00:00", "2026-06-15T00:15", "2026-06-15T00:30"}));
    CHECK(moved->note() ==
          "the times lie up to 700 ms beside an even grid of whole minutes and were put on it");

    auto cut = times_of({"2026-06-15T00:14:59", "2026-06-15T00:30:00", "2026-06-15T00:44:59"});
    REQUIRE(put_on_even_grid(cut, false));
    CHECK(cut == times_of({"2026-06-15T00:15", "2026-06-15T00:30", "2026-06-15T00:45"}));

    for (auto meant : {times_of({"2026-06-15T00:00:00", "2026-06-15T00:15:02"}),
                       times_of({"2026-06-15T00:00:01", "2026-06-15T00:15:01"}),  // an even grid of its own
                       times_of({"2026-06-15T00:00:00", "2026-06-15T00:00:01"}),  // two would be one
                       times_of({"2026-06-15T00:00:00", "2026-06-15T00:00:30", "2026-06-15T00:01:00"}),
                       times_of({"2026-06-15T00:00:00.4"}), std::vector<WallTime>{}}) {
        const auto before = meant;
        CHECK_FALSE(put_on_even_grid(meant, false));
        CHECK(meant == before);
    }
    auto seconds = times_of({"2026-06-15T00:00:00", "2026-06-15T00:00:01.03", "2026-06-15T00:00:02.06"});
    CHECK_FALSE(put_on_even_grid(seconds, false));
    CHECK(put_on_even_grid(seconds, true)->step == 1s);
    CHECK(seconds.back() == at("2026-06-15T00:00:02"));
}

TEST_CASE("a single time of a workbook is put on its minute, too") {
    auto early = times_of({"2026-06-14T23:59:59.999"});
    REQUIRE(put_on_even_grid(early, true));
    CHECK(early == times_of({"2026-06-15T00:00"}));
    auto written = times_of({"2026-06-14T23:59:59.999"});
    CHECK_FALSE(put_on_even_grid(written, false));
    auto meant = times_of({"2026-06-14T23:59:59"});
    CHECK_FALSE(put_on_even_grid(meant, true));
    auto none = times_of({});
    CHECK_FALSE(put_on_even_grid(none, true));
}

TEST_CASE("times that all lie beside whole minutes alike are told, not moved") {
    CHECK(common_offset_note(times_of({"2026-06-14T23:59:16", "2026-06-15T00:14:16"})) ==
          "all times lie 16 s behind a whole minute, 44 s before the next, and are taken so; some programs "
          "write them "
          "so by mistake");
    CHECK(common_offset_note(times_of({"2026-06-15T00:00:00", "2026-06-15T00:15:00"})).empty());
    CHECK(common_offset_note(times_of({"2026-06-15T00:00:10", "2026-06-15T00:15:40"})).empty());
}

TEST_CASE("what a file is instead of a table is said by its name") {
    CHECK(text_problem("\x1F\x8B\x08rest") == "is compressed (gzip): unpack it");
    CHECK(text_problem("<?xml version=\"1.0\"?>") == "is an XML document: save the table as CSV or XLSX");
    CHECK(text_problem("\n<!DOCTYPE html><html>").starts_with("is a web page (HTML)"));
    CHECK(text_problem("<HTML>").starts_with("is a web page (HTML)"));
    CHECK(text_problem("<?xml version=\"1.0\"?>\n<!-- x --><html xmlns=\"y\">").starts_with("is a web page"));
    for (const auto* xml : {"<?xml version=\"1.0\"?><Workbook><Table ss:x=\"1\">",
                            "<?xml?><Header/><metadata>", "<Header>", "<html5>"}) {
        CAPTURE(xml);
        CHECK(text_problem(xml) == "is an XML document: save the table as CSV or XLSX");
    }
    CHECK(text_problem("<table border=1>").starts_with("is a web page"));
    using namespace std::string_view_literals;
    CHECK(text_problem("t\0i\0m\0"sv) == "is UTF-16: save it as UTF-8");
    CHECK(text_problem("\0t\0i\0m"sv) == "is UTF-16: save it as UTF-8");
    CHECK(text_problem("%PDF-1.7").starts_with("is a PDF document"));
    CHECK(text_problem("timestamp,a\n").empty());
    CHECK(from_windows_1252("espa\xF1ol \x80/MWh") == "español €/MWh");
    CHECK(is_utf8("español"));
    CHECK_FALSE(is_utf8("espa\xF1ol"));
}

TEST_CASE("what cannot be seen is named, and shown by its number") {
    CHECK(lookalike_hint("\u202E10") == " (U+202E cannot be seen: remove it)");
    CHECK(lookalike_hint("\u00AD10") == " (U+00AD cannot be seen: remove it)");
    CHECK(lookalike_hint("10\u2060") == " (U+2060 cannot be seen: remove it)");
    CHECK(lookalike_hint("1\u30000") == " (U+3000 is a blank of another kind: remove it)");
    CHECK(lookalike_hint("\uFF11") == " (U+FF11 is a digit of another kind: type 0 to 9)");
    CHECK(lookalike_hint("\u0661") == " (U+0661 is a digit of another kind: type 0 to 9)");
    CHECK(lookalike_hint("\U000E0041") == " (U+E0041 cannot be seen: remove it)");
    CHECK(lookalike_hint("diez ñ €").empty());
    CHECK(quote_value("a\u202Eb\u2028c\u0085d") == "\"a\\u202Eb\\u2028c\\u0085d\"");
    CHECK(shown_label("lib_p_kw\u200B") == "lib_p_kw\\u200B");
    CHECK(quote_value("−10 ñ\u00A0€ 😀") == "\"−10 ñ\u00A0€ 😀\"");
}

TEST_CASE("a label is shown on one line and cut at a whole character") {
    CHECK(shown_label("lib_p_kw\n(charge -)") == "lib_p_kw\\x0A(charge -)");
    std::string lines = std::string(63, 'x') + "ñandú";
    CHECK(shown_label(lines) == std::string(63, 'x') + "ñ…");
}
