#include "observe/json_text.hpp"

#include "support/catch.hpp"

#include <limits>

using namespace hil::observe;

namespace {

std::string quoted(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

std::string number(double value) {
    std::string out;
    append_json_number(out, value);
    return out;
}

}  // namespace

TEST_CASE("text is quoted and what JSON forbids inside quotes is escaped") {
    CHECK(quoted("") == R"("")");
    CHECK(quoted("plain") == R"("plain")");
    CHECK(quoted("a\"b\\c\n\r\t\x01\x7f") == "\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u007f\"");
    CHECK(quoted(std::string_view("a\0b", 3)) == "\"a\\u0000b\"");
    CHECK(quoted("ü € 𝄞") == "\"ü € 𝄞\"");
}

TEST_CASE("bytes that are not UTF-8 become the replacement character") {
    const std::string replaced = "\xEF\xBF\xBD";
    CHECK(quoted("a\xFFz") == "\"a" + replaced + "z\"");
    CHECK(quoted("\xC3") == "\"" + replaced + "\"");                                // cut short
    CHECK(quoted("\xC0\xAF") == "\"" + replaced + replaced + "\"");                 // overlong
    CHECK(quoted("\xED\xA0\x80") == "\"" + replaced + replaced + replaced + "\"");  // a surrogate
    CHECK(quoted("\xE2\x82z") == "\"" + replaced + replaced + "z\"");
}

TEST_CASE("numbers look as people write them and what is not a number is null") {
    CHECK(number(100) == "100.0");
    CHECK(number(0.1) == "0.1");
    CHECK(number(-0.0) == "0.0");
    CHECK(number(std::numeric_limits<double>::quiet_NaN()) == "null");
    CHECK(number(-std::numeric_limits<double>::infinity()) == "null");
}
