#include "planfile/plan_file.hpp"

#include "base/random.hpp"
#include "planfile/workbook.hpp"
#include "planfile/workbook_parts.hpp"
#include "schedule/madrid.hpp"
#include "support/catch.hpp"
#include "workbook_maker.hpp"

#include <cmath>

using namespace hil;
using namespace hil::planfile;
using namespace hil::schedule;
using namespace hil::schedule::test;
using namespace hil::planfile::test;
using namespace std::chrono_literals;
using std::chrono::hh_mm_ss;

namespace {

PlanFile parsed(const std::string& bytes) {
    return parse_plan(bytes, "plan.xlsx", plants(), madrid());
}

PlanFile good(const std::string& bytes) {
    auto plan = parsed(bytes);
    for (const auto& problem : plan.problems)
        UNSCOPED_INFO(problem.message());
    REQUIRE(plan.ok());
    REQUIRE_FALSE(plan.columns.empty());
    return plan;
}

// The sentences, one a line.
std::string refused(const std::string& bytes) {
    const auto plan = parsed(bytes);
    CHECK(plan.columns.empty());
    std::string out;
    for (const auto& problem : plan.problems)
        out += (out.empty() ? "" : "\n") + problem.message();
    return plan.ok() ? "accepted" : out;
}

const std::string header = xml_row({"timestamp", "lib_p_kw"});

std::string of_rows(const std::string& rows) {
    return minimal_workbook(header + rows);
}

PlanFile csv_plan(const std::string& name) {
    return load_plan(std::string(HIL_TEST_DATA "/schedule/") + name, plants(), madrid());
}

// The plan as somebody would type it: real dates as long as the local times do not repeat, otherwise texts.
std::string as_workbook(const PlanFile& plan, bool dates) {
    return written_workbook([&](lxw_workbook* workbook) {
        auto* sheet = workbook_add_worksheet(workbook, nullptr);
        auto* format = workbook_add_format(workbook);
        format_set_num_format(format, "dd/mm/yyyy hh:mm:ss");
        worksheet_write_string(sheet, 0, 0, "timestamp", nullptr);
        lxw_col_t column = 0;
        for (const auto& one : plan.columns) {
            ++column;
            const auto name = column_name({plants()[one.plant], one.signal});
            worksheet_write_string(sheet, 0, column, name.c_str(), nullptr);
            lxw_row_t number = 0;
            for (const auto& row : one.series.rows()) {
                ++number;
                const auto local = madrid().local(row.at);
                const hh_mm_ss time(std::chrono::duration_cast<std::chrono::seconds>(local.since_midnight));
                lxw_datetime date{static_cast<int>(local.date.year()),
                                  static_cast<int>(static_cast<unsigned>(local.date.month())),
                                  static_cast<int>(static_cast<unsigned>(local.date.day())),
                                  static_cast<int>(time.hours().count()),
                                  static_cast<int>(time.minutes().count()),
                                  static_cast<double>(time.seconds().count())};
                if (dates)
                    worksheet_write_datetime(sheet, number, 0, &date, format);
                else
                    worksheet_write_string(sheet, number, 0, madrid().format(row.at).c_str(), nullptr);
                worksheet_write_number(sheet, number, column, row.value, nullptr);
            }
        }
    });
}

void check_same(const PlanFile& a, const PlanFile& b) {
    REQUIRE(a.columns.size() == b.columns.size());
    for (std::size_t i = 0; i < a.columns.size(); ++i) {
        CHECK(a.columns[i].plant == b.columns[i].plant);
        CHECK(a.columns[i].signal == b.columns[i].signal);
        CHECK(a.columns[i].series == b.columns[i].series);
    }
}

}  // namespace

TEST_CASE("a workbook says what the CSV file of the same plan says") {
    const auto csv = csv_plan("es_2025-10-01.csv");
    REQUIRE(csv.ok());
    check_same(good(as_workbook(csv, true)), csv);
    check_same(good(as_workbook(csv, false)), csv);
}

TEST_CASE("a workbook of a day of 23 or 25 hours has its times as texts with offsets") {
    const auto name = GENERATE("es_2020-03-29_23h.csv", "es_2022-10-30_25h.csv");
    const auto csv = csv_plan(name);
    REQUIRE(csv.ok());
    check_same(good(as_workbook(csv, false)), csv);
}

TEST_CASE("a date in a workbook that comes twice or never is refused with its row") {
    const auto twice = refused(as_workbook(csv_plan("es_2022-10-30_25h.csv"), true));
    CHECK(twice.substr(0, twice.find('\n')) ==
          "plan.xlsx:14: timestamp: must be later than the row before it, 2022-10-30T02:45:00+02:00 (this "
          "local "
          "time comes twice, write its offset), got \"2022-10-30T02:00:00\"");
    // 43919.104166666664 is 2020-03-29 02:30.
    CHECK(refused(of_rows("<row><c s=\"1\"><v>43919.104166666664</v></c><c><v>1</v></c></row>")) ==
          "plan.xlsx:2: timestamp: must be a local time that exists in Europe/Madrid, got "
          "\"2020-03-29T02:30:00\"");
}

TEST_CASE("both date systems of workbooks are understood, and the rounding of their sums") {
    CHECK(workbook_time(45931, false) == "2025-10-01T00:00:00");
    CHECK(workbook_time(44469, true) == "2025-10-01T00:00:00");
    CHECK(workbook_time(61, false) == "1900-03-01T00:00:00");
    CHECK(workbook_time(0, true) == "1904-01-01T00:00:00");
    CHECK(workbook_time(2'958'465.5, false) == "9999-12-31T12:00:00");
    CHECK(workbook_time(45931.5 + 0.25 / 86400, false) == "2025-10-01T12:00:00.250");
    double serial = 45931;
    for (int i = 0; i < 35'040; ++i)
        serial += 1.0 / 96;
    CHECK(workbook_time(serial, false) == "2026-10-01T00:00:00");
    for (const double bad : {-1.0, 60.0, 2'958'466.0, 1e300, std::nan(""), HUGE_VAL})
        CHECK(workbook_time(bad, false).empty());

    auto parts = minimal_parts(header + "<row><c s=\"1\"><v>44469.25</v></c><c><v>5</v></c></row>");
    auto& book = parts["xl/workbook.xml"];
    book.insert(book.find("<sheets>"), "<workbookPr date1904=\"1\"/>");
    const auto plan = good(archive_of(parts));
    CHECK(plan.columns[0].series.begin_time() == at("2025-10-01T06:00"));
}

TEST_CASE("texts, formulas with their values and numbers as texts are read as a CSV file's cells") {
    auto parts = minimal_parts(
        "<row r=\"3\"><c r=\"A3\" t=\"s\"><v>0</v></c><c r=\"B3\" t=\"s\"><v>1</v></c></row>"
        "<row r=\"4\"><c r=\"A4\" t=\"str\"><f>A1&amp;B1</f><v>2025-10-01 00:00</v></c>"
        "<c r=\"B4\"><f>2*3</f><v>6</v></c></row>"
        "<row r=\"5\"><c r=\"A5\" t=\"d\"><v>2025-10-01T01:00:00</v></c>"
        "<c r=\"B5\" t=\"inlineStr\"><is><r><t> 7</t></r><r><t>.5 </t></r><rPh><t>x</t></rPh></is></c></row>"
        "<row r=\"9\"><c r=\"C9\" s=\"1\"/></row>");
    auto& relations = parts["xl/_rels/workbook.xml.rels"];
    relations.insert(relations.find("</Relationships>"),
                     "<Relationship Id=\"rId3\" Type=\"http://x/sharedStrings\" Target=\"/xl/texts.xml\"/>");
    parts["xl/texts.xml"] =
        "<x:sst xmlns:x=\"y\"><x:si><x:r><x:t>time</x:t></x:r><x:r><x:t>stamp</x:t></x:r>"
        "<x:rPh><x:t>spoken</x:t></x:rPh></x:si><x:si><x:t>lib_p_kw</x:t></x:si></x:sst>";
    const auto plan = good(archive_of(parts));
    REQUIRE(plan.columns.size() == 1);
    const auto rows = plan.columns[0].series.rows();
    REQUIRE(rows.size() == 2);
    CHECK(rows[0] == Row{at("2025-10-01T00:00"), 6, 4});
    CHECK(rows[1] == Row{at("2025-10-01T01:00"), 7.5, 5});
    CHECK(rows[1].line == 5);
}

TEST_CASE("everything wrong in a workbook is told with row, column and rule") {
    const auto row = [](std::string_view time, std::string_view value) {
        return "<row><c t=\"inlineStr\"><is><t>" + std::string(time) + "</t></is></c>" + std::string(value) +
               "</row>";
    };
    CHECK(
        refused(of_rows(row("2025-10-01T00:00", "<c t=\"b\"><v>1</v></c>") +
                        row("2025-10-01T01:00", "<c t=\"e\"><v>#REF!</v></c>") +
                        row("2025-10-01T02:00", "<c s=\"1\"><v>45931</v></c>") +
                        row("2025-10-01T03:00", "<c><f>A1</f></c>") + row("2025-10-01T04:00", "") +
                        row("tomorrow", "<c><v>1e999</v></c>") +
                        "<row><c><v>7</v></c><c><v>8</v></c></row>"
                        "<row><c t=\"b\"><v>0</v></c><c t=\"inlineStr\"><is><t>1,5</t></is></c></row>" +
                        row("2025-10-01T08:00", "<c><v>1</v></c><c><v>2</v></c>"))) ==
        "plan.xlsx:2: lib_p_kw: must be a finite number, got TRUE\n"
        "plan.xlsx:3: lib_p_kw: must be a finite number, got #REF!\n"
        "plan.xlsx:4: lib_p_kw: must be a number, got a date: 2025-10-01T00:00:00\n"
        "plan.xlsx:5: lib_p_kw: is a formula without its value: open the workbook in a spreadsheet program "
        "and "
        "save it\n"
        "plan.xlsx:6: lib_p_kw: must not be empty\n"
        "plan.xlsx:7: timestamp: must be an ISO 8601 time, got \"tomorrow\"\n"
        "plan.xlsx:7: lib_p_kw: must be a finite number, got 1e999\n"
        "plan.xlsx:8: timestamp: must be a date with its time, or an ISO 8601 time, got 7\n"
        "plan.xlsx:9: timestamp: must be a date with its time, or an ISO 8601 time, got FALSE\n"
        "plan.xlsx:9: lib_p_kw: must be a finite number, got \"1,5\" (a decimal comma: taken where cells are "
        "separated by semicolons)\n"
        "plan.xlsx:10: must have 2 cells as the header, got 3");
    CHECK(refused(minimal_workbook(xml_row({"time", "lib_p_kw"}))) ==
          "plan.xlsx:1: timestamp: must be the first column, got \"time\"");
    CHECK(refused(minimal_workbook(xml_row({"timestamp", "", "diesel_p_kw"}))) ==
          "plan.xlsx:1: column 2: must be one of timestamp, lib_p_kw, lib_q_kvar, vrfb_p_kw, vrfb_q_kvar, "
          "got \"\"\n"
          "plan.xlsx:1: diesel_p_kw: must name one of the plants lib, vrfb, got \"diesel\"\n"
          "plan.xlsx: must have a row after the header");
    CHECK(refused(minimal_workbook(xml_row({"timestamp"}))) ==
          "plan.xlsx:1: must have a column <plant>_p_kw or <plant>_q_kvar after timestamp");
    CHECK(refused(minimal_workbook("")) == "plan.xlsx: must have a row after the header");
    CHECK(refused(
              of_rows(xml_row({"2025-10-01T00:00", "1"}) + "<row/>" + xml_row({"2025-10-01T01:00", "1"}))) ==
          "plan.xlsx:3: must not be blank, for rows follow");
}

TEST_CASE("of several sheets the one named plan is read, and hidden ones are none") {
    const auto with = [](const std::string& sheets) {
        auto parts = minimal_parts(header + xml_row({"2025-10-01T00:00", "3"}));
        auto& book = parts["xl/workbook.xml"];
        const auto at = book.find("<sheets>") + 8;
        book.replace(at, book.find("</sheets>") - at, sheets);
        return archive_of(parts);
    };
    good(with("<sheet name=\"notes\" state=\"hidden\" r:id=\"rId2\"/><sheet name=\"x\" r:id=\"rId1\"/>"));
    auto parts = minimal_parts("");
    CHECK(refused(with("<sheet name=\"a\" r:id=\"rId1\"/><sheet name=\"b\" r:id=\"rId1\"/>")) ==
          "plan.xlsx: has 2 sheets, \"a\", \"b\": name the one to be read \"plan\"");
    good(with("<sheet name=\"notes\" r:id=\"rId1\"/><sheet name=\"Plan\" r:id=\"rId1\"/>"));
    CHECK(refused(with("")) == "plan.xlsx: is a workbook without a visible sheet, or no spreadsheet at all");
}

TEST_CASE("what is no workbook is told what it is") {
    CHECK(refused(archive_of({{"a.txt", "x"}})) ==
          "plan.xlsx: is a ZIP archive, but no workbook: save the plan as XLSX or CSV");
    CHECK(refused(archive_of({{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"}})) ==
          "plan.xlsx: is an OpenDocument file: save it as XLSX or CSV");
    CHECK(refused("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and so on") ==
          "plan.xlsx: is an old workbook (XLS) or one with a password: save it as XLSX or CSV without one");
    auto parts = minimal_parts("");
    auto& root = parts["_rels/.rels"];
    root.replace(root.find("workbook.xml"), 12, "workbook.bin");
    CHECK(refused(archive_of(parts)) == "plan.xlsx: is a binary workbook: save it as XLSX or CSV");
}

TEST_CASE("a document type is refused, and with it every entity") {
    auto parts = minimal_parts("");
    auto& sheet = parts["xl/worksheets/sheet1.xml"];
    const auto at = sheet.find("<worksheet");
    const auto declared = GENERATE(
        R"(<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>)",
        R"(<!DOCTYPE x SYSTEM "http://127.0.0.1/x">)",
        R"(<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>)");
    sheet.insert(at, declared);
    CHECK(refused(archive_of(parts)) ==
          "plan.xlsx: is a damaged workbook: xl/worksheets/sheet1.xml declares a document type, which is "
          "refused");
}

TEST_CASE("damaged parts are named, with the row where reading ended") {
    const auto with = [](const std::string& rows) { return refused(minimal_workbook(rows)); };
    const std::string part = "is a damaged workbook: xl/worksheets/sheet1.xml ";
    CHECK(with("<row r=\"2\"/><row r=\"2\"/>") == "plan.xlsx:2: " + part + "has a row \"2\" after row 2");
    CHECK(with("<row r=\"1048577\"/>") == "plan.xlsx: " + part + "has a row \"1048577\" after row 0");
    CHECK(with("<row><c r=\"B1\"/><c r=\"A1\"/></row>") ==
          "plan.xlsx:1: " + part + "has a cell \"A1\" where it cannot be");
    CHECK(with("<row><c r=\"XFE1\"/></row>") ==
          "plan.xlsx:1: " + part + "has a cell \"XFE1\" where it cannot be");
    CHECK(with("<row><c t=\"s\"><v>0</v></c></row>") ==
          "plan.xlsx:1: " + part + "refers to a text that the workbook does not have");
    CHECK(with(header + "<row r=\"2\"><c><v>1</v><v>0</v></c></row>") ==
          "plan.xlsx:2: " + part + "has a cell of two values in row 2");
    CHECK(with(header + "<row><c>") ==
          "plan.xlsx:2: " + part + "is not well-formed XML at line 1: mismatched tag");
    CHECK(with("<row><c t=\"inlineStr\"><is><t>" + std::string(40'000, 'x') + "</t></is></c></row>") ==
          "plan.xlsx:1: " + part + "has a cell of more than 32767 characters");
    auto parts = minimal_parts("");
    parts.erase("xl/worksheets/sheet1.xml");
    CHECK(refused(archive_of(parts)) ==
          "plan.xlsx: is a damaged workbook: it has no xl/worksheets/sheet1.xml");
}

TEST_CASE("an archive that expands beyond its bound is given up, whatever it declares") {
    const std::string blank = "<row></row>";
    std::string rows;
    for (int i = 0; i < 100'000; ++i)
        rows += blank;
    auto bytes = minimal_workbook(rows);
    CHECK(bytes.size() < 20'000);
    class Nothing final : public WorkbookRows {
      public:
        void row(const WorkbookRow&, bool) override { ++rows; }
        std::size_t rows = 0;
    };
    const WorkbookLimits limits{.expanded_bytes = 1u << 20u};
    const auto sentence = "is a workbook that expands to more than 1 MiB, in xl/worksheets/sheet1.xml";
    Nothing seen;
    CHECK(read_workbook(bytes, seen, limits).text == sentence);
    CHECK(seen.rows == 0);  // it declares its size

    // The same with a size in the directory that is a lie. The size is that of the only part of its length.
    const auto size = minimal_parts(rows).at("xl/worksheets/sheet1.xml").size();
    std::string truth, lie;
    for (int i = 0; i < 4; ++i) {
        truth += static_cast<char>(size >> (8 * i) & 0xFF);
        lie += static_cast<char>(1000 >> (8 * i) & 0xFF);
    }
    int told = 0;
    for (auto at = bytes.find(truth); at != std::string::npos; at = bytes.find(truth, at + 4), ++told)
        bytes.replace(at, 4, lie);
    REQUIRE(told >= 1);
    const auto problem = read_workbook(bytes, seen, limits);
    INFO(problem.text);
    CHECK_FALSE(problem.text.empty());
    CHECK(seen.rows < 100'000);
    CHECK(read_workbook(std::string(40u << 20u, 'x'), seen).text ==
          "is a workbook of 40 MiB, of which at most 32 MiB are read");
}

TEST_CASE("a table of texts has its bound") {
    auto parts = minimal_parts("");
    auto& relations = parts["xl/_rels/workbook.xml.rels"];
    relations.insert(relations.find("</Relationships>"),
                     "<Relationship Id=\"rId3\" Type=\"x/sharedStrings\" Target=\"texts.xml\"/>");
    auto& texts = parts["xl/texts.xml"];
    texts = "<sst>";
    for (int i = 0; i < 10'000; ++i)
        texts += "<si/>";
    texts += "</sst>";
    class Nothing final : public WorkbookRows {
      public:
        void row(const WorkbookRow&, bool) override {}
    } nothing;
    CHECK(read_workbook(archive_of(parts), nothing, {.text_bytes = 100'000}).text ==
          "is a damaged workbook: xl/texts.xml has more text than a plan");
}

TEST_CASE("a truncated workbook is refused wherever it ends") {
    const auto whole = as_workbook(csv_plan("es_2025-10-01.csv"), true);
    good(whole);
    for (std::size_t length = 4; length < whole.size(); length += 37) {
        CAPTURE(length);
        CHECK(parsed(whole.substr(0, length)).columns.empty());
    }
}

TEST_CASE("nonsense in a workbook is refused, or is the plan it was") {
    const auto whole = as_workbook(csv_plan("es_2025-10-01.csv"), true);
    const auto before = good(whole);
    Random random(20251001);
    int still_good = 0;
    for (int run = 0; run < 400; ++run) {
        CAPTURE(run);
        auto bytes = whole;
        const auto flips = 1 + random.below(8);
        for (std::uint64_t i = 0; i < flips; ++i) {
            const auto at = 4 + random.below(bytes.size() - 4);
            bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ (1u << random.below(8)));
        }
        const auto plan = parsed(bytes);
        if (plan.ok()) {
            ++still_good;
            check_same(plan, before);
        } else {
            CHECK(plan.columns.empty());
        }
    }
    CHECK(still_good > 0);  // flips in what nobody reads
}

TEST_CASE("nonsense in the XML of a sheet never does more than be refused") {
    // Not hidden from the reader by a checksum that is wrong.
    const auto good_rows =
        header + xml_row({"2025-10-01T00:00", "3"}) + xml_row({"2025-10-01T01:00", "4"}) +
        "<row r=\"4\"><c r=\"A4\" s=\"1\"><v>45932</v></c><c r=\"B4\"><f>A1</f><v>5</v></c></row>";
    const auto parts = minimal_parts(good_rows);
    good(archive_of(parts));
    Random random(7);
    for (int run = 0; run < 300; ++run) {
        CAPTURE(run);
        auto spoiled = parts;
        auto part = spoiled.begin();
        std::advance(part, static_cast<std::ptrdiff_t>(random.below(spoiled.size())));
        for (auto flips = 1 + random.below(6); flips > 0; --flips) {
            const auto at = random.below(part->second.size());
            part->second[at] = static_cast<char>(random.below(256));
        }
        const auto plan = parsed(archive_of(spoiled));
        CHECK(plan.columns.empty() != plan.ok());
    }
}

TEST_CASE("formats tell dates from numbers and percentages") {
    using Kind = CellFormat::Kind;
    for (const auto* date :
         {"dd/mm/yyyy", "yyyy\\-mm\\-dd hh:mm", "[h]:mm", "mmm", "h \"o'clock\"", "[$-409]d", "h:mm AM/PM"})
        CHECK(format_of(date) == CellFormat{Kind::date});
    for (const auto* number : {"General", "0.00", "#,##0.00 \"MWh\"", "[Red]0", "[$EUR-407] 0.0", "0\\d",
                               "0_h", "\"days", "", "0.00E+00", "@"})
        CHECK(format_of(number).kind == Kind::number);
    CHECK(format_of("#,##0.00") == CellFormat{});
    CHECK(format_of("#,##0.00 \"MWh\"") == CellFormat{.words = "MWh"});
    CHECK(format_of("0.0\\ \\M\\W") == CellFormat{.words = " MW"});
    CHECK(format_of("#,##0,\"MW\"") == CellFormat{.words = "MW", .thousands = 1});
    CHECK(format_of("0.0,,") == CellFormat{.thousands = 2});
    CHECK(format_of("0,.0") == CellFormat{.thousands = 1});
    CHECK(format_of("#,##0.0 [$€-407]") == CellFormat{.words = "€"});
    for (const auto* percent : {"0%", "0.00%", "#,##0 %", "0\\%", "0.0\" %\""})
        CHECK(format_of(percent) == CellFormat{Kind::percent});
    for (const auto* utc :
         {"yyyy-mm-dd HH:mm:ss UTC", "yyyy-mm-dd\"T\"hh:mm:ss\"Z\"", "yyyy\\-mm\\-dd\\Thh:mm:ss\\Z",
          "yyyy-mm-ddThh:mmZ", "dd/mm/yyyy hh:mm \"(UTC)\"", "yyyy-mm-dd hh:mm:ss \"GMT\";@",
          "yyyy-mm-dd hh:mm \"utc\"", "\"UTC \"yyyy-mm-dd hh:mm", "yyyy-mm-dd hh:mm utc"})
        CHECK(format_of(utc) == CellFormat{Kind::date, "Z"});
    CHECK(format_of("yyyy-mm-dd hh:mm\"+02:00\"") == CellFormat{Kind::date, "+02:00"});
    CHECK(format_of("yyyy-mm-dd hh:mm \"UTC+1\"") == CellFormat{Kind::date, "+01:00"});
    CHECK(format_of("yyyy-mm-dd hh:mm \"(GMT-0330)\"") == CellFormat{Kind::date, "-03:30"});
    CHECK(format_of("yyyy-mm-dd hh:mm \"UTC +02:00\"") == CellFormat{Kind::date, "+02:00"});
    CHECK(format_of("yyyy-mm-dd hh:mm \"+1\"") == CellFormat{Kind::date});
    // A clock of another name is mentioned, nothing more.
    CHECK(format_of("yyyy-mm-dd hh:mm \"EST\"") == CellFormat{.kind = Kind::date, .words = "EST"});
    CHECK(format_of("dd.mm.yyyy hh:mm \\(\\C\\E\\T\\)") == CellFormat{.kind = Kind::date, .words = "CET"});
    CHECK(format_of("dd.mm.yyyy hh:mm \"Uhr\"") == CellFormat{Kind::date});
}
