#include "market/messages.hpp"
#include "market/errors.hpp"
#include "net/message.hpp"

#include "support/catch.hpp"

#include <fmt/format.h>

#include <chrono>

using namespace hil;
using namespace hil::market;
using namespace std::chrono_literals;

namespace {

const Zone& madrid() {
    static const Zone zone = Zone::find("Europe/Madrid").value();
    return zone;
}

WallTime at(std::string_view text) {
    return madrid().parse(text).value();
}

const std::vector<std::string> plants{"lib", "vrfb"};
const schedule::Window first_of_october{at("2025-10-01T00:00"), at("2025-10-02T00:00")};

std::string product(const std::string& periods) {
    return R"([{"id":4,"delivery_periods":[)" + periods + R"(]},{"delivery_periods":"not looked at"}])";
}

std::string period(const std::string& time, const std::string& fields) {
    return fmt::format(R"({{"delivery_period":"{}","activation":[{{{}}}]}})", time, fields);
}

}  // namespace

TEST_CASE("Times are sent in UTC, whole seconds, with +00:00") {
    CHECK(utc_text(at("2025-10-01T00:00:00.999")) == "2025-09-30T22:00:00+00:00");

    const auto request = products_request(day_ahead_market, at("2025-10-01T00:00"), at("2025-10-01T23:45"));
    CHECK(request.method == "GET");
    const auto target = net::parse_target(request.target).value();
    CHECK(target.path == "/market_products");
    CHECK(target.parameter("id") == "4");
    // A bare plus sign would arrive as a blank.
    CHECK(target.parameter("delivery_period_gte") == "2025-09-30T22:00:00+00:00");
    CHECK(target.parameter("delivery_period_lte") == "2025-10-01T21:45:00+00:00");
}

TEST_CASE("Several values of a series are one request, numbers as people write them") {
    const std::vector<Measurement> values{{at("2025-10-01T12:00"), 250}, {at("2025-10-01T12:01"), -0.125}};
    const auto request = measurements_request(4, values);
    CHECK(request.method == "POST");
    CHECK(request.target == "/measurements");
    CHECK(request.headers.find("content-type") == "application/json");
    CHECK(request.body == R"({"measurement_series":4,"measurements":[)"
                          R"({"timestamp":"2025-10-01T10:00:00+00:00","measurement":250.0},)"
                          R"({"timestamp":"2025-10-01T10:01:00+00:00","measurement":-0.125}]})");
}

TEST_CASE("A password is sent as it is, whatever characters it has") {
    CHECK(login_request("a@b", "p\"w\\\n").body == R"({"email":"a@b","password":"p\"w\\\n"})");
}

TEST_CASE("A token must be one that can stand in a header") {
    CHECK(read_token(R"({"token":"abc.def"})").value() == "abc.def");
    for (const char* bad : {"", "<html>", "[]", "{}", R"({"token":""})", R"({"token":7})",
                            R"({"token":"a\r\nX: y"})", R"({"token":"a b"})"})
        CHECK(read_token(bad).error() == fault::no_token);
}

TEST_CASE("A period is what goes to the grid less what comes from it", "[AC-51]") {
    const auto read =
        read_day_ahead(product(period("2025-09-30T22:15:00+00:00",
                                      R"("lib_to_vpp_kw":30,"vpp_to_lib_kw":50,"vrfb_to_vpp_kw":20)")),
                       plants, first_of_october);
    REQUIRE(read);
    CHECK(read->warnings.empty());
    REQUIRE(read->rows[0].size() == 1);
    CHECK(madrid().format(read->rows[0][0].at) == "2025-10-01T00:15:00+02:00");
    CHECK(read->rows[0][0].p_kw == -20);
    CHECK(read->rows[0][0].q_kvar == 0);
    REQUIRE(read->rows[1].size() == 1);
    CHECK(read->rows[1][0].p_kw == 20);
}

TEST_CASE("Field names follow from the plant's id, whatever it is") {
    const std::vector<std::string> ids{"north-2", "lib"};
    const auto read = read_day_ahead(
        product(period("2025-10-01T10:00:00Z", R"("north-2_to_vpp_kw":7.5,"vpp_to_north-2_kw":null)")), ids,
        first_of_october);
    REQUIRE(read);
    REQUIRE(read->rows[0].size() == 1);
    CHECK(read->rows[0][0].p_kw == 7.5);
    CHECK(read->rows[1].empty());  // nothing is said of it: that is not 0 kW
}

TEST_CASE("One malformed period of 96 costs one period and one warning [D-16]", "[AC-53][D-16]") {
    std::string periods;
    for (int i = 0; i < 96; ++i) {
        auto time = utc_text(first_of_october.from + i * 15min);
        if (i == 10) time = time.substr(0, 19) + "Z";
        if (i == 11) time = time.substr(0, 19) + ".250000+00:00";
        if (i == 20) time = "yesterday";
        periods += (i ? "," : "") + period(time, R"("lib_to_vpp_kw":1,"vrfb_to_vpp_kw":2)");
    }
    const auto read = read_day_ahead(product(periods), plants, first_of_october);
    REQUIRE(read);
    CHECK(read->rows[0].size() == 95);
    CHECK(read->rows[1].size() == 95);
    REQUIRE(read->warnings.size() == 1);
    CHECK(read->warnings[0] ==
          "period 21 is left out: delivery_period must be an ISO 8601 time, got \"yesterday\"");
}

TEST_CASE("A period without an activation is not stored as 0 [D-16]", "[AC-53][D-16]") {
    const auto read =
        read_day_ahead(product(R"({"delivery_period":"2025-10-01T10:00:00+00:00"},)"
                               R"({"delivery_period":"2025-10-01T10:15:00+00:00","activation":[]},)"
                               R"({"delivery_period":"2025-10-01T10:30:00+00:00","activation":null},)"
                               R"({"delivery_period":"2025-10-01T10:45:00+00:00","activation":[{}]},)" +
                               period("2025-10-01T11:00:00+00:00", R"("lib_to_vpp_kw":0)")),
                       plants, first_of_october);
    REQUIRE(read);
    CHECK(read->warnings.empty());
    REQUIRE(read->rows[0].size() == 1);
    CHECK(read->rows[0][0].at == at("2025-10-01T13:00"));
    CHECK(read->rows[1].empty());
}

TEST_CASE("What a period says wrong is left out with its place and reason") {
    const auto wrong = [](const std::string& periods) {
        const auto read = read_day_ahead(product(periods), plants, first_of_october);
        REQUIRE(read);
        REQUIRE(read->warnings.size() == 1);
        CHECK(read->rows[0].size() <= 1);
        return read->warnings[0];
    };
    const std::string time = "2025-10-01T10:00:00+00:00";
    CHECK(
        wrong(period(time, R"("lib_to_vpp_kw":"12")")) ==
        "period 1 (2025-10-01T10:00:00+00:00) is left out: lib_to_vpp_kw and vpp_to_lib_kw must be numbers");
    CHECK(wrong(R"({"delivery_period":"2025-10-01T10:00:00Z","activation":{"lib_to_vpp_kw":1}})") ==
          "period 1 (2025-10-01T10:00:00+00:00) is left out: activation must be an array of objects");
    CHECK(wrong(R"({"activation":[{"lib_to_vpp_kw":1}]})") ==
          "period 1 is left out: delivery_period must be an ISO 8601 time, got nothing");
    CHECK(wrong(R"("text")") ==
          "period 1 is left out: delivery_period must be an ISO 8601 time, got nothing");
    CHECK(wrong(period(time, R"("lib_to_vpp_kw":1)") + "," + period(time, R"("lib_to_vpp_kw":2)")) ==
          "period 2 (2025-10-01T10:00:00+00:00) is left out: it appears twice");
}

TEST_CASE("Periods of other days are not taken, and rows come in order of time") {
    const auto read = read_day_ahead(product(period("2025-10-01T12:00:00Z", R"("lib_to_vpp_kw":3)") + "," +
                                             period("2025-10-01T11:00:00Z", R"("lib_to_vpp_kw":2)") + "," +
                                             period("2025-10-01T22:00:00Z", R"("lib_to_vpp_kw":9)")),
                                     plants, first_of_october);
    REQUIRE(read);
    REQUIRE(read->rows[0].size() == 2);
    CHECK(read->rows[0][0].p_kw == 2);
    CHECK(read->rows[0][1].p_kw == 3);
}

TEST_CASE("Nothing published is an answer, a page of HTML is not") {
    for (const char* none :
         {"[]", R"([{}])", R"([{"delivery_periods":[]}])", R"([{"delivery_periods":null}])"}) {
        const auto read = read_day_ahead(none, plants, first_of_october);
        REQUIRE(read);
        CHECK(read->rows[0].empty());
    }
    for (const char* bad : {"", "<html>", "{}", "null", "[7]", R"([{"delivery_periods":{}}])"})
        CHECK(read_day_ahead(bad, plants, first_of_october).error() == fault::bad_reply);
}

TEST_CASE("The next mFRR activation is the first that has not begun") {
    const std::string body =
        product(period("2025-10-01T10:30:00Z", R"("total_upward_kw":40,"total_downward_kw":15)") + "," +
                period("2025-10-01T10:15:00Z", R"("total_downward_kw":8)") + "," +
                period("2025-10-01T10:00:00Z", R"("total_upward_kw":1)") + "," +
                R"({"delivery_period":"2025-10-01T10:10:00Z","activation":[]})");
    const auto read = read_activation(body, at("2025-10-01T12:05"));
    REQUIRE(read);
    REQUIRE(read->next);
    CHECK(read->next->at == at("2025-10-01T12:15"));
    CHECK(read->next->value == -8);
    CHECK_FALSE(read_activation(body, at("2025-10-01T13:00"))->next);
    CHECK(read_activation("oops", at("2025-10-01T13:00")).error() == fault::bad_reply);
}
