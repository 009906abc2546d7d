// Every way in which a plan file is refused, with the exact sentence.
#include "planfile/plan_file.hpp"

#include "base/random.hpp"
#include "schedule/madrid.hpp"
#include "support/catch.hpp"

#include <filesystem>
#include <string>
#include <vector>

using namespace hil;
using namespace hil::planfile;
using namespace hil::schedule;
using namespace hil::schedule::test;
using namespace std::literals;

namespace {

std::vector<std::string> problems(std::string_view text) {
    const PlanFile plan = parse_plan(text, "plan", plants(), madrid());
    CHECK(plan.columns.empty());
    std::vector<std::string> out;
    for (const auto& problem : plan.problems)
        out.push_back(problem.message());
    return out;
}

struct Refusal {
    std::string text;
    std::vector<std::string> messages;
};

void check(const std::vector<Refusal>& refusals) {
    for (const Refusal& refusal : refusals) {
        CAPTURE(refusal.text);
        CHECK(problems(refusal.text) == refusal.messages);
    }
}

const std::string header = "timestamp,lib_p_kw\n";
const std::string columns = "timestamp, lib_p_kw, lib_q_kvar, vrfb_p_kw, vrfb_q_kvar";

}  // namespace

TEST_CASE("what is no table is refused with a sentence") {
    check({
        {"", {"plan: is empty"}},
        {" \r\n\n", {"plan: is empty"}},
        {"\xEF\xBB\xBF", {"plan: is empty"}},
        {"\x7F"
         "ELF\x02\x01\x01\0\0"s,
         {"plan: is not UTF-8 text: byte 0x02 at position 4"}},
        {"timestamp,lib_p_kw\n2025-10-01T00:00,1\0\n"s,
         {"plan: is not UTF-8 text: byte 0x00 at position 37"}},
        {"timestamp,P\xE9\n", {"plan: is not UTF-8 text: byte 0xE9 at position 11"}},
        {"PK\x03\x04\x14\0"s, {"plan: is a damaged or truncated workbook: Not a zip archive"}},
        {"\xFF\xFEt\0i\0"s, {"plan: is UTF-16: save it as UTF-8"}},
    });
}

TEST_CASE("a file that cannot be read is refused with the reason") {
    const auto message = [](const std::filesystem::path& path) {
        const PlanFile plan = load_plan(path, plants(), madrid());
        REQUIRE(plan.problems.size() == 1);
        return plan.problems[0].message();
    };
    CHECK(message("no/such/plan.csv") == "no/such/plan.csv: cannot be read: No such file or directory");
    CHECK(message(HIL_TEST_DATA) == HIL_TEST_DATA ": cannot be read: it is a directory");
}

TEST_CASE("a wrong header is refused, every column of it") {
    check({
        {"timestamp\n2025-10-01T00:00\n",
         {"plan:1: must have a column <plant>_p_kw or <plant>_q_kvar after timestamp"}},
        {"time,lib_p_kw\n", {"plan:1: timestamp: must be the first column, got \"time\""}},
        {"lib_p_kw,timestamp\n", {"plan:1: timestamp: must be the first column, got \"lib_p_kw\""}},
        {"timestamp\tlib_p_kw\n2025-10-01T00:00\t1\n",
         {"plan:1: has its cells separated by tabs: save it with commas or semicolons between them"}},
        {"sep=\t\r\ntimestamp\tlib_p_kw\r\n2025-10-01T00:00\t1\r\n",
         {"plan:1: has its cells separated by tabs: save it with commas or semicolons between them"}},
        {"timestamp|lib_p_kw\n2025-10-01T00:00|1\n",
         {"plan:1: has its cells separated by \"|\": save it with commas or semicolons between them"}},
        {"timestamp,lib_p_kw\u00A0\n2025-10-01T00:00,1\n",
         {"plan:1: lib_p_kw\u00A0: must be one of " + columns +
          ", got \"lib_p_kw\u00A0\" (U+00A0 is a no-break space: remove it)"}},
        {"timestamp,lib_p_kw,power,xyz_p_kw,,lib_p_kw,LIB_q_kvar\n2025-10-01T00:00,1,2,3,4,5,6\n",
         {"plan:1: power: must be one of " + columns + ", got \"power\"",
          "plan:1: xyz_p_kw: must name one of the plants lib, vrfb, got \"xyz\"",
          "plan:1: column 5: must be one of " + columns + ", got \"\"",
          "plan:1: lib_p_kw: must be given once, got it again",
          "plan:1: LIB_q_kvar: must name one of the plants lib, vrfb, got \"LIB\""}},
        {header, {"plan: must have a row after the header"}},
        {header + "\n\n", {"plan: must have a row after the header"}},
    });
}

TEST_CASE("a bad time is refused with its row, its value and the rule") {
    check({
        {header + "2025-10-01T00:00,1\nyesterday,2\n",
         {"plan:3: timestamp: must be an ISO 8601 time, got \"yesterday\""}},
        {header + "2025-02-29T00:00,1\n",
         {"plan:2: timestamp: must be an ISO 8601 time, got \"2025-02-29T00:00\""}},
        {header + "2025-10-01T24:00,1\n",
         {"plan:2: timestamp: must be an ISO 8601 time, got \"2025-10-01T24:00\" (24:00 is 00:00 of the next "
          "day; "
          "write the time at which a value begins)"}},
        {header + ",1\n", {"plan:2: timestamp: must not be empty"}},
        {header + "2025-03-30T02:30,1\n",
         {"plan:2: timestamp: must be a local time that exists in Europe/Madrid, got \"2025-03-30T02:30\""}},
        {header + "2025-10-01T00:15,1\n2025-10-01T00:15,2\n2025-10-01T00:00,3\n2025-10-01T00:30,4\n",
         {"plan:3: timestamp: must be later than the row before it, 2025-10-01T00:15:00+02:00, got "
          "\"2025-10-01T00:15\"",
          "plan:4: timestamp: must be later than the row before it, 2025-10-01T00:15:00+02:00, got "
          "\"2025-10-01T00:00\""}},
        {header + "2022-10-30T02:45,1\n2022-10-30T02:00,2\n",
         {"plan:3: timestamp: must be later than the row before it, 2022-10-30T02:45:00+02:00 "
          "(this local time comes twice, write its offset), got \"2022-10-30T02:00\""}},
        {header + "1969-12-31T23:00Z,1\n",
         {"plan:2: timestamp: must be within the years 1970 to 2199, got \"1969-12-31T23:00Z\""}},
        {header + "9026-01-01T00:00,1\n",
         {"plan:2: timestamp: must be within the years 1970 to 2199, got \"9026-01-01T00:00\""}},
        {header + "2250-01-01T00:00,1\n",
         {"plan:2: timestamp: must be within the years 1970 to 2199, got \"2250-01-01T00:00\""}},
    });
}

TEST_CASE("a bad value is refused with its row, its column, its value and the rule") {
    const auto with = [](const std::string& cell) { return header + "2025-10-01T00:00," + cell + "\n"; };
    const auto refused = [](const std::string& shown) {
        return std::vector<std::string>{"plan:2: lib_p_kw: must be a finite number, got " + shown};
    };
    check({
        {with(""), {"plan:2: lib_p_kw: must not be empty"}},
        {with("\"\""), {"plan:2: lib_p_kw: must not be empty"}},
        {with("abc"), refused("\"abc\"")},
        {with("12kW"), refused("\"12kW\"")},
        {with("1 000"), refused("\"1 000\" (thousands are set off by points or commas, or not at all)")},
        {with("\"1,5\""),
         refused("\"1,5\" (a decimal comma: taken where cells are separated by semicolons)")},
        {with("0x10"), refused("\"0x10\"")},
        {with("--1"), refused("\"--1\"")},
        {with("NaN"), refused("\"NaN\"")},
        {with("inf"), refused("\"inf\"")},
        {with("-Infinity"), refused("\"-Infinity\"")},
        {with("1e999"), refused("\"1e999\"")},
        {with("\"a\"\"b\\\t\""), refused("\"a\\\"b\\\\\\x09\"")},
        {with("\xE2\x88\x92"
              "5"),
         refused("\"\xE2\x88\x92"
                 "5\" (U+2212 is a minus sign of print: type -)")},
        {with("1\xC2\xA0"
              "000"),
         refused("\"1\xC2\xA0"
                 "000\" (U+00A0 is a no-break space: remove it)")},
        {with("50%"), refused("\"50%\" (a percentage)")},
        {with(std::string(60, '7') + "x"), refused("\"" + std::string(40, '7') + "…\"")},
    });
}

TEST_CASE("a row of another shape than the header is refused") {
    check({
        {header + "2025-10-01T00:00\n", {"plan:2: must have 2 cells as the header, got 1"}},
        {header + "2025-10-01T00:00,1,\n", {"plan:2: must have 2 cells as the header, got 3"}},
        {header + "2025-10-01T00:00,1,5\n", {"plan:2: must have 2 cells as the header, got 3"}},
        {header + "2025-10-01T00:00,1\n\n\n2025-10-01T00:15,1\n",
         {"plan:3: must not be blank, for rows follow"}},
        {header + "2025-10-01T00:00,\"1\n2025-10-01T00:15,2\n", {"plan:2: a quote is not closed"}},
        {header + "2025-10-01T00:00,\"1\"2\n", {"plan:2: a quoted cell must end at its closing quote"}},
        {header + "\"2025-10-01\nT00:00\",1\nx,2\n",
         {"plan:2: timestamp: must be an ISO 8601 time, got \"2025-10-01\\x0AT00:00\"",
          "plan:4: timestamp: must be an ISO 8601 time, got \"x\""}},
    });
}

TEST_CASE("all problems of a file are reported together") {
    check({{"timestamp,lib_p_kw,foo_q_kvar\nnever,x,1\n2025-10-01T00:00,inf,y\n",
            {"plan:1: foo_q_kvar: must name one of the plants lib, vrfb, got \"foo\"",
             "plan:2: timestamp: must be an ISO 8601 time, got \"never\"",
             "plan:2: lib_p_kw: must be a finite number, got \"x\"",
             "plan:3: lib_p_kw: must be a finite number, got \"inf\""}}});
}

TEST_CASE("of very many problems the first hundred are listed and the rest counted") {
    std::string text = header;
    for (int i = 0; i < 1000; ++i)
        text += "never,x\n";
    const PlanFile plan = parse_plan(text, "plan", plants(), madrid());
    CHECK(plan.problems.size() == max_problems);
    CHECK(plan.omitted == 1900);
}

TEST_CASE("JSON of another shape than a plan is refused with a sentence") {
    const auto row = [](const std::string& members) {
        return "[{\"timestamp\":\"2025-10-01T00:00\"" + members + "}]";
    };
    check({
        {"{}", {"plan: must be an array of objects, got an object"}},
        {"[]", {"plan: must have an object in its array"}},
        {"[{\"timestamp\":", {"plan: is not valid JSON at line 1: incomplete JSON"}},
        {"[\n{\"timestamp\" 5}]", {"plan: is not valid JSON at line 2: syntax error"}},
        {"[]\n[]", {"plan: is not valid JSON at line 2: extra data"}},
        {"[5, \"a\", null, []]",
         {"plan:1: must be an object, got 5", "plan:2: must be an object, got \"a\"",
          "plan:3: must be an object, got null", "plan:4: must be an object, got an array"}},
        {row(""), {"plan:1: must have a key <plant>_p_kw or <plant>_q_kvar beside timestamp"}},
        {"[{\"lib_p_kw\":1}]", {"plan:1: timestamp: is missing"}},
        {row(",\"foo\":1"), {"plan:1: foo: must be one of " + columns + ", got \"foo\""}},
        {row(",\"x_p_kw\":1"), {"plan:1: x_p_kw: must name one of the plants lib, vrfb, got \"x\""}},
        {row(",\"lib_p_kw\":\"1\""), {"plan:1: lib_p_kw: must be a finite number, got \"1\""}},
        {row(",\"lib_p_kw\":null"), {"plan:1: lib_p_kw: must be a finite number, got null"}},
        {row(",\"lib_p_kw\":true"), {"plan:1: lib_p_kw: must be a finite number, got true"}},
        {row(",\"lib_p_kw\":[1,[2]]"), {"plan:1: lib_p_kw: must be a finite number, got an array"}},
        {row(",\"lib_p_kw\":{\"timestamp\":1}"),
         {"plan:1: lib_p_kw: must be a finite number, got an object"}},
        {row(",\"lib_p_kw\":1e999"), {"plan:1: lib_p_kw: must be a finite number, got 1e999"}},
        {row(",\"lib_p_kw\":1,\"lib_p_kw\":2"), {"plan:1: lib_p_kw: must be given once, got it again"}},
        {row(",\"lib_p_kw\":1,\"timestamp\":\"2025-10-01T00:00\""),
         {"plan:1: timestamp: must be given once, got it again"}},
        {"[{\"timestamp\":1759269600,\"lib_p_kw\":1}]",
         {"plan:1: timestamp: must be a text with an ISO 8601 time, got 1759269600"}},
        {"[{\"timestamp\":\"2025-10-01T00:00\",\"lib_p_kw\":1,\"lib_q_kvar\":1},"
         "{\"timestamp\":\"2025-10-01T00:00\",\"lib_p_kw\":2,\"vrfb_p_kw\":1}]",
         {"plan:2: timestamp: must be later than the row before it, 2025-10-01T00:00:00+02:00, got "
          "\"2025-10-01T00:00\"",
          "plan:2: vrfb_p_kw: must be a key of the first object too, got it here first",
          "plan:2: lib_q_kvar: is missing"}},
    });
}

TEST_CASE("no text whatever makes the reader fail other than with problems") {
    const std::string csv =
        "timestamp,lib_p_kw,\"lib_q_kvar\"\n2025-10-01T00:00:00+02:00,1.5,-2\n2025-10-01T00:15,3,4\n";
    const std::string json =
        "[{\"timestamp\":\"2025-10-01T00:00\",\"lib_p_kw\":1.5},{\"timestamp\":\"2025-10-01T00:15\",\"lib_p_"
        "kw\":[{}]}]";
    const std::string_view alphabet = "\",\n\r\\[]{}:0e-\xFF\xC3\x00 nT"sv;
    Random random(9);
    int refused = 0;
    for (int round = 0; round < 20000; ++round) {
        std::string text = random.chance(0.5) ? csv : json;
        for (std::uint64_t n = 1 + random.below(6); n > 0 && !text.empty(); --n) {
            const std::size_t where = random.below(text.size());
            switch (random.below(4)) {
                case 0:
                    text[where] = alphabet[random.below(alphabet.size())];
                    break;
                case 1:
                    text.insert(where, 1, alphabet[random.below(alphabet.size())]);
                    break;
                case 2:
                    text.erase(where, 1 + random.below(4));
                    break;
                default:
                    text.resize(where + 1);
                    break;
            }
        }
        const PlanFile plan = parse_plan(text, "plan", plants(), madrid());
        REQUIRE(plan.ok() == !plan.columns.empty());
        if (!plan.ok()) ++refused;
    }
    CHECK(refused > 1000);
}
