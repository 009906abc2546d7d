// The same plan as many programs write it: the shapes of their files, made by hand or by the library itself.
#include "planfile/plan_file.hpp"

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

namespace {

// A workbook whose style 1 has this number format.
std::string with_format(const std::string& rows, const std::string& code) {
    auto parts = minimal_parts(rows);
    parts["xl/styles.xml"] = fmt::format(
        R"(<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="1"><numFmt numFmtId="164" formatCode="{}"/></numFmts><cellStyleXfs><xf numFmtId="9"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164" applyNumberFormat="1"/><xf numFmtId="9"/></cellXfs></styleSheet>)",
        code);
    return archive_of(parts);
}

std::string row(int number, const std::string& time, const std::string& value) {
    return fmt::format(R"(<row r="{0}"><c r="A{0}"{1}</c><c r="B{0}"{2}</c></row>)", number, time, value);
}

// The header and two rows of the plan, the times as this.
std::string sheet(const std::string& first, const std::string& second,
                  const std::string& text_type = "inlineStr") {
    const auto text = [&](std::string_view words) {
        return text_type == "inlineStr" ? fmt::format(R"( t="inlineStr"><is><t>{}</t></is>)", words)
                                        : fmt::format(R"( t="{}"><v>{}</v>)", text_type, words);
    };
    return row(1, text("timestamp"), text("lib_p_kw")) + row(2, first, "><v>10</v>") +
           row(3, second, "><v>20</v>");
}

const std::string serial_0 = R"( s="1"><v>46188</v>)", serial_1 = R"( s="1"><v>46188.010416666664</v>)";

std::string libxlsxwriter() {
    return written_workbook([](lxw_workbook* workbook) {
        auto* out = workbook_add_worksheet(workbook, nullptr);
        auto* format = workbook_add_format(workbook);
        format_set_num_format(format, "dd/mm/yy hh:mm");
        worksheet_write_string(out, 0, 0, "timestamp", nullptr);
        worksheet_write_string(out, 0, 1, "lib_p_kw", nullptr);
        for (lxw_row_t i = 0; i < 2; ++i) {
            lxw_datetime date{2026, 6, 15, 0, static_cast<int>(15 * i), 0};
            worksheet_write_datetime(out, i + 1, 0, &date, format);
            worksheet_write_number(out, i + 1, 1, 10.0 * (i + 1), nullptr);
        }
    });
}

// Every element with a prefix, as the Open XML SDK writes.
std::string with_prefix() {
    auto parts = minimal_parts("");
    parts["xl/worksheets/sheet1.xml"] =
        R"(<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData><x:row r="1"><x:c r="A1" t="str"><x:v>timestamp</x:v></x:c><x:c r="B1" t="str"><x:v>lib_p_kw</x:v></x:c></x:row><x:row r="2"><x:c r="A2" s="1"><x:v>46188</x:v></x:c><x:c r="B2"><x:v>10</x:v></x:c></x:row><x:row r="3"><x:c r="A3" s="1"><x:v>46188.010416666664</x:v></x:c><x:c r="B3"><x:v>20</x:v></x:c></x:row></x:sheetData></x:worksheet>)";
    return archive_of(parts);
}

// The vocabulary of ISO 29500 strict, with other names for the same things.
std::string strict() {
    auto parts = minimal_parts(
        sheet(R"( s="1" t="d"><v>2026-06-15T00:00:00</v>)", R"( s="1" t="d"><v>2026-06-15T00:15:00</v>)"));
    for (auto& [name, text] : parts) {
        for (const auto& [from, to] :
             {std::pair{"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                        "http://purl.oclc.org/ooxml/spreadsheetml/main"},
              std::pair{"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
                        "http://purl.oclc.org/ooxml/officeDocument/relationships"}}) {
            for (auto where = text.find(from); where != std::string::npos; where = text.find(from, where))
                text.replace(where, std::string_view(from).size(), to);
        }
    }
    return archive_of(parts);
}

// Excel's own: attributes of extensions, and after the data an extension with names of its own vocabulary.
std::string excel() {
    auto parts = minimal_parts("");
    parts["xl/worksheets/sheet1.xml"] =
        R"(<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" mc:Ignorable="x14ac xr" xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac" xmlns:xr="http://schemas.microsoft.com/office/spreadsheetml/2014/revision" xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"><mc:AlternateContent><mc:Choice Requires="x14"><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData></mc:Choice><mc:Fallback><dimension ref="A1:B3"/></mc:Fallback></mc:AlternateContent><sheetData><row r="1" xr:r="9" x14ac:dyDescent="0.25"><c r="A1" t="str" x14:t="n"><v>timestamp</v></c><c r="B1" t="str"><v>lib_p_kw</v></c></row><row r="2"><c r="A2" s="1" x14:s="0"><v>46188</v></c><c r="B2"><v>10</v><x14:v>99</x14:v></c></row><row r="3"><c r="A3" s="1"><v>46188.010416666664</v></c><c r="B3"><x14:is><t>x</t></x14:is><v>20</v><extLst><ext><x14:row r="7"/></ext></extLst></c></row></sheetData><extLst><ext uri="{78C0D931}"><x14:sheetData><x14:row r="9"><x14:c r="A9"><x14:v>5</x14:v></x14:c></x14:row></x14:sheetData></ext></extLst></worksheet>)";
    return archive_of(parts);
}

std::string mac_1904() {
    auto parts = minimal_parts(sheet(R"( s="1"><v>44726</v>)", R"( s="1"><v>44726.010416666664</v>)"));
    auto& book = parts["xl/workbook.xml"];
    book.insert(book.find("<sheets>"), "<workbookPr date1904=\"1\"/>");
    return archive_of(parts);
}

struct Program {
    const char* name;
    std::string bytes;
};

std::vector<Program> programs() {
    const std::string minutes = "yyyy-mm-dd hh:mm";
    const auto written = [](const char* zone) {
        return sheet(fmt::format(R"( s="1" t="d"><v>2026-06-15T00:00:00{}</v>)", zone),
                     fmt::format(R"( s="1" t="d"><v>2026-06-15T00:15:00{}</v>)", zone));
    };
    return {
        {"SheetJS with cellDates", with_format(written(".000Z"), "m/d/yy")},
        {"SheetJS", with_format(sheet(serial_0, serial_1, "str"), "m/d/yy")},
        {"openpyxl", with_format(sheet(serial_0, serial_1), "yyyy-mm-dd h:mm:ss")},
        {"openpyxl with iso_dates", with_format(written(""), "yyyy-mm-dd h:mm:ss")},
        {"XlsxWriter of pandas", with_format(sheet(serial_0, serial_1, "str"), "yyyy\\-mm\\-dd\\ hh:mm:ss")},
        {"libxlsxwriter", libxlsxwriter()},
        {"LibreOffice", with_format(sheet(serial_0, serial_1, "str"), "dd/mm/yyyy\\ hh:mm")},
        {"gnumeric",
         with_format(sheet(R"( s="1"><v>46188</v>)", "\n s=\"1\">\n<v>46188.0104166666666679</v>\n"),
                     minutes)},
        {"Excel", excel()},
        {"Excel for Mac, 1904", mac_1904()},
        {"Excel, strict", strict()},
        {"Open XML SDK, ClosedXML", with_prefix()},
        {"Google Sheets", with_format(sheet(R"( s="1"><v>46188.0</v>)", R"( s="1"><v>46188.01041666667</v>)"),
                                      "yyyy\\-mm\\-dd\\ hh:mm:ss")},
        {"R writexl, in UTC",
         with_format(sheet(R"( s="1"><v>46187.916666666664</v>)", R"( s="1"><v>46187.927083333336</v>)"),
                     "yyyy-mm-dd HH:mm:ss UTC")},
        {"exceljs, in UTC",
         with_format(sheet(R"( s="1"><v>46187.91666666667</v>)", R"( s="1"><v>46187.92708333333</v>)"),
                     "yyyy-mm-dd hh:mm&quot; UTC&quot;")},
        {"R openxlsx", with_format(sheet(serial_0, serial_1, "str"), "yyyy/mm/dd hh:mm:ss")},
        {"Apache POI",
         with_format(sheet(R"( s="1" t="n"><v>46188.0</v>)", R"( s="1" t="n"><v>46188.010416666664</v>)"),
                     "m/d/yy h:mm")},
        {"EPPlus", with_format(sheet(serial_0, serial_1), "yyyy-mm-dd HH:mm")},
        {"texts in a workbook", minimal_workbook(sheet(R"( t="inlineStr"><is><t>15.06.2026 0:00</t></is>)",
                                                       R"( t="inlineStr"><is><t>15.06.2026 0:15</t></is>)"))},
        {"pandas, CSV", "timestamp,lib_p_kw\n2026-06-15 00:00:00+02:00,10\n2026-06-15 00:15:00+02:00,20\n"},
        {"R, CSV", "\"timestamp\",\"lib_p_kw\"\n\"2026-06-15 00:00:00\",10\n\"2026-06-15 00:15:00\",20\n"},
        {"Excel in German, CSV",
         "\xEF\xBB\xBFtimestamp;lib_p_kw\r\n15.06.2026 00:00;10,0\r\n15.06.2026 00:15;20,0\r\n"},
        {"Excel in Spanish, CSV",
         "timestamp;lib_p_kw;\r\n15/06/2026 0:00;10;\r\n15/06/2026 0:15;20;\r\n;;\r\n"},
        {"Excel in English, CSV",
         "timestamp,lib_p_kw,\r\n6/15/2026 0:00,10,\r\n6/15/2026 0:15,20,\r\n,,\r\n"},
        {"a macro's CSV",
         "sep=;\r\ntimestamp;lib_p_kw\r\n2026-06-15 00:00;10,0\r\n2026-06-15 00:15;20,0\r\n"},
        {"gnumeric, CSV", "timestamp,lib_p_kw\n2026/06/15,10\n\"2026/06/15 00:15:00\",20\n"},
        {"gnumeric, as shown", "timestamp,lib_p_kw\n\"2026-06-15 0:00:00\",10\n\"2026-06-15 0:15:00\",20\n"},
        {"LibreOffice, CSV", "timestamp,lib_p_kw\n15/06/2026 00:00,10\n15/06/2026 00:15,20\n"},
        {"exceljs, CSV", "timestamp,lib_p_kw\n2026-06-15T00:00:00+02:00,10\n2026-06-15T00:15:00+02:00,20\n"},
        {"JavaScript",
         R"([{"timestamp":"2026-06-14T22:00:00.000Z","lib_p_kw":10},{"timestamp":"2026-06-14T22:15:00.000Z","lib_p_kw":20}])"},
    };
}

std::string refused(const std::string& bytes, const PlanReading& reading = {}) {
    const auto plan = parse_plan(bytes, "plan", plants(), madrid(), reading);
    CHECK(plan.columns.empty());
    return plan.ok() ? "accepted" : plan.problems.front().message();
}

// The first problem, empty when there is none.
std::string refused_or_not(const std::string& bytes) {
    const auto plan = parse_plan(bytes, "plan", plants(), madrid());
    return plan.ok() ? "" : plan.problems.front().message();
}

std::string formula_sheet(const std::string& cell, const std::string& calculation) {
    auto parts = minimal_parts(row(1, R"( t="str"><v>timestamp</v>)", R"( t="str"><v>lib_p_kw</v>)") + cell);
    auto& book = parts["xl/workbook.xml"];
    book.insert(book.find("</workbook>"), calculation);
    return archive_of(parts);
}

}  // namespace

TEST_CASE("one plan as the files of many programs") {
    const Series meant({{at("2026-06-15T00:00"), 10}, {at("2026-06-15T00:15"), 20}}, at("2026-06-15T00:30"));
    for (const auto& program : programs()) {
        CAPTURE(program.name);
        const auto plan = parse_plan(program.bytes, "plan", plants(), madrid());
        for (const auto& problem : plan.problems)
            FAIL_CHECK(problem.message());
        if (!plan.ok()) continue;
        REQUIRE(plan.columns.size() == 1);
        CHECK(plan.columns[0].series == meant);
        CHECK(program.bytes.size() < 20'000);
    }
    CHECK(programs().size() >= 18);
}

TEST_CASE("a formula that was never calculated has no value, be it a time or a power") {
    const std::string sentence =
        "plan:2: {}: is a formula without its value: open the workbook in a spreadsheet program and save it";
    const std::string on_load = R"(<calcPr calcId="124519" fullCalcOnLoad="1"/>)";
    const auto power = [](const std::string& value) { return row(2, serial_0, "><f>2*5</f>" + value); };
    const auto of_power = fmt::format(fmt::runtime(sentence), "lib_p_kw"),
               of_time = fmt::format(fmt::runtime(sentence), "timestamp");
    CHECK(refused(formula_sheet(power(""), "")) == of_power);
    CHECK(refused(formula_sheet(power("<v></v>"), "")) == of_power);
    CHECK(refused(formula_sheet(power("<v>0</v>"), on_load)) == of_power);
    CHECK(refused(formula_sheet(power("<v>0.0</v>"), R"(<calcPr fullCalcOnLoad="true"/>)")) == of_power);
    CHECK(refused(formula_sheet(row(2, R"( s="1"><f>NOW()</f><v>0</v>)", "><v>1</v>"), on_load)) == of_time);
    CHECK(refused(formula_sheet(row(2, R"( s="1"><f>NOW()</f>)", "><v>1</v>"), "")) == of_time);
    CHECK(refused(formula_sheet(row(2, serial_0, R"( t="str"><f>TEXT(0,"0")</f><v>0</v>)"), on_load)) ==
          of_power);
    const auto plan = parse_plan(formula_sheet(power("<v>10</v>"), on_load), "plan", plants(), madrid());
    CHECK(plan.ok());
    // Apache POI stores 0 and asks for nothing; a program that calculates says how it does.
    const auto zero = parse_plan(formula_sheet(power("<v>0</v>"), ""), "plan", plants(), madrid());
    CHECK(zero.ok());
    REQUIRE(zero.notes.size() == 1);
    CHECK(zero.notes.front().starts_with("all its formulas have the value 0, as some programs store"));
    CHECK(parse_plan(formula_sheet(power("<v>0</v>"), R"(<calcPr calcId="191029"/>)"), "plan", plants(),
                     madrid())
              .notes.empty());
    CHECK(plan.notes.empty());
}

TEST_CASE("an array of values that was never calculated has none in any of its cells") {
    const auto made = [](lxw_row_t last) {
        return written_workbook([&](lxw_workbook* book) {
            auto* sheet = workbook_add_worksheet(book, "plan");
            worksheet_write_string(sheet, 0, 0, "timestamp", nullptr);
            worksheet_write_string(sheet, 0, 1, "lib_p_kw", nullptr);
            for (lxw_row_t i = 1; i <= 3; ++i)
                worksheet_write_string(sheet, i, 0, fmt::format("2026-06-15T0{}:00", i).c_str(), nullptr);
            worksheet_write_array_formula(sheet, 1, 1, last, 1, "{=D2:D4*2}", nullptr);
            for (lxw_row_t i = last + 1; i <= 3; ++i)
                worksheet_write_number(sheet, i, 1, 0, nullptr);
        });
    };
    const auto problems = [&](lxw_row_t last) {
        const auto plan = parse_plan(made(last), "plan", plants(), madrid());
        std::string rows;
        for (const auto& problem : plan.problems)
            rows += fmt::format("{} ", problem.row);
        return rows;
    };
    CHECK(problems(3) == "2 3 4 ");
    CHECK(problems(2) == "2 3 ");  // a 0 below the array is one
}

TEST_CASE("rows of empty cells at the end are none, be they formulas whose text is empty") {
    const std::string end =
        R"(<row r="4"><c r="A4" t="str"><f>IF(1,"")</f><v></v></c><c r="B4" t="str"><f>IF(1,"")</f></c></row>)"
        R"(<row r="5"><c r="A5" t="inlineStr"><is><t> </t></is></c><c r="B5"/></row>)";
    CHECK(parse_plan(minimal_workbook(sheet(serial_0, serial_1) + end), "plan", plants(), madrid()).ok());
    // An empty value of no type, where other formulas were calculated.
    const std::string calculated =
        row(1, R"( t="str"><v>timestamp</v>)", R"( t="str"><v>lib_p_kw</v>)") +
        row(2, serial_0, "><f>5+5</f><v>10</v>") +
        R"(<row r="3"><c r="A3"><f>IF(1,"")</f><v></v></c><c r="B3"><f>IF(1,"")</f><v></v></c></row>)";
    const auto plan = parse_plan(minimal_workbook(calculated), "plan", plants(), madrid());
    REQUIRE(plan.ok());
    CHECK(plan.columns[0].series.size() == 1);
}

TEST_CASE("a percentage or a date is no power") {
    CHECK(refused(with_format(row(1, R"( t="str"><v>timestamp</v>)", R"( t="str"><v>lib_p_kw</v>)") +
                                  row(2, serial_0, R"( s="2"><v>0.5</v>)"),
                              "yyyy-mm-dd")) == "plan:2: lib_p_kw: must be a number, got a percentage: 0.5");
    CHECK(refused(with_format(row(1, R"( t="str"><v>timestamp</v>)", R"( t="str"><v>lib_p_kw</v>)") +
                                  row(2, serial_0, R"( t="d"><v>2026-06-15T00:00:00</v>)"),
                              "yyyy-mm-dd")) ==
          "plan:2: lib_p_kw: must be a number, got a date: 2026-06-15T00:00:00");
    // What shows a percent sign without being multiplied by 100 is none either.
    for (const auto* format : {"0&quot;%&quot;", "0.0\\%", "General&quot; %&quot;"}) {
        CAPTURE(format);
        CHECK(refused(with_format(row(1, R"( t="str"><v>timestamp</v>)", R"( t="str"><v>lib_p_kw</v>)") +
                                      row(2, R"( t="str"><v>2026-06-15</v>)", R"( s="1"><v>50</v>)"),
                                  format)) == "plan:2: lib_p_kw: must be a number, got a percentage: 50");
    }
}

TEST_CASE("a number whose format shows another unit than its column has is refused") {
    const auto rows = row(1, R"( t="str"><v>timestamp</v>)", R"( t="str"><v>lib_p_kw</v>)") +
                      row(2, R"( t="str"><v>2026-06-15T00:00</v>)", R"( s="1"><v>500</v>)");
    for (const auto& [code, why] : {std::pair{"0.0 &quot;MW&quot;", "its format shows \"MW\""},
                                    std::pair{"0 \\W", "its format shows \"W\""},
                                    std::pair{"0&quot; MWh&quot;", "its format shows \"MWh\""},
                                    std::pair{"0 &quot;kvar&quot;", "its format shows \"kvar\""},
                                    std::pair{"0 &quot;€/MWh&quot;", "its format shows \"€/MWh\""},
                                    std::pair{"0.0,", "its format shows it divided by 1000"},
                                    std::pair{"0.0,&quot;kW&quot;", "its format shows it divided by 1000"},
                                    std::pair{"0.0,,&quot;MW&quot;", "its format shows \"MW\""}}) {
        CAPTURE(code);
        CHECK(refused(with_format(rows, code)) ==
              fmt::format("plan:2: lib_p_kw: must be a number of kW, got 500, and {}", why));
    }
    // 500 kW shown as 0.5 MW are 500 kW.
    for (const auto* code :
         {"0.0,&quot;MW&quot;", "0.0 &quot;kW&quot;", "#,##0.00", "0 &quot;a word&quot;"}) {
        CAPTURE(code);
        CHECK(refused_or_not(with_format(rows, code)).empty());
    }
}

TEST_CASE("what an extension holds is no part of a cell, in whatever vocabulary it is") {
    for (const auto* inside : {"<v>99</v>", "<x:v xmlns:x=\"urn:x\">99</x:v>", "<v xmlns=\"urn:y\">99</v>"}) {
        CAPTURE(inside);
        const auto cell = fmt::format("><v>10</v><extLst><ext uri=\"z\">{}</ext></extLst>", inside);
        const auto plan = parse_plan(
            minimal_workbook(row(1, R"( t="str"><v>timestamp</v>)", R"( t="str"><v>lib_p_kw</v>)") +
                             row(2, serial_0, cell)),
            "plan", plants(), madrid());
        REQUIRE(plan.ok());
        CHECK(plan.columns[0].series.rows()[0].value == 10);
    }
}

TEST_CASE("a date in ISO 8601 has the zone that its format says, and no other") {
    const auto begin = [](const char* text, const char* format) {
        const auto plan =
            parse_plan(with_format(row(1, R"( t="str"><v>timestamp</v>)", R"( t="str"><v>lib_p_kw</v>)") +
                                       row(2, fmt::format(R"( s="1" t="d"><v>{}</v>)", text), "><v>1</v>"),
                                   format),
                       "plan", plants(), madrid());
        REQUIRE(plan.ok());
        return plan.columns[0].series.begin_time();
    };
    for (const auto* text : {"2026-06-15T10:00:00", "2026-06-15T10:00:00Z", "2026-06-15T10:00:00-05:00"}) {
        CAPTURE(text);
        CHECK(begin(text, "yyyy-mm-dd hh:mm") == at("2026-06-15T10:00"));
        CHECK(begin(text, "yyyy-mm-dd hh:mm&quot; UTC&quot;") == at("2026-06-15T12:00"));
    }
}

TEST_CASE("a format that names a clock but no distance from UTC is mentioned") {
    const auto plan =
        parse_plan(with_format(sheet(serial_0, serial_1, "str"), "yyyy-mm-dd hh:mm &quot;EST&quot;"), "plan",
                   plants(), madrid());
    REQUIRE(plan.ok());
    CHECK(plan.columns[0].series.begin_time() == at("2026-06-15T00:00"));
    CHECK(plan.notes ==
          std::vector<std::string>{
              "the format of its times says \"EST\": they are read as local times all the same"});
}

TEST_CASE("dates that can be read in two ways are refused until somebody says which") {
    const std::string csv = "timestamp;lib_p_kw\n05/06/2026 00:00;10,5\n";
    CHECK(refused(csv).starts_with(
        "plan:2: timestamp: \"05/06/2026 00:00\" may be 5 Jun 2026 or 6 May 2026: "));
    const auto days = parse_plan(csv, "plan", plants(), madrid(), {.day_first = true});
    REQUIRE(days.ok());
    CHECK(days.columns[0].series.begin_time() == at("2026-06-05T00:00"));
    REQUIRE(days.notes.size() == 2);
    CHECK(days.notes[0] == "dates are read day first, as was said: \"05/06/2026 00:00\" is 5 Jun 2026");
    CHECK(days.notes[1] == "cells are separated by semicolons, numbers have a decimal comma");
    CHECK(parse_plan(csv, "plan", plants(), madrid(), {.day_first = false}).columns[0].series.begin_time() ==
          at("2026-05-06T00:00"));
    const auto workbook = minimal_workbook(sheet(R"( t="inlineStr"><is><t>05/06/2026</t></is>)",
                                                 R"( t="inlineStr"><is><t>06/06/2026</t></is>)"));
    CHECK(refused(workbook).find("may be 5 Jun 2026 or 6 May 2026") != std::string::npos);
    CHECK(parse_plan(workbook, "plan", plants(), madrid(), {.day_first = true}).ok());
}

TEST_CASE("dates in JSON can be read in two ways, too") {
    const std::string twice = R"([{"timestamp":"06/07/2026 00:00","lib_p_kw":10}])";
    CHECK(refused(twice).find("may be 6 Jul 2026 or 7 Jun 2026") != std::string::npos);
    const auto said = parse_plan(twice, "plan", plants(), madrid(), {.day_first = false});
    REQUIRE(said.ok());
    CHECK(said.columns[0].series.begin_time() == at("2026-06-07T00:00"));
    const auto shown = parse_plan(
        R"([{"timestamp":"06/07/2026 00:00","lib_p_kw":10},{"timestamp":"13/07/2026 00:00","lib_p_kw":20}])",
        "plan", plants(), madrid());
    REQUIRE(shown.ok());
    CHECK(shown.columns[0].series.begin_time() == at("2026-07-06T00:00"));
    CHECK(shown.notes ==
          std::vector<std::string>{"dates are read day first: \"13/07/2026 00:00\" is 13 Jul 2026"});
    const auto months = parse_plan(
        R"([{"timestamp":"06/07/2026 00:00","lib_p_kw":10},{"timestamp":"06/13/2026 00:00","lib_p_kw":20}])",
        "plan", plants(), madrid());
    REQUIRE(months.ok());
    CHECK(months.columns[0].series.begin_time() == at("2026-06-07T00:00"));
}

TEST_CASE("minutes filled down over months are put back, and it is said") {
    std::string rows = row(1, R"( t="str"><v>timestamp</v>)", R"( t="str"><v>lib_p_kw</v>)");
    for (int i = 0; i < 20; ++i)
        rows += row(i + 2, fmt::format(R"( s="1"><v>{:.12f}</v>)", 46258 + i / 1440.0 + 2.9e-7), "><v>1</v>");
    const auto plan = parse_plan(minimal_workbook(rows), "plan", plants(), madrid());
    REQUIRE(plan.ok());
    for (std::size_t i = 0; i < 20; ++i)
        CHECK(plan.columns[0].series.rows()[i].at == at("2026-08-24T00:00") + 1min * static_cast<int>(i));
    REQUIRE(plan.notes.size() == 1);
    CHECK(plan.notes[0] ==
          "the times lie up to 25 ms beside an even grid of whole minutes and were put on it");
    // One that is meant keeps its place, and so do the others.
    const auto meant = parse_plan("timestamp,lib_p_kw\n2026-06-15T00:00:00,1\n2026-06-15T00:15:07,2\n",
                                  "plan", plants(), madrid());
    CHECK(meant.columns[0].series.rows()[1].at == at("2026-06-15T00:15:07"));
    CHECK(meant.notes.empty());
    // Half minutes that were filled down, in a text.
    const auto halves = parse_plan(
        "timestamp,lib_p_kw\n2026-06-15T00:00:00,1\n2026-06-15T00:00:29.98,2\n2026-06-15T00:00:59.96,3\n",
        "plan", plants(), madrid());
    CHECK(halves.columns[0].series.rows()[1].at == at("2026-06-15T00:00:30"));
    REQUIRE(halves.notes.size() == 1);
    CHECK(halves.notes[0] == "the times lie up to 40 ms beside an even grid of 30 s and were put on it");
}

TEST_CASE("the hour of autumn without rows of its own is mentioned") {
    const auto plan =
        parse_plan("timestamp,lib_p_kw\n2026-10-25T02:30,1\n2026-10-25T02:45,2\n2026-10-25T03:00,3\n", "plan",
                   plants(), madrid());
    REQUIRE(plan.notes.size() == 1);
    CHECK(plan.notes[0] ==
          "the hour from 2026-10-25T02:00:00+01:00 to 2026-10-25T03:00:00+01:00, which the clock shows a "
          "second time, has "
          "no rows of its own: what stands at 2026-10-25T02:45:00+02:00 holds through it (write offsets to "
          "say otherwise)");
    CHECK(parse_plan("timestamp,lib_p_kw\n2026-10-25T02:45+02:00,2\n2026-10-25T03:00+01:00,3\n", "plan",
                     plants(), madrid())
              .notes.empty());
    CHECK(
        parse_plan("timestamp,lib_p_kw\n2026-10-25T00:00,2\n2026-10-25T12:00,3\n", "plan", plants(), madrid())
            .notes.empty());
}

TEST_CASE("rows that stand twice are read once, unless they differ") {
    const auto plan =
        parse_plan("timestamp,lib_p_kw\n2026-06-15T00:00,1\n2026-06-15T00:00,1\n2026-06-15T01:00,2\n", "plan",
                   plants(), madrid());
    REQUIRE(plan.ok());
    CHECK(plan.columns[0].series.size() == 2);
    REQUIRE(plan.notes.size() == 1);
    CHECK(plan.notes[0] == "1 row stands again with the same values and was read once");
}

TEST_CASE("a value under no name is no empty last column") {
    CHECK(refused("timestamp,lib_p_kw,\n2026-06-15T00:00,1,5\n") ==
          "plan:2: column 3: must have a name in the header, for it has \"5\"");
    CHECK(refused("timestamp;lib_p_kw\n2026-06-15T00:00;500\n2026-06-15T01:00;1.000\n")
              .starts_with("plan:3: \"1.000\" may be with three decimals or in thousands"));
}
