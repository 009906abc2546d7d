#include "market/post_reply.hpp"

#include "market/errors.hpp"

#include "support/catch.hpp"

using namespace hil;
using namespace hil::market;

namespace {

struct Case {
    const char* body;
    std::size_t sent;
    const char* says;  // the detail; of what is stored: null
};

error_code why(const Case& c) {
    const auto doubt = not_stored(c.body, c.sent);
    return doubt ? doubt->why : error_code{};
}

}  // namespace

TEST_CASE("An answer that is empty, or JSON that says nothing else, is believed") {
    const auto* const body = GENERATE(
        "", " \r\n\t", "{}", "[]", "null", "true", "\"ok\"", "7", R"({"stored":3})", R"({"stored":4})",
        R"({"count":3,"accepted":3,"inserted":3})", R"({"success":true})", R"({"success":1})",
        R"({"success":null})", R"({"success":"yes"})", R"({"error":null})", R"({"error":false})",
        R"({"error":""})", R"({"error":" "})", R"({"errors":[]})", R"({"errors":{}})", R"({"errors":0})",
        R"({"accepted":true,"stored":null,"count":"many"})", R"({"accepted":[1,2,3]})",
        R"([{"error":"of something else"}])", R"({"message":"no error"})");
    CAPTURE(body);
    CHECK_FALSE(not_stored(body, 3));
}

TEST_CASE("A text that is no JSON stores nothing") {
    const auto* const body =
        GENERATE("<html>We will be back soon.</html>", "OK", "{", R"({"stored":3} x)", "\x00x");
    CAPTURE(body);
    const auto doubt =
        not_stored(std::string_view(body, body[0] == 0 ? 2 : std::string_view(body).size()), 3);
    REQUIRE(doubt);
    CHECK(doubt->why == fault::not_json);
    CHECK(doubt->detail.empty());
}

TEST_CASE("An object that tells of an error, of no success or of fewer values stores nothing") {
    const Case errors[] = {{R"({"error":"series closed"})", 1, R"(error: "series closed")"},
                           {R"({"error":true})", 1, "error: true"},
                           {R"({"error":17})", 1, "error: 17"},
                           {R"({"error":{"code":1}})", 1, R"(error: {"code":1})"},
                           {R"({"stored":1,"errors":["late"]})", 1, R"(errors: ["late"])"}};
    for (const auto& c : errors) {
        CAPTURE(c.body);
        CHECK(why(c) == fault::reported_error);
        CHECK(not_stored(c.body, c.sent)->detail == c.says);
    }
    const Case failures[] = {{R"({"success":false})", 1, "success: false"},
                             {R"({"success":0,"stored":1})", 1, "success: 0"}};
    for (const auto& c : failures) {
        CAPTURE(c.body);
        CHECK(why(c) == fault::not_successful);
        CHECK(not_stored(c.body, c.sent)->detail == c.says);
    }
    const Case fewer[] = {{R"({"count":0})", 1, "count: 0 of 1 sent"},
                          {R"({"stored":2})", 3, "stored: 2 of 3 sent"},
                          {R"({"accepted":1.0})", 2, "accepted: 1E0 of 2 sent"},
                          {R"({"stored":2,"inserted":-1})", 2, "inserted: -1 of 2 sent"},
                          {R"({"accepted":false})", 1, "accepted: false of 1 sent"},
                          {R"({"inserted":[]})", 1, "inserted: [] of 1 sent"}};
    for (const auto& c : fewer) {
        CAPTURE(c.body);
        CHECK(why(c) == fault::fewer_stored);
        CHECK(not_stored(c.body, c.sent)->detail == c.says);
    }
}

TEST_CASE("What the answer says is cut to a log line, not within a character") {
    std::string text = "x";
    for (int i = 0; i < 200; ++i)
        text += "\u00e9";
    const auto doubt = not_stored(R"({"error":")" + text + R"("})", 1);
    REQUIRE(doubt);
    CHECK(doubt->detail.size() <= 120);
    CHECK(doubt->detail.ends_with("\u00e9..."));
}

TEST_CASE("Each of them is sent again") {
    for (const auto one :
         {fault::not_json, fault::reported_error, fault::not_successful, fault::fewer_stored}) {
        CHECK(remedy(one) == Remedy::repeat);
        CHECK_FALSE(make_error_code(one).message().empty());
    }
}
