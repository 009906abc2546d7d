#include "base/memory_network.hpp"
#include "base/task_group.hpp"
#include "base/zone.hpp"
#include "net/client.hpp"
#include "net/errors.hpp"
#include "plant_sim/istentore/platform.hpp"
#include "support/catch.hpp"

#include <boost/asio/error.hpp>
#include <boost/json/parse.hpp>

#include <set>

using namespace hil;
using namespace hil::plant_sim;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

const Endpoint place{"127.0.0.1", 9000};

struct Lab {
    asio::io_context context{1};
    VirtualClock clock{context, WallTime{std::chrono::sys_days{std::chrono::year{2025} / 10 / 1}}};
    MemoryNetwork network{clock};
    TaskGroup tasks{clock,
                    [](const TaskFailure& failure) { FAIL_CHECK(failure.task << ": " << failure.what); }};
    std::shared_ptr<IstentorePlatform> platform = std::make_shared<IstentorePlatform>(
        clock, Random(1), IstentorePlatform::Options{.email = "site@example.org", .password = "right"});
    net::Server server{clock, std::move(network.listen(place).value()), platform, std::nullopt, {}};
    net::Client client{clock, network, net::parse_url("http://" + to_string(place)).value(), {}};
    std::string token;

    Lab() {
        tasks.spawn("server", [this] { return server.run(); });
    }

    result<net::Response> send(net::Request request) {
        if (!token.empty()) request.headers.set("Authorization", "Bearer " + token);
        result<net::Response> answer = net::errc::closed;
        bool over = false;
        tasks.spawn("test", [&]() -> awaitable<void> {
            answer = co_await client.send(std::move(request));
            over = true;
        });
        for (int i = 0; i < 1000 && !over; ++i)
            clock.run_for(100ms);
        CHECK(over);
        return answer;
    }
    result<net::Response> get(std::string target) {
        net::Request request;
        request.target = std::move(target);
        return send(std::move(request));
    }
    result<net::Response> put(std::string target, std::string body, std::string method = "PUT") {
        net::Request request;
        request.method = std::move(method);
        request.target = std::move(target);
        request.headers.set("Content-Type", "application/json");
        request.body = std::move(body);
        return send(std::move(request));
    }
    result<net::Response> post(std::string target, std::string body) {
        return put(std::move(target), std::move(body), "POST");
    }
    unsigned login(const std::string& password = "right") {
        token.clear();
        const auto answer =
            post("/login", R"({"email":"site@example.org","password":")" + password + R"("})");
        if (!answer) return 0;
        if (answer->status == 200) token = json::parse(answer->body).at("token").as_string().c_str();
        return answer->status;
    }
    unsigned status(const result<net::Response>& answer) { return answer ? answer->status : 0; }
    json::array periods(int market, const std::string& first, const std::string& last) {
        const auto answer =
            get("/market_products?id=" + std::to_string(market) + "&delivery_period_gte=" + first +
                "%2B00:00&delivery_period_lte=" + last + "%2B00:00");
        REQUIRE(status(answer) == 200);
        return json::parse(answer->body).at(0).at("delivery_periods").as_array();
    }
};

const std::string one_value =
    R"({"measurement_series":6,"measurements":[{"timestamp":"2025-10-01T00:00:00+00:00","measurement":1500.5}]})";

}  // namespace

TEST_CASE("the platform lets in who knows email and password, and nobody else") {
    Lab lab;
    CHECK(lab.status(lab.post("/measurements", one_value)) == 401);
    CHECK(lab.status(lab.get("/market_products?id=4")) == 401);
    CHECK(lab.login("wrong") == 401);
    CHECK(lab.login() == 200);
    CHECK(lab.status(lab.post("/measurements", one_value)) == 200);
    lab.platform->expire_tokens();
    CHECK(lab.status(lab.post("/measurements", one_value)) == 401);
    CHECK(lab.status(lab.post("/login", "nonsense")) == 400);
    CHECK(lab.status(lab.get("/login")) == 405);
    CHECK(lab.status(lab.get("/elsewhere")) == 404);
    net::Request untyped;
    untyped.method = "POST";
    untyped.target = "/login";
    CHECK(lab.status(lab.send(untyped)) == 415);
    CHECK(lab.platform->statistics().refused_logins == 1);
}

TEST_CASE("a local day has 92, 96 or 100 delivery periods, the same whenever it is asked for") {
    Lab lab;
    REQUIRE(lab.login() == 200);
    CHECK(lab.periods(4, "2025-09-30T22:00:00", "2025-10-01T21:45:00").size() == 96);
    CHECK(lab.periods(4, "2025-03-29T23:00:00", "2025-03-30T21:45:00").size() == 92);
    const auto autumn = lab.periods(4, "2025-10-25T22:00:00", "2025-10-26T22:45:00");
    CHECK(autumn.size() == 100);
    CHECK(autumn == lab.periods(4, "2025-10-25T22:00:00", "2025-10-26T22:45:00"));
    std::set<std::string> times;
    double lib_kwh = 0, most = 0;
    for (const auto& period : autumn) {
        times.emplace(period.at("delivery_period").as_string().c_str());
        const auto& activation = period.at("activation").at(0);
        const double out = activation.at("lib_to_vpp_kw").to_number<double>();
        const double in = activation.at("vpp_to_lib_kw").to_number<double>();
        CHECK(out >= 0);
        CHECK(in >= 0);
        CHECK(out * in == 0);
        lib_kwh += (out - in) / 4;
        most = std::max({most, out, in});
        CHECK(activation.as_object().contains("vpp_to_vrfb_kw"));
    }
    CHECK(times.size() == 100);
    CHECK(*times.begin() == "2025-10-25T22:00:00+00:00");
    CHECK(most > 5);
    CHECK(most <= 50);
    CHECK(std::abs(lib_kwh) < 0.5);  // what is charged is discharged
    const auto mfrr = lab.periods(3, "2025-10-01T00:00:00", "2025-10-01T23:45:00");
    CHECK(mfrr.size() == 96);
    const auto active = std::count_if(mfrr.begin(), mfrr.end(), [](const auto& period) {
        return !period.at("activation").as_array().empty();
    });
    CHECK(active > 5);
    CHECK(active < 60);
}

TEST_CASE("a range that is none, or of another layout, is refused") {
    Lab lab;
    REQUIRE(lab.login() == 200);
    const auto asked = [&](const std::string& query) {
        return lab.status(lab.get("/market_products?" + query));
    };
    const std::string good = "2025-10-01T00:00:00%2B00:00";
    CHECK(asked("id=4&delivery_period_gte=" + good + "&delivery_period_lte=" + good) == 200);
    CHECK(asked("id=4&delivery_period_gte=" + good) == 422);
    CHECK(asked("delivery_period_gte=" + good + "&delivery_period_lte=" + good) == 422);
    CHECK(asked("id=x&delivery_period_gte=" + good + "&delivery_period_lte=" + good) == 422);
    CHECK(asked("id=4&delivery_period_gte=" + good + "&delivery_period_lte=2025-10-01T00:00:00Z") == 422);
    CHECK(asked("id=4&delivery_period_gte=" + good + "&delivery_period_lte=2026-10-01T00:00:00%2B00:00") ==
          422);
    CHECK(lab.get("/market_products?id=77&delivery_period_gte=" + good + "&delivery_period_lte=" + good)
              ->body == "[]");
}

TEST_CASE("products of a file are sent as they stand, broken ones too") {
    Lab lab;
    REQUIRE(lab.login() == 200);
    const auto read = parse_products(R"([{"id":4,"delivery_periods":[
        {"delivery_period":"2025-10-01T00:00:00+00:00","activation":[{"lib_to_vpp_kw":12.5}]},
        {"delivery_period":"2025-10-01T00:15:00Z","activation":[]},
        {"delivery_period":7},
        {"delivery_period":"2025-10-02T00:00:00+00:00","activation":[]}]}])",
                                     "products.json");
    REQUIRE(std::holds_alternative<ProductList>(read));
    lab.platform->set_products(std::get<ProductList>(read));
    const auto periods = lab.periods(4, "2025-10-01T00:00:00", "2025-10-01T23:45:00");
    REQUIRE(periods.size() == 3);
    CHECK(periods[0].at("activation").at(0).at("lib_to_vpp_kw").as_double() == 12.5);
    CHECK(periods[1].at("delivery_period").as_string() == "2025-10-01T00:15:00Z");
    CHECK(periods[2].at("delivery_period").as_int64() == 7);
    CHECK(lab.periods(3, "2025-10-01T00:00:00", "2025-10-01T23:45:00").size() == 96);
    const auto sentence = [](const char* text) {
        const auto refused = parse_products(text, "p.json");
        return std::holds_alternative<std::string>(refused) ? std::get<std::string>(refused) : "accepted";
    };
    CHECK(sentence("{}").starts_with("p.json: "));
    CHECK(sentence(R"([{"id":"x"}])") == "p.json: /0/id: must be a whole number");
    CHECK(sentence(R"([{"id":4}])") == "p.json: /0/delivery_periods: must be an array");
    CHECK(sentence("[").starts_with("p.json:"));
}

TEST_CASE("what is posted is kept in order, several values in one post, and what is malformed is not") {
    Lab lab;
    REQUIRE(lab.login() == 200);
    std::vector<int> told;
    lab.platform->on_post = [&](const MeasurementPost& post) { told.push_back(post.series); };
    CHECK(lab.post("/measurements", one_value)->body == R"({"stored":1})");
    CHECK(lab.post("/measurements",
                   R"({"measurement_series":4,"measurements":[
                       {"timestamp":"2025-10-01T00:01:00+00:00","measurement":250},
                       {"timestamp":"2025-10-01T00:02:00+00:00","measurement":251.25}]})")
              ->body == R"({"stored":2})");
    for (
        const char* bad :
        {"", "[]", "{}", R"({"measurement_series":6})", R"({"measurement_series":6,"measurements":[]})",
         R"({"measurement_series":"6","measurements":[{"timestamp":"2025-10-01T00:00:00+00:00","measurement":1}]})",
         R"({"measurement_series":6,"measurements":[{"timestamp":"2025-10-01T00:00:00Z","measurement":1}]})",
         R"({"measurement_series":6,"measurements":[{"timestamp":"2025-10-01T00:00:00.5+00:00","measurement":1}]})",
         R"({"measurement_series":6,"measurements":[{"timestamp":"2025-10-01T00:00:00+00:00","measurement":null}]})"}) {
        INFO(bad);
        CHECK(lab.status(lab.post("/measurements", bad)) == 422);
    }
    CHECK(told == std::vector<int>{6, 4});
    REQUIRE(lab.platform->posts().size() == 2);
    CHECK(lab.platform->posts()[1].values[1] == MeasurementPost::Value{"2025-10-01T00:02:00+00:00", 251.25});
    lab.token.clear();
    CHECK(
        lab.get("/_sim/measurements")->body ==
        R"({"total":2,"posts":[{"measurement_series":6,"measurements":[{"timestamp":"2025-10-01T00:00:00+00:00","measurement":1500.5}]},)"
        R"({"measurement_series":4,"measurements":[{"timestamp":"2025-10-01T00:01:00+00:00","measurement":250.0},)"
        R"({"timestamp":"2025-10-01T00:02:00+00:00","measurement":251.25}]}]})");
}

TEST_CASE("faults apply as often as they say, to the operation they name") {
    Lab lab;
    REQUIRE(lab.login() == 200);
    const auto fail = [&](const std::string& faults) {
        const auto answer = lab.put("/_sim/faults", faults);
        INFO(answer->body);
        REQUIRE(lab.status(answer) == 200);
    };
    const auto posted = [&] { return lab.status(lab.post("/measurements", one_value)); };

    fail(R"({"status":503,"count":2})");
    CHECK(posted() == 503);
    CHECK(posted() == 503);
    CHECK(posted() == 200);

    fail(
        R"({"faults":[{"status":500,"operation":"login"},{"status":429,"operation":"measurements","count":1}]})");
    CHECK(posted() == 429);
    CHECK(posted() == 200);
    CHECK(lab.get("/_sim/faults")->body ==
          R"({"faults":[{"status":500,"operation":"login","probability":1.0}]})");
    const auto token = lab.token;
    CHECK(lab.login() == 500);
    fail("[]");
    lab.token = token;
    CHECK(posted() == 200);

    fail(R"({"delay_ms":1500,"count":1})");
    const auto began = lab.clock.now();
    CHECK(posted() == 200);
    CHECK(lab.clock.now() - began >= 1500ms);

    const auto before = lab.platform->posts().size();
    fail(R"({"drop":true,"count":2})");  // the request and its repetition on a new connection
    CHECK(lab.post("/measurements", one_value).error() == net::errc::closed);
    CHECK(lab.platform->posts().size() == before);
    fail(R"({"drop":"after","count":1})");
    CHECK(posted() == 200);  // sent again over a new connection, as it was not answered
    CHECK(lab.platform->posts().size() == before + 2);

    fail(R"({"not_json":true,"count":1})");
    CHECK(lab.post("/measurements", one_value)->body.starts_with("<html>"));
    CHECK(lab.platform->posts().size() == before + 3);
    CHECK(posted() == 200);

    fail(R"({"expire_tokens":true,"count":1})");
    CHECK(posted() == 401);
    CHECK(lab.login() == 200);
    CHECK(posted() == 200);
}

TEST_CASE("a post is answered well and denied in every way there is, stored or not") {
    Lab lab;
    REQUIRE(lab.login() == 200);
    const std::string three =
        R"({"measurement_series":6,"measurements":[{"timestamp":"2025-10-01T00:00:00+00:00","measurement":1},)"
        R"({"timestamp":"2025-10-01T00:01:00+00:00","measurement":2},)"
        R"({"timestamp":"2025-10-01T00:02:00+00:00","measurement":3}]})";
    std::size_t denied = 0;
    lab.platform->on_denied = [&](const MeasurementPost& post) { denied += post.values.size(); };
    struct Case {
        const char* reply;
        const char* body;
        std::size_t stored;
    };
    const Case cases[] = {{"page", "<html>", 0},
                          {"text", "queued", 0},
                          {"error", R"({"error":"the series is closed"})", 0},
                          {"errors", R"({"stored":3,"errors":["the series is closed"]})", 0},
                          {"failure", R"({"success":false})", 0},
                          {"fewer_stored", R"({"stored":2})", 2},
                          {"fewer_counted", R"({"count":2})", 2},
                          {"fewer_accepted", R"({"accepted":2})", 2},
                          {"fewer_inserted", R"({"inserted":2})", 2}};
    for (const auto& c : cases) {
        for (const bool stored : {false, true}) {
            CAPTURE(c.reply, stored);
            const auto faults = std::string(R"({"reply":")") + c.reply + R"(","stored":)" +
                                (stored ? "true" : "false") + R"(,"operation":"measurements","count":1})";
            REQUIRE(lab.status(lab.put("/_sim/faults", faults)) == 200);
            const auto before = lab.platform->statistics().values;
            denied = 0;
            const auto answer = lab.post("/measurements", three);
            CHECK(lab.status(answer) == 200);
            CHECK(answer->body.starts_with(c.body));
            CHECK(lab.platform->statistics().values - before == (stored ? 3 : c.stored));
            CHECK(denied == 3);
        }
    }
    // Whoever is not let in is told so, and what else is asked is answered as ever.
    REQUIRE(lab.status(lab.put("/_sim/faults", R"({"reply":"error"})")) == 200);
    CHECK(lab.status(lab.get("/market_products?id=4")) == 422);
    lab.platform->expire_tokens();
    CHECK(lab.status(lab.post("/measurements", three)) == 401);
    CHECK(lab.status(lab.put("/_sim/faults", R"({"reply":"sorry"})")) == 422);
    CHECK(lab.status(lab.put("/_sim/faults", R"({"stored":true})")) == 422);
}

TEST_CASE("a fault with a probability hits its share, the same for the same seed") {
    const auto hits = [](std::uint64_t seed) {
        FaultList faults;
        PlatformFault fault;
        fault.status = 500;
        fault.probability = 0.25;
        faults.set({fault});
        Random random(seed);
        std::string pattern;
        for (int i = 0; i < 1000; ++i)
            pattern += faults.draw("login", random) ? 'x' : '.';
        return pattern;
    };
    const auto share = [](const std::string& text) { return std::count(text.begin(), text.end(), 'x'); };
    CHECK(hits(1) == hits(1));
    CHECK(hits(1) != hits(2));
    CHECK(share(hits(1)) > 200);
    CHECK(share(hits(1)) < 300);
}

TEST_CASE("faults that are none are refused with place and rule, and nothing changes") {
    Lab lab;
    REQUIRE(lab.status(lab.put("/_sim/faults", R"({"status":503})")) == 200);
    const std::vector<std::pair<std::string, std::string>> cases{
        {R"({"status":200})", "/status: must be a whole number from 400 to 599"},
        {R"([{"status":500},{"delay_ms":-1}])", "/1/delay_ms: must be a number from 0 to 3600000"},
        {R"({"faults":[{"drop":"maybe"}]})", "/faults/0/drop: must be true, false"},
        {R"({"status":500,"count":0})", "/count: must be a whole number from 1"},
        {R"({"status":500,"operation":"logout"})", "/operation: must be"},
        {R"({"status":500,"probability":2})", "/probability: must be"},
        {R"({"status":500,"often":2})", "/often: is not a key of a fault"},
        {R"({"count":1})", "must have one of status"},
        {"7", "must be an array"},
        {"{", "body"},
    };
    for (const auto& [body, rule] : cases) {
        const auto answer = lab.put("/_sim/faults", body);
        INFO(body << ": " << answer->body);
        CHECK(lab.status(answer) == 422);
        CHECK(answer->body.find(rule) != std::string::npos);
    }
    CHECK(lab.login() == 503);
}
