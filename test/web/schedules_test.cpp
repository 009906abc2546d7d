#include "web/json_writer.hpp"
#include "web/route.hpp"
#include "web/series_text.hpp"

#include "planfile/workbook_maker.hpp"
#include "web/rig.hpp"

#include <sodium.h>

using namespace hil;
using namespace hil::web;
using namespace hil::web::test;

namespace {

constexpr const char* two_rows =
    R"({"rows":[{"time":"2025-10-01T10:00:00+02:00","value":100},{"time":"2025-10-01T08:30:00Z","value":-50.5}],)"
    R"("end":"2025-10-01T09:00:00Z"})";

net::Response put_csv(Rig& rig, const char* target, std::string body) {
    return rig.ask(Rig::request("PUT", target, "text/csv", std::move(body)));
}

}  // namespace

TEST_CASE("a series is staged, shown and dropped, and nothing of it is in force") {
    Rig rig;
    CHECK(Rig::document(rig.get("/api/v1/schedules/lib_p")).at("staged").is_null());
    const auto put = rig.send("PUT", "/api/v1/schedules/lib_p", two_rows);
    REQUIRE(put.status == 200);
    const auto document = Rig::document(rig.get("/api/v1/schedules/lib_p"));
    CHECK(document == Rig::document(put));
    CHECK(document.at("unit") == "kW");
    CHECK(document.at("applied").is_null());
    CHECK(document.at("staged").at("end") == "2025-10-01T09:00:00Z");
    CHECK(document.at("staged").at("rows").at(0) ==
          json::value{{"time", "2025-10-01T08:00:00Z"}, {"value", 100.0}});
    CHECK(document.at("staged").at("rows").at(1).at("value") == -50.5);
    CHECK(document.at("staged").at("origin") == "operator");
    CHECK(rig.plans.revision(0) == 1);
    CHECK(Rig::document(rig.ask(Rig::request("DELETE", "/api/v1/schedules/lib_p"))).at("staged").is_null());
    CHECK_FALSE(rig.drafts.draft(0, schedule::Signal::p).staged());
}

TEST_CASE("a series comes as CSV, absolute or from a start, and goes as CSV") {
    Rig rig;
    REQUIRE(put_csv(rig, "/api/v1/schedules/vrfb_q",
                    "timestamp,vrfb_q_kvar\n2025-10-01T10:00:00,5\n2025-10-01T10:15:00,-5\n")
                .status == 200);
    const auto& absolute = rig.drafts.draft(1, schedule::Signal::q).series;
    CHECK(absolute.begin_time() == begin_of_time);
    CHECK(absolute.end_time() == begin_of_time + 30min);
    const auto file = rig.get("/api/v1/schedules/vrfb_q?format=csv");
    CHECK(file.body ==
          "timestamp,vrfb_q_kvar\n2025-10-01T10:00:00+02:00,5.0\n2025-10-01T10:15:00+02:00,-5.0\n"
          "2025-10-01T10:30:00+02:00,\n");
    CHECK(file.headers.find("Content-Disposition") == "attachment; filename=\"vrfb_q.csv\"");

    const char* relative = "hours,minutes,seconds,setpoint\n0,0,0,10\n1,0,0,end\n";
    CHECK(put_csv(rig, "/api/v1/schedules/lib_p", relative).status == 422);
    REQUIRE(put_csv(rig, "/api/v1/schedules/lib_p?start=2025-10-01T10:00:00%2B02:00", relative).status ==
            200);
    CHECK(rig.drafts.draft(0, schedule::Signal::p).series.end_time() == begin_of_time + 1h);
    // A plus sign that was not escaped is meant all the same.
    CHECK(put_csv(rig, "/api/v1/schedules/lib_p?start=2025-10-01T12:00:00+02:00", relative).status == 200);
    CHECK(rig.drafts.draft(0, schedule::Signal::p).series.begin_time() == begin_of_time + 2h);
}

TEST_CASE("what was read of a series can be put back and is the same, its end included") {
    const auto one = schedule::Series({{begin_of_time + 13h, 100}}, begin_of_time + 13h + 30min);
    // Unequal steps, a value that repeats, an instant that comes twice on the clock, a fraction of a second.
    const auto twice = WallTime{std::chrono::sys_days{std::chrono::year{2025} / 10 / 26}} + 30min;
    const auto several = schedule::Series(
        {{begin_of_time + 250ms, 0.1}, {begin_of_time + 1h, -50.5}, {twice, 7}, {twice + 1h, 7}},
        twice + 61min);
    const auto short_end =
        schedule::Series({{begin_of_time, 1}, {begin_of_time + 15min, 2}}, begin_of_time + 16min);
    for (const auto& series : {one, several, short_end}) {
        for (const char* format : {"csv", "json"}) {
            Rig rig;
            rig.drafts.stage(0, schedule::Signal::p, series, "anna");
            const auto read = rig.get(std::string("/api/v1/schedules/lib_p?format=") + format);
            REQUIRE(read.status == 200);
            const bool csv = std::string(format) == "csv";
            const auto body = csv ? read.body : to_text(Rig::document(read).at("staged"));
            INFO(body);
            rig.drafts.drop(0, schedule::Signal::p);
            const auto put = csv ? put_csv(rig, "/api/v1/schedules/lib_p", body)
                                 : rig.send("PUT", "/api/v1/schedules/lib_p", body);
            CHECK(put.status == 200);
            const auto& back = rig.drafts.draft(0, schedule::Signal::p);
            CHECK(back.series == series);
            CHECK(back.origin == "operator");
            if (!csv) continue;
            rig.drafts.drop(0, schedule::Signal::p);
            CHECK(rig.ask(Rig::request("POST", "/api/v1/schedules/import", "text/csv", body)).status == 200);
            CHECK(rig.drafts.draft(0, schedule::Signal::p).series == series);
        }
    }
}

TEST_CASE("an empty value is the end of a series only in the last row of its only column") {
    Rig rig;
    const auto pointer_of = [&](std::string rows, const char* columns = "lib_p_kw") {
        const auto answer = rig.ask(Rig::request("POST", "/api/v1/schedules/import", "text/csv",
                                                 fmt::format("timestamp,{}\n{}", columns, rows)));
        CHECK(answer.status == 422);
        return std::string(std_view(Rig::document(answer).at("errors").at(0).at("pointer").as_string()));
    };
    CHECK(pointer_of("2025-10-01T10:00,1\n2025-10-01T11:00,\n2025-10-01T12:00,2\n") == "/3/lib_p_kw");
    CHECK(pointer_of("2025-10-01T10:00,1\n2025-10-01T11:00,\n2025-10-01T12:00,\n") == "/3/lib_p_kw");
    CHECK(pointer_of("2025-10-01T10:00,\n") == "/2/lib_p_kw");
    CHECK(pointer_of("2025-10-01T10:00,1\n2025-10-01T09:00,\n") == "/3/timestamp");
    // A row of empty cells at the end is none.
    CHECK(pointer_of("2025-10-01T10:00,1\n,\n2025-10-01T11:00,1\n") == "/3");
    CHECK(pointer_of("2025-10-01T10:00,1,2\n2025-10-01T11:00,,\n", "lib_p_kw,lib_q_kvar") == "/3/lib_p_kw");
    rig.check_untouched();
}

TEST_CASE("what is wrong with a series is said with its place, and nothing is staged [D-28]", "[D-28]") {
    Rig rig;
    struct Case {
        const char *body, *pointer;
    };
    for (
        const auto& [body, pointer] :
        {Case{R"({"rows":[{"time":"x","value":1}],"end":"2025-10-01T09:00:00Z"})", "/rows/0/time"},
         {R"({"rows":[{"time":"2025-10-01T08:00:00Z","value":"1"}],"end":"2025-10-01T09:00:00Z"})",
          "/rows/0/value"},
         {R"({"rows":[{"time":"2025-10-01T08:00:00Z"}],"end":"2025-10-01T09:00:00Z"})", "/rows/0/value"},
         {R"({"rows":[{"time":"2025-10-01T08:00:00Z","value":1}]})", "/end"},
         {R"({"rows":[{"time":"2025-10-01T08:00:00Z","value":1}],"end":"2025-10-01T08:00:00Z"})", "/end"},
         {R"({"rows":[{"time":"2025-10-01T08:00:00Z","value":1},{"time":"2025-10-01T08:00:00Z","value":1}],"end":"2025-10-01T09:00:00Z"})",
          "/rows/1/time"},
         {R"({"rows":[{"time":"2025-03-30T02:30:00","value":1}],"end":"2025-10-01T09:00:00Z"})",
          "/rows/0/time"},
         {R"({"rows":[7],"end":"2025-10-01T09:00:00Z"})", "/rows/0"},
         {R"({"rows":{},"end":"2025-10-01T09:00:00Z"})", "/rows"},
         {R"({"rows":[],"end":null,"more":1})", "/more"},
         {R"([])", ""}}) {
        INFO(body);
        const auto answer = rig.send("PUT", "/api/v1/schedules/lib_p", body);
        REQUIRE(answer.status == 422);
        CHECK(Rig::document(answer).at("errors").at(0).at("pointer") == pointer);
    }
    CHECK(put_csv(rig, "/api/v1/schedules/lib_p", "timestamp,lib_q_kvar\n2025-10-01T10:00:00,5\n").status ==
          422);
    CHECK(put_csv(rig, "/api/v1/schedules/lib_p", "nonsense").status == 422);
    for (const char* series : {"lib", "lib_x", "moon_p", "_p", "..%2flib_p"})
        CHECK(rig.send("PUT", "/api/v1/schedules/" + std::string(series), two_rows).status == 404);
    rig.check_untouched();
}

TEST_CASE("a plan file is staged as a whole, with what the plants cannot do of it") {
    Rig rig;
    const auto answer = rig.ask(
        Rig::request("POST", "/api/v1/schedules/import?file=day.csv", "text/csv",
                     "timestamp,lib_p_kw,vrfb_p_kw\n2025-10-01T10:00:00,5000,0\n2025-10-01T11:00:00,0,10\n"));
    REQUIRE(answer.status == 200);
    const auto document = Rig::document(answer);
    CHECK(document.at("staged") == json::array{"lib_p", "vrfb_p"});
    const auto& violations = document.at("violations").as_array();
    REQUIRE_FALSE(violations.empty());
    CHECK(violations[0].at("kind") == "power_limit");
    CHECK(violations[0].at("plant") == "lib");
    CHECK(rig.drafts.draft(0, schedule::Signal::p).origin == "day.csv, operator");
    CHECK(rig.plans.revision(0) == 1);

    Rig other;
    const auto refused = other.ask(Rig::request("POST", "/api/v1/schedules/import", "text/csv",
                                                "timestamp,lib_p_kw\n2025-10-01T10:00:00,abc\n"));
    CHECK(refused.status == 422);
    CHECK(Rig::document(refused).at("errors").at(0).at("pointer") == "/2/lib_p_kw");
    CHECK(other.ask(Rig::request("POST", "/api/v1/schedules/import", "application/json", "{\"a\":")).status ==
          422);
    other.check_untouched();
}

TEST_CASE("a workbook is a plan file, and what is wrong in it has its row and column") {
    namespace made = planfile::test;
    constexpr auto path = "/api/v1/schedules/import?file=day.xlsx";
    const auto type = std::string(xlsx_type);
    const auto header = made::xml_row({"timestamp", "lib_p_kw"});
    Rig rig;
    const auto answer = rig.ask(
        Rig::request("POST", path, type,
                     made::minimal_workbook(header + made::xml_row({"2025-10-01T10:00:00", "50"}) +
                                            "<row><c s=\"1\"><v>45931.5</v></c><c><v>0</v></c></row>")));
    REQUIRE(answer.status == 200);
    CHECK(Rig::document(answer).at("staged") == json::array{"lib_p"});
    CHECK(rig.drafts.draft(0, schedule::Signal::p).origin == "day.xlsx, operator");
    CHECK(rig.drafts.draft(0, schedule::Signal::p).series.rows().size() == 2);

    Rig other;
    const auto refused = other.ask(Rig::request(
        "POST", path, type, made::minimal_workbook(header + made::xml_row({"2025-10-01T10:00:00", "abc"}))));
    CHECK(refused.status == 422);
    CHECK(Rig::document(refused).at("errors").at(0).at("pointer") == "/2/lib_p_kw");
    const auto broken = other.ask(Rig::request("POST", path, type, "PK\x03\x04 and nothing more"));
    CHECK(broken.status == 422);
    other.check_untouched();
}

TEST_CASE("a preview shows where series lead and leaves everything as it was") {
    Rig rig;
    const auto answer =
        rig.send("POST", "/api/v1/schedules/preview",
                 R"({"from":"2025-10-01T08:00:00Z","to":"2025-10-01T10:00:00Z","series":{"lib_p":)" +
                     std::string(two_rows) + "}}");
    REQUIRE(answer.status == 200);
    const auto plants = Rig::document(answer).at("plants").as_object();
    REQUIRE(plants.size() == 1);
    const auto& lib = plants.at("lib").as_object();
    CHECK(lib.at("segments").as_array().size() == 3);
    CHECK(lib.at("segments").at(0).at("p").at("value") == 100.0);
    CHECK(lib.at("segments").at(0).at("p").at("origin") == "preview");
    CHECK(lib.at("projection").at("soc_start_pu") == 0.5);
    CHECK(lib.at("projection").at("energy_out_kwh").as_double() == Approx(50.0));
    CHECK(lib.at("projection").at("energy_in_kwh").as_double() == Approx(25.25));
    CHECK(lib.at("violations").as_array().empty());
    rig.check_untouched();

    // Without series those that are staged.
    CHECK(rig.send("PUT", "/api/v1/schedules/vrfb_p", two_rows).status == 200);
    const auto staged = rig.ask(Rig::request("POST", "/api/v1/schedules/preview"));
    CHECK(Rig::document(staged).at("plants").as_object().contains("vrfb"));
    for (const char* body : {R"({"series":{"moon_p":{"rows":[]}}})", R"({"series":[]})", R"({"from":"x"})",
                             R"({"from":"2025-10-02T00:00:00Z","to":"2025-10-01T00:00:00Z"})",
                             R"({"from":"2025-10-02T00:00:00Z","to":"2035-10-01T00:00:00Z"})"}) {
        INFO(body);
        CHECK(rig.send("POST", "/api/v1/schedules/preview", body).status == 422);
    }
}

TEST_CASE("the effective schedule says the source of each value") {
    Rig rig;
    rig.plans.set_manual(0, schedule::Signal::p, schedule::Series({{begin_of_time, 40}}, begin_of_time + 1h),
                         "anna");
    const auto document = Rig::document(
        rig.get("/api/v1/schedules/effective?plant=lib&from=2025-10-01T07:00:00Z&to=2025-10-01T10:00:00Z"));
    const auto& segments = document.at("segments").as_array();
    REQUIRE(segments.size() == 3);
    CHECK(segments[0].at("p").at("reason") == "before_plan");
    CHECK(segments[1].at("p").at("value") == 40.0);
    CHECK(segments[1].at("p").at("source") == "manual");
    CHECK(segments[1].at("p").at("origin") == "anna");
    CHECK(segments[2].at("p").at("reason") == "plan_ended");
    CHECK(document.at("projection").at("points").at(0).at("time") == "2025-10-01T08:00:00Z");
    CHECK(rig.get("/api/v1/schedules/effective").status == 422);
    CHECK(rig.get("/api/v1/schedules/effective?plant=moon").status == 422);
    CHECK(rig.get("/api/v1/schedules/effective?plant=lib&to=2045-10-01T07:00:00Z").status == 422);
    CHECK(Rig::document(rig.get("/api/v1/why?plant=vrfb&at=2025-10-01T07:00:00Z")).at("plant") == 1);
}

TEST_CASE("where nothing is planned a series has null, end in CSV, and both are taken back") {
    Rig rig;
    const char* body =
        R"({"rows":[{"time":"2025-10-01T08:00:00Z","value":10},{"time":"2025-10-01T09:00:00Z","value":null},)"
        R"({"time":"2025-10-01T10:00:00Z","value":20}],"end":"2025-10-01T11:00:00Z","made_from":"ENTSO-E, PT"})";
    REQUIRE(rig.send("PUT", "/api/v1/schedules/lib_p", body).status == 200);
    const auto series = rig.drafts.draft(0, schedule::Signal::p).series;
    REQUIRE(series.size() == 3);
    CHECK(series.at(begin_of_time + 90min).kind == schedule::SeriesPosition::Kind::ended);
    CHECK(series.at(begin_of_time + 2h).row->value == 20);
    const auto document = Rig::document(rig.get("/api/v1/schedules/lib_p"));
    CHECK(document.at("staged").at("rows").at(1).at("value").is_null());
    CHECK(document.at("staged").at("origin") == "ENTSO-E, PT, operator");
    const auto csv = rig.get("/api/v1/schedules/lib_p?format=csv").body;
    CHECK(csv.find("2025-10-01T11:00:00+02:00,end\n") != std::string::npos);
    REQUIRE(put_csv(rig, "/api/v1/schedules/lib_p", csv).status == 200);
    CHECK(rig.drafts.draft(0, schedule::Signal::p).series == series);
    CHECK(rig.send("PUT", "/api/v1/schedules/lib_p", R"({"rows":[],"made_from":5})").status == 422);
    CHECK(rig.send("PUT", "/api/v1/schedules/lib_p", R"({"rows":[],"made_from":"a\nb"})").status == 422);
}

TEST_CASE("dates that can be read two ways are asked for, over HTTP too") {
    Rig rig;
    const char* csv = "timestamp;lib_p_kw\n05/10/2025 10:00;5,5\n";
    CHECK(put_csv(rig, "/api/v1/schedules/lib_p", csv).status == 422);
    CHECK(put_csv(rig, "/api/v1/schedules/lib_p?day_first=perhaps", csv).status == 422);
    REQUIRE(put_csv(rig, "/api/v1/schedules/lib_p?day_first=true", csv).status == 200);
    CHECK(rig.drafts.draft(0, schedule::Signal::p).series.begin_time() ==
          Zone::find("Europe/Madrid")->parse("2025-10-05T10:00").value());
}

TEST_CASE("a template says which auction its prices are of, and asks where there are two") {
    Rig rig;
    std::string prices = "\"MTU (UTC)\",\"Area\",\"Sequence\",\"Day-ahead Price (EUR/MWh)\"\n";
    for (const int sequence : {1, 2}) {
        for (int hour = 0; hour < 4; ++hour)
            prices += fmt::format(
                "\"01/10/2025 {:02}:00:00 - 01/10/2025 {:02}:00:00\",\"BZN|AT\",\"Sequence Sequence "
                "{}\",\"{}\"\n",
                hour + 8, hour + 9, sequence, hour * 50 * sequence);
    }
    const auto asked = [&](std::string_view more, std::string_view to = "2025-10-01T12:00:00Z") {
        json::object body{{"template", "arbitrage"},
                          {"series", "lib_p"},
                          {"from", "2025-10-01T08:00:00Z"},
                          {"to", json::string(to)},
                          {"values", prices}};
        if (!more.empty()) body["auction"] = json::string(more);
        return rig.send("POST", "/api/v1/schedules/template", to_text(body));
    };
    const auto which = asked("");
    CHECK(which.status == 422);
    CHECK(which.body.find("auction must name one of them") != std::string::npos);
    const auto made = asked("EXAA");
    REQUIRE(made.status == 200);
    const auto document = Rig::document(made);
    CHECK(document.at("values").at("auction") == "Day-ahead, Sequence 2 (EXAA)");
    CHECK(document.at("made_from") == "ENTSO-E, BZN|AT, Day-ahead, Sequence 2 (EXAA)");
    CHECK(document.at("notes").as_array().empty());
    const auto beyond = asked("EXAA", "2025-10-01T14:00:00Z");
    CHECK(beyond.status == 422);
    CHECK(beyond.body.find("has a gap: no value from") != std::string::npos);
}

TEST_CASE("prices come as a workbook, or in the letters of Windows, as the bytes they are") {
    namespace made = planfile::test;
    Rig rig;
    const auto encoded = [](std::string_view bytes) {
        std::string out(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
        sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                          bytes.size(), sodium_base64_VARIANT_ORIGINAL);
        out.pop_back();
        return out;
    };
    const auto ask = [&](const std::string& more) {
        return rig.send("POST", "/api/v1/schedules/template",
                        R"({"template":"arbitrage","series":"lib_p","from":"2025-10-01T00:00:00+02:00",)"
                        R"("to":"2025-10-01T02:00:00+02:00",)" +
                            more + "}");
    };
    const auto workbook = made::minimal_workbook(
        made::xml_row({"timestamp", "price"}) + "<row><c s=\"1\"><v>45931</v></c><c><v>10</v></c></row>" +
        "<row><c s=\"1\"><v>45931.0416666667</v></c><c><v>300</v></c></row>");
    const auto answer = ask("\"values_base64\":\"" + encoded(workbook) + "\"");
    REQUIRE(answer.status == 200);
    CHECK(Rig::document(answer).at("values").at("layout") == "a plain table");
    CHECK(Rig::document(answer).at("facts").at("profit").to_number<double>() > 1);
    const auto latin =
        ask("\"values_base64\":\"" +
            encoded("timestamp;Preis \x80/MWh\r\n01.10.2025 00:00;10,5\r\n01.10.2025 01:00;300\r\n") + "\"");
    REQUIRE(latin.status == 200);
    CHECK(Rig::document(latin).at("values").at("unit") == "€/MWh");
    for (const std::string wrong :
         {R"("values_base64":"not base64!")", R"("values_base64":"QUJD","values":"timestamp,price\n")"}) {
        const auto refused = ask(wrong);
        CHECK(refused.status == 422);
        CHECK(Rig::document(refused).at("errors").at(0).at("pointer") == "/values_base64");
    }
    CHECK(ask("\"values_base64\":\"" + encoded("timestamp,price\n2025-10-01T00:00,x\n") + "\"")
              .body.find("must be a number") != std::string::npos);
    rig.check_untouched();
}

// A day of negative prices, the question that once had no end.
std::string arbitrage(const std::string& more = "", std::size_t quarters = 96) {
    std::string values = "timestamp,price\\n";
    for (std::size_t q = 0; q < quarters; ++q)
        values += fmt::format("2025-10-{:02}T{:02}:{:02}:00Z,{}\\n", 1 + q / 96, q / 4 % 24, q % 4 * 15,
                              -50 - static_cast<int>(q % 7));
    return R"({"template":"arbitrage","series":"lib_p","from":"2025-10-01T00:00:00Z",)"
           R"("to":"2025-10-02T00:00:00Z","values":")" +
           values + "\"" + more + "}";
}

TEST_CASE("an optimised plan says how far it may be from the best") {
    Rig rig;
    const auto answer = rig.send("POST", "/api/v1/schedules/template", arbitrage());
    REQUIRE(answer.status == 200);
    const auto facts = Rig::document(answer).at("facts").as_object();
    CHECK(facts.at("gap_pu") == 0.0);
    CHECK(facts.at("profit").as_double() > 10);
    CHECK(facts.at("profit_bound").as_double() == Approx(facts.at("profit").as_double()).epsilon(1e-5));
    for (const char* wrong : {R"(,"deadline_s":0)", R"(,"deadline_s":61)", R"(,"deadline_s":"long")"})
        CHECK(rig.send("POST", "/api/v1/schedules/template", arbitrage(wrong)).status == 422);
    rig.check_untouched();
}

TEST_CASE(
    "two plans are optimised at once, one more is told to come later, what needs no optimising is made") {
    Rig rig;
    rig.solver_takes = 3s;
    std::vector<unsigned> answers;
    TaskGroup tasks(rig.clock);
    const auto ask = [&](std::string body) {
        auto request =
            Rig::request("POST", "/api/v1/schedules/template", "application/json", std::move(body));
        tasks.spawn("ask", [&, request = std::move(request)]() -> awaitable<void> {
            answers.push_back((co_await rig.gateway->handle(request)).status);
        });
    };
    for (int i = 0; i < 3; ++i)
        ask(arbitrage());
    ask(R"({"template":"constant","series":"lib_p","parameters":{"level_kw":1}})");
    rig.clock.run_for(2s);
    CHECK(answers == std::vector<unsigned>{429, 200});
    rig.clock.run_for(2s);
    CHECK(answers == std::vector<unsigned>{429, 200, 200, 200});
    ask(arbitrage());
    rig.clock.run_for(4s);
    CHECK(answers.back() == 200);
}

TEST_CASE("a price file of eight MiB is taken, a larger one refused") {
    Rig rig;
    const auto padded = [](std::size_t size) {
        auto body = arbitrage();
        const auto end = body.rfind("\"}");
        return body.insert(end, std::string(size, ' '));
    };
    CHECK(rig.send("POST", "/api/v1/schedules/template", padded((8u << 20u) - 10'000)).status != 413);
    CHECK(rig.send("POST", "/api/v1/schedules/template", padded((8u << 20u) + 10'000)).status == 422);
    CHECK(rig.send("POST", "/api/v1/schedules/template", padded(12u << 20u)).status == 413);
}

TEST_CASE("a template gives a series and stages nothing") {
    Rig rig;
    const auto list = Rig::document(rig.get("/api/v1/schedules/templates"));
    CHECK(list.at("templates").as_array().size() == 8);
    const auto answer =
        rig.send("POST", "/api/v1/schedules/template",
                 R"({"template":"square","series":"lib_p","from":"2025-10-01T08:00:00Z",)"
                 R"("to":"2025-10-01T10:00:00Z","parameters":{"level_kw":100,"period_s":3600}})");
    REQUIRE(answer.status == 200);
    const auto made = Rig::document(answer);
    CHECK(made.at("rows").at(0).at("value") == 100.0);
    CHECK(made.at("rows").at(1).at("value") == -100.0);
    CHECK(made.at("end") == "2025-10-01T10:00:00Z");
    for (const char* body :
         {"{}", R"({"template":"triangle","series":"lib_p"})", R"({"template":"square","series":"moon_p"})",
          R"({"template":"square","series":"lib_p","parameters":{"level_kw":"much"}})",
          R"({"template":"arbitrage","series":"lib_p","values":"nonsense"})"}) {
        INFO(body);
        CHECK(rig.send("POST", "/api/v1/schedules/template", body).status == 422);
    }
    rig.check_untouched();
}
