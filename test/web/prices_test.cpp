// Prices that were given, kept beside the recordings; and lengths of time as people write them.
#include "web/rig.hpp"

#include <string>

using namespace hil;
using namespace hil::web;
using namespace hil::web::test;

namespace {

namespace json = boost::json;

constexpr auto file =
    "timestamp,price_eur_mwh\n2025-10-01T00:00:00+02:00,40\n2025-10-01T01:00:00+02:00,100.5\n"
    "2025-10-01T02:00:00+02:00,-5\n";

net::Response give(Rig& rig, const std::string& body, const std::string& query = "") {
    return rig.ask(Rig::request("PUT", "/api/v1/prices" + query, "text/csv", body));
}

}  // namespace

TEST_CASE("prices are given as a file, kept, asked for by range, and forgotten") {
    Rig rig;
    CHECK(Rig::document(rig.get("/api/v1/prices")).at("rows").as_array().empty());
    REQUIRE(give(rig, file).status == 200);
    const json::value all = Rig::document(rig.get("/api/v1/prices"));
    REQUIRE(all.at("rows").as_array().size() == 3);
    CHECK(all.at("made_from") == "a plain table, price_eur_mwh");
    CHECK(all.at_pointer("/rows/0/from") == "2025-09-30T22:00:00Z");
    CHECK(all.at_pointer("/rows/0/to") == "2025-09-30T23:00:00Z");
    CHECK(all.at_pointer("/rows/1/price") == 100.5);
    CHECK(all.at_pointer("/rows/2/to") == "2025-10-01T01:00:00Z");
    CHECK(rig.plans.manual(0, schedule::Signal::p).series.empty());

    const json::value some =
        Rig::document(rig.get("/api/v1/prices?from=2025-09-30T23:30:00Z&to=2025-10-01T00:00:00Z"));
    REQUIRE(some.at("rows").as_array().size() == 1);
    CHECK(some.at_pointer("/rows/0/price") == 100.5);
    CHECK(rig.get("/api/v1/prices?from=2025-10-02&to=2025-10-01").status == 422);

    REQUIRE(give(rig, file, "?scale=2").status == 200);
    CHECK(json::value(Rig::document(rig.get("/api/v1/prices"))).at_pointer("/rows/0/price") == 80.0);
    CHECK(rig.send("DELETE", "/api/v1/prices", "").status == 200);
    CHECK(Rig::document(rig.get("/api/v1/prices")).at("rows").as_array().empty());
}

TEST_CASE("what is no price file is refused with its reasons, and the prices there are stay") {
    Rig rig;
    REQUIRE(give(rig, file).status == 200);
    for (const char* bad :
         {"", "timestamp,price\n2025-10-01T00:00:00,many\n", "timestamp,load_kw\n2025-10-01,1\n"}) {
        const auto answer = give(rig, bad);
        INFO(answer.body);
        CHECK(answer.status == 422);
        CHECK_FALSE(Rig::document(answer).at("errors").as_array().empty());
    }
    CHECK(give(rig, file, "?scale=0").status == 422);
    CHECK(Rig::document(rig.get("/api/v1/prices")).at("rows").as_array().size() == 3);
}

TEST_CASE("prices that something else wrote are none") {
    Rig rig;
    const auto kept = rig.config.general.data_dir / "prices.json";
    for (const char* text :
         {"{", "[]", R"({"format":"hil-prices 2","rows":[]})", R"({"format":"hil-prices 1","rows":[[1,2]]})",
          R"({"format":"hil-prices 1","rows":[[1,2,"x"]]})"}) {
        INFO(text);
        REQUIRE(rig.files->write_at(kept, 0, text));
        const auto answer = rig.get("/api/v1/prices");
        CHECK(answer.status == 200);
        CHECK(Rig::document(answer).at("rows").as_array().empty());
    }
}

TEST_CASE("a length of time in a request is a number of seconds or a text with its unit") {
    Rig rig;
    const auto template_of = [&](const std::string& more) {
        return rig.send("POST", "/api/v1/schedules/template",
                        R"({"template":"square","series":"lib_p","from":"2025-10-01T08:00:00Z",)"
                        R"("to":"2025-10-01T12:00:00Z",)" +
                            more + "}");
    };
    const auto written = template_of(R"("parameters":{"level_kw":100,"period_s":"30m"})");
    REQUIRE(written.status == 200);
    CHECK(written.body == template_of(R"("parameters":{"level_kw":100,"period_s":1800})").body);
    CHECK(template_of(R"("parameters":{"level_kw":"1h","period_s":1800})").status == 422);
    CHECK(template_of(R"("parameters":{"level_kw":100,"period_s":"soon"})").status == 422);
    CHECK(template_of(R"("parameters":{"level_kw":100},"deadline_s":"30s")").status == 200);
    CHECK(template_of(R"("parameters":{"level_kw":100},"deadline_s":"1h")").status == 422);
    const auto gaps = [&](const std::string& gap) {
        return rig.get("/api/v1/measurements/availability?plant=lib&gap_s=" + gap).status;
    };
    CHECK(gaps("90") == 200);
    CHECK(gaps("1m30s") == 200);
    CHECK(gaps("500ms") == 422);
    CHECK(gaps("400d") == 422);
    CHECK(gaps("soon") == 422);
}
