// The whole of the market against a platform that answers as each test says.
#include "market/messages.hpp"
#include "net/errors.hpp"
#include "scripted_exchange.hpp"
#include "site.hpp"

#include <fmt/format.h>

#include <unistd.h>
#include <filesystem>
#include <fstream>

using namespace hil;
using namespace hil::market;
using namespace hil::market::test;

namespace {

using Lines = std::vector<std::string>;

struct Rig : Site {
    explicit Rig(std::string_view begin = "2025-10-01T08:00", config::Config c = shipped())
        : Site(begin, std::move(c)), exchange(clock) {
        exchange.answer = [this](const ScriptedExchange::Seen& seen) -> result<net::Response> {
            const auto line = seen.line();
            if (line == "POST /login") return login();
            if (line == "POST /measurements") return measurements(seen.request);
            const auto target = net::parse_target(seen.request.target).value();
            return target.parameter("id") == "4" ? day_ahead(target) : reply(200, "[]");
        };
    }
    ~Rig() { stop(); }
    void start() { Site::start(exchange); }

    // Every period that was asked for, or the first `count` of them.
    static net::Response periods(const net::Target& target, int lib = 100, int vrfb = 100) {
        const auto utc = Zone::utc();
        const auto first = utc.parse(*target.parameter("delivery_period_gte")).value();
        const auto last = utc.parse(*target.parameter("delivery_period_lte")).value();
        std::string out;
        int n = 0;
        for (auto t = first; t <= last; t += 15min, ++n) {
            std::string fields;
            if (n < lib) fields += R"("lib_to_vpp_kw":10)";
            if (n < vrfb) fields += std::string(fields.empty() ? "" : ",") + R"("vpp_to_vrfb_kw":5)";
            out += fmt::format(R"({}{{"delivery_period":"{}","activation":[{{{}}}]}})", n ? "," : "",
                               utc_text(t), fields);
        }
        return reply(200, R"([{"delivery_periods":[)" + out + "]}]");
    }
    std::size_t day_ahead_requests(std::size_t since = 0) const {
        std::size_t count = 0;
        for (const auto& seen : exchange.all("GET /market_products", since))
            count += seen.request.target.find("id=4") != std::string::npos;
        return count;
    }
    std::size_t posts(std::size_t since = 0) const {
        return exchange.all("POST /measurements", since).size();
    }

    std::function<result<net::Response>()> login = [] { return reply(200, R"({"token":"t"})"); };
    std::function<result<net::Response>(const net::Request&)> measurements = [](const auto&) {
        return reply(200);
    };
    std::function<result<net::Response>(const net::Target&)> day_ahead = [](const auto& target) {
        return periods(target);
    };
    ScriptedExchange exchange;
};

}  // namespace

TEST_CASE("With a password of its own the service connects and fetches by itself") {
    Rig rig;
    rig.start();
    CHECK(rig.exchange.lines() == Lines{"POST /login", "GET /market_products", "GET /market_products"});
    const auto status = rig.market->status();
    CHECK(status.state == Connection::connected);
    CHECK(status.fetch == Health::ok);
    CHECK(status.today.fetched);
    CHECK(status.today.points == std::vector<int>{96, 96});
    CHECK_FALSE(status.tomorrow.fetched);
    REQUIRE(rig.plans.market(0).rows.size() == 96);
    CHECK(rig.plans.market(0).rows[0].at == at("2025-10-01T00:00"));
    CHECK(rig.plans.market(0).rows[0].p_kw == 10);
    CHECK(rig.plans.market(1).rows[0].p_kw == -5);
}

TEST_CASE("A plan that is the same again is not set again; a corrected one is [D-17]", "[D-17]") {
    Rig rig;
    rig.start();
    const auto version = rig.plans.market(0).version;
    const auto asked = rig.day_ahead_requests();
    rig.pass(31min, false);
    CHECK(rig.day_ahead_requests() >= asked + 2);
    CHECK(rig.plans.market(0).version == version);
    rig.day_ahead = [](const auto& target) {
        auto all = Rig::periods(target);
        all.body.replace(all.body.find(":10"), 3, ":99");
        return all;
    };
    rig.pass(16min, false);
    CHECK(rig.plans.market(0).version != version);
    CHECK(rig.plans.market(0).rows[0].p_kw == 99);
    CHECK(rig.plans.market(0).rows.size() == 96);
}

TEST_CASE("An incomplete day is stored as far as it goes and stays an error until it is whole [D-16][D-17]",
          "[AC-49][D-16][D-17]") {
    Rig rig;
    rig.day_ahead = [](const auto& target) { return Rig::periods(target, 1, 0); };
    rig.start();
    CHECK(rig.plans.market(0).rows.size() == 1);
    CHECK(rig.plans.market(1).rows.empty());
    auto status = rig.market->status();
    CHECK_FALSE(status.today.fetched);
    CHECK(status.fetch == Health::error);
    CHECK(status.state == Connection::error);
    CHECK(status.last_error ==
          "fetch_failed: today 2025-10-01: the plan is incomplete, LIB=1 VRFB=0 of 96 periods");
    CHECK(rig.conditions.contains("market/fetch"));

    rig.day_ahead = [](const auto& target) { return Rig::periods(target); };
    rig.pass(121s, false);
    status = rig.market->status();
    CHECK(status.today.fetched);
    CHECK(status.fetch == Health::ok);
    CHECK(status.state == Connection::connected);
    CHECK(status.last_error.empty());
    CHECK_FALSE(rig.conditions.contains("market/fetch"));
}

TEST_CASE("Over a night of 25 hours tomorrow's hundred quarters become today's", "[AC-48][AC-50]") {
    Rig rig("2022-10-29T14:58");
    rig.start();
    CHECK(rig.market->status().today.points == std::vector<int>{96, 96});
    CHECK(rig.market->status().tomorrow.points == std::vector<int>{0, 0});
    const auto before = rig.day_ahead_requests();
    rig.pass(119s, false);
    CHECK(rig.day_ahead_requests() == before);
    rig.pass(2s, false);  // the gate is at 15:00
    CHECK(rig.day_ahead_requests() == before + 1);
    CHECK(rig.market->status().tomorrow.points == std::vector<int>{100, 100});
    CHECK(rig.market->status().tomorrow.fetched);
    rig.pass(9h + 20min, false);  // and a refresh, which leaves out what is past
    const auto status = rig.market->status();
    CHECK(hil::to_string(status.today.date) == "2022-10-30");
    CHECK(status.today.expected == 100);
    CHECK(status.today.fetched);
    CHECK_FALSE(status.tomorrow.fetched);
    const auto& rows = rig.plans.market(0).rows;
    CHECK(rows.front().at == at("2022-10-30T00:00"));
    CHECK(rows.back().at == at("2022-10-30T23:45"));
    CHECK(rows.size() == 100);
}

TEST_CASE("Connecting without any password is rejected and shown", "[AC-46]") {
    auto config = shipped();
    config.istentore_api.password.clear();
    Rig rig("2025-10-01T08:00", config);
    rig.start();
    CHECK(rig.market->status().state == Connection::disconnected);
    CHECK(rig.market->status().reason == "startup");
    CHECK(rig.connect().error().message() == "missing_password");
    CHECK(rig.market->status().state == Connection::error);
    CHECK(rig.market->status().desired_connected);
    CHECK(rig.exchange.seen.empty());

    CHECK(rig.connect("given"));
    CHECK(rig.market->status().state == Connection::connected);
    rig.market->disconnect();
    rig.clock.settle();
    CHECK(rig.market->status().state == Connection::disconnected);
    CHECK(rig.market->status().reason == "operator");
    CHECK(rig.market->status().fetch == Health::disabled);
    CHECK(rig.market->posting().health == Health::disabled);
    CHECK(rig.plans.market(0).rows.size() == 96);
    const auto seen = rig.exchange.seen.size();
    rig.pass(10min);
    CHECK(rig.exchange.seen.size() == seen);
    CHECK(rig.connect());  // the password is still known
    CHECK(rig.exchange.seen[seen].request.body.find("given") != std::string::npos);
}

TEST_CASE("A wrong password is asked for once, and another one mends it [D-16]", "[D-16]") {
    Rig rig;
    rig.login = [] { return reply(401); };
    rig.start();
    rig.pass(6h, false);
    CHECK(rig.exchange.lines() == Lines{"POST /login"});
    CHECK(rig.market->status().state == Connection::error);
    CHECK(rig.market->status().last_error ==
          "auth_failed: the platform does not accept this e-mail and password");
    CHECK(rig.conditions.contains("market/login"));
    CHECK(rig.connect("also wrong").error().message() == "auth_failed");
    CHECK(rig.exchange.seen.size() == 2);
    rig.login = [] { return reply(200, R"({"token":"t"})"); };
    CHECK(rig.connect("right"));
    CHECK(rig.market->status().state == Connection::connected);
    CHECK_FALSE(rig.conditions.contains("market/login"));
}

TEST_CASE("A platform that fails at login is tried again without anybody's help [D-16]", "[D-16]") {
    Rig rig;
    rig.login = [] { return reply(503); };
    rig.start();
    CHECK(rig.market->status().last_error ==
          "connect_failed: the login was answered 503 Service Unavailable");
    rig.pass(3min, false);
    rig.login = [] { return reply(200, R"({"token":"t"})"); };
    rig.pass(121s, false);
    CHECK(rig.market->status().state == Connection::connected);
    CHECK(rig.market->status().today.fetched);
}

TEST_CASE("One connect at a time, none where it is not allowed, none without a platform") {
    Rig rig;
    rig.exchange.delay = 5s;
    rig.start();
    CHECK(rig.market->status().state == Connection::connecting);
    CHECK(rig.connect("x").error().message() == "already_connecting");
    rig.pass(10s, false);
    rig.fetching_allowed = false;
    CHECK(rig.connect("x").error().message() == "not_allowed");

    auto config = shipped();
    config.istentore_api.base_url.clear();
    Rig none("2025-10-01T08:00", config);
    none.start();
    CHECK(none.connect("x").error().message() == "no_platform");
    CHECK(none.market->status().reason == "no_platform");
    none.pass(10min);
    CHECK(none.exchange.seen.empty());
}

TEST_CASE("Where reaching the platform is not allowed nothing is sent, until it is [D-21]", "[D-21]") {
    Rig rig;
    rig.fetching_allowed = rig.posting_allowed = false;
    rig.start();
    rig.pass(5min);
    CHECK(rig.exchange.seen.empty());
    CHECK(rig.market->status().reason == "not_allowed");
    rig.fetching_allowed = true;
    rig.pass(121s);
    CHECK(rig.market->status().state == Connection::connected);
    CHECK(rig.posts() == 0);
    CHECK(rig.market->posting().why_not == "emulated plants are not posted");
    CHECK(rig.market->posting().pending == 0);  // nothing was taken in meanwhile
}

TEST_CASE("A password file is read again while the password in it is refused") {
    const auto file = std::filesystem::temp_directory_path() / ("hil-password-" + std::to_string(::getpid()));
    const auto write = [&](const std::string& text) { std::ofstream(file) << text; };
    write("old\r\n");
    auto config = shipped();
    config.istentore_api.password.clear();
    config.istentore_api.password_file = file;
    Rig rig("2025-10-01T08:00", config);
    rig.login = [&] {
        const bool good = rig.exchange.seen.back().request.body.find("new") != std::string::npos;
        return good ? reply(200, R"({"token":"t"})") : reply(403);
    };
    rig.start();
    CHECK(rig.exchange.seen.at(0).request.body.find(R"("password":"old")") != std::string::npos);
    rig.pass(10min, false);
    CHECK(rig.exchange.seen.size() == 1);
    write("new\nnot this\n");
    rig.pass(3min, false);
    CHECK(rig.market->status().state == Connection::connected);
    std::filesystem::remove(file);
}

TEST_CASE("Values are posted in the platform's units with times of UTC", "[AC-59]") {
    Rig rig;
    rig.start();
    rig.sample(0);
    rig.clock.run_for(1s);
    Lines bodies;
    for (const auto& post : rig.exchange.all("POST /measurements"))
        bodies.push_back(post.request.body);
    std::sort(bodies.begin(), bodies.end());
    const auto body = [](int series, const char* value) {
        return fmt::format(R"({{"measurement_series":{},"measurements":[{{"timestamp":)"
                           R"("2025-10-01T06:00:00+00:00","measurement":{}}}]}})",
                           series, value);
    };
    CHECK(bodies == Lines{body(4, "250.0"), body(6, "100000.0"), body(7, "10000.0"), body(8, "20000.0")});
    const auto posting = rig.market->posting();
    CHECK(posting.health == Health::ok);
    CHECK(posting.plants[0].posted == 4);
    CHECK(posting.plants[0].pending == 0);
    CHECK(posting.plants[0].last_enqueue);
    CHECK(rig.values["0 ok"] == 4);
    CHECK(rig.requests["measurements ok"] == 4);
}

TEST_CASE("Each period one sample of each plant is posted, and what is unknown is not") {
    Rig rig;
    rig.start();
    rig.pass(10min);
    CHECK(rig.market->posting().plants[0].posted == 40);
    CHECK(rig.market->posting().plants[1].posted == 40);

    auto config = shipped();
    config.plants[0].measurement_series.q.reset();
    Rig other("2025-10-01T08:00", config);
    other.start();
    measure::Row row;
    row.at = other.clock.wall_now();
    row.values = {1, 1, 1, 1, measure::unknown, 5, 5, 20};
    other.live.sampled(0, row, other.clock.now());
    other.clock.run_for(1s);
    CHECK(other.market->posting().plants[0].posted == 2);  // p and v
}

TEST_CASE("A sample older than two measurement periods never enters the outbox [D-21]", "[AC-62][D-21]") {
    Rig rig;
    rig.start();
    rig.pass(90s);
    const auto last_sample = rig.clock.wall_now();
    const auto seen = rig.exchange.seen.size();
    for (int i = 0; i < 150; ++i) {  // the link is down for five minutes
        rig.live.failed(0, make_error_code(net::errc::timeout));
        rig.live.failed(1, make_error_code(net::errc::timeout));
        rig.clock.run_for(2s);
        rig.market->set_posting(i % 2 == 0);  // which looks at the latest sample
    }
    rig.market->set_posting(true);
    CHECK(rig.posts(seen) == 0);
    rig.pass(2s);
    for (const auto& post : rig.exchange.all("POST /measurements", seen)) {
        const auto at_text = post.request.body.substr(post.request.body.find("timestamp") + 12, 25);
        CHECK(Zone::utc().parse(at_text).value() > last_sample + 4min);
    }
    CHECK(rig.posts(seen) == 8);
}

TEST_CASE("A sample of the other transport is not posted [D-21]", "[AC-62][D-21]") {
    auto config = shipped();
    config.istentore_api.post_measurements_in_api_mode = false;
    Rig rig("2025-10-01T08:00", config);
    rig.start();
    rig.sample(0);
    rig.market->transport_changed();
    rig.market->set_posting(true);
    rig.clock.run_for(1s);
    CHECK(rig.posts() == 0);
    rig.sample(0);
    rig.clock.run_for(1s);
    CHECK(rig.posts() == 4);
}

TEST_CASE("While posts fail, no more waits than the limit, and the oldest goes [D-20]", "[AC-60][D-20]") {
    auto config = shipped();
    config.istentore_api.measurement_post_queue_maxlen = 10;
    Rig rig("2025-10-01T08:00", config);
    rig.measurements = [](const auto&) { return reply(500); };
    rig.start();
    for (int i = 0; i < 20; ++i) {
        rig.pass(1min);
        CHECK(rig.market->posting().pending <= 10);
    }
    const auto failing = rig.market->posting();
    CHECK(failing.pending == 10);
    CHECK(failing.health == Health::error);
    CHECK(failing.last_error == "post_failed: the platform answered 500 Internal Server Error");
    CHECK(failing.plants[0].dropped + failing.plants[1].dropped == 20u * 8 - 10);
    CHECK(rig.values["0 dropped"] == failing.plants[0].dropped);
    CHECK(rig.conditions.contains("market/dropped"));
    CHECK(failing.plants[1].next_retry);
    CHECK(rig.market->status().state == Connection::error);

    rig.measurements = [](const auto&) { return reply(200); };
    rig.pass(2min);
    CHECK(rig.market->posting().health == Health::ok);
    CHECK(rig.market->posting().pending == 0);
    CHECK(rig.market->status().state == Connection::connected);
}

TEST_CASE("Posting switched off makes no calls, and what waits is sent later", "[AC-60]") {
    Rig rig;
    rig.measurements = [](const auto&) -> result<net::Response> { return net::errc::connect_timeout; };
    rig.start();
    rig.pass(3min);
    const auto waiting = rig.market->posting().pending;
    CHECK(waiting == 24);
    rig.market->set_posting(false);
    rig.measurements = [](const auto&) { return reply(200); };
    const auto seen = rig.exchange.seen.size();
    rig.pass(10min);
    CHECK(rig.posts(seen) == 0);
    const auto off = rig.market->posting();
    CHECK(off.health == Health::disabled);
    CHECK_FALSE(off.effective);
    CHECK(off.why_not == "posting is switched off");
    CHECK(off.pending == waiting);
    CHECK(off.plants[0].oldest_pending_age.value() >= 10min);
    rig.market->set_posting(true);
    rig.pass(2s);
    CHECK(rig.market->posting().pending == 0);
    CHECK(rig.market->posting().plants[0].posted == 20);  // twelve that waited, two periods of now
}

TEST_CASE("A thousand values that wait are posted in a few requests, in order [D-20]", "[D-20]") {
    Rig rig;
    rig.measurements = [](const auto&) -> result<net::Response> { return net::errc::connect_timeout; };
    rig.start();
    rig.pass(250min);
    CHECK(rig.market->posting().pending == 2000);
    rig.measurements = [](const auto&) { return reply(200); };
    const auto seen = rig.exchange.seen.size();
    rig.pass(60s + 60s);
    CHECK(rig.market->posting().pending == 0);
    CHECK(rig.posts(seen) < 40);
    std::map<std::string, std::string> last;
    for (const auto& post : rig.exchange.all("POST /measurements", seen)) {
        const auto& body = post.request.body;
        const auto series = body.substr(0, body.find(','));
        for (auto p = body.find("timestamp"); p != std::string::npos; p = body.find("timestamp", p + 1)) {
            const auto time = body.substr(p + 12, 25);
            CHECK(time > last[series]);
            last[series] = time;
        }
    }
    CHECK(last.size() == 8);
}

TEST_CASE(
    "A good status without a stored value is posted again, set aside after twenty tries and told [D-20]",
    "[D-20]") {
    const auto* const body = GENERATE("<html>thank you</html>", R"({"error":"series closed"})",
                                      R"({"success":false})", R"({"stored":0})");
    CAPTURE(body);
    Rig rig;
    const std::string value = R"("timestamp":"2025-10-01T06:05:00+00:00")";
    int tries = 0;
    rig.measurements = [&](const net::Request& request) {
        const bool bad = request.body.find(R"("measurement_series":6,)") != std::string::npos &&
                         request.body.find(value) != std::string::npos;
        tries += bad ? 1 : 0;
        return reply(200, bad ? body : "{}");
    };
    rig.start();
    rig.pass(7min);
    CHECK(rig.market->posting().health == Health::error);
    CHECK(rig.market->posting().plants[0].pending > 0);
    CHECK(rig.conditions.contains("market/posting"));
    rig.pass(30min);
    CHECK(tries == 20);
    const auto posting = rig.market->posting();
    CHECK(posting.plants[0].refused == 1);
    CHECK(rig.values["0 refused"] == 1);
    CHECK(rig.conditions.at("market/refused").find("2025-10-01T06:05:00+00:00 in series 6") !=
          std::string::npos);
    CHECK(posting.pending == 0);
    CHECK(posting.health == Health::ok);
    CHECK(posting.plants[0].posted == 37u * 4 - 1);
}

TEST_CASE("The right password, given while the platform has a passing fault, brings posting back by itself") {
    Rig rig;
    rig.login = [] { return reply(401); };
    auto config = rig.config;
    rig.start();
    CHECK(rig.market->posting().last_error ==
          "auth_failed: the platform does not accept this e-mail and password");
    rig.pass(3min);
    const auto fault = GENERATE(0, 1, 2);
    rig.login = [fault]() -> result<net::Response> {
        if (fault == 0) return reply(503);
        if (fault == 1) return net::errc::timeout;
        return reply(200, "<html>");
    };
    CHECK(rig.connect("right").error().message() == "connect_failed");
    // Nobody says of a login that failed that it was good, nor that nothing is tried.
    CHECK(std::count(rig.news.begin(), rig.news.end(), "the platform accepts the password") == 0);
    REQUIRE(rig.conditions.contains("market/login"));
    CHECK(rig.conditions["market/login"].starts_with(
        "another password was given, and no login with it has been"));
    rig.login = [] { return reply(200, R"({"token":"t"})"); };
    rig.pass(125s);
    CHECK(rig.market->status().state == Connection::connected);
    CHECK(std::count(rig.news.begin(), rig.news.end(), "the platform accepts the password") == 1);
    CHECK_FALSE(rig.conditions.contains("market/login"));
    CHECK_FALSE(rig.conditions.contains("market/posting"));
    CHECK(rig.market->posting().health == Health::ok);
    CHECK(rig.market->posting().pending == 0);
}

TEST_CASE("A password that the poster finds refused is known to the fetcher, and the other way round") {
    Rig rig;
    rig.start();
    rig.pass(1min);
    // The token is forgotten, the password is another.
    const bool poster = GENERATE(false, true);
    rig.login = [] { return reply(401); };
    if (poster)
        rig.measurements = [](const auto&) { return reply(401); };
    else
        rig.day_ahead = [](const auto&) { return reply(401); };
    rig.pass(16min);
    const std::string words = "auth_failed: the platform does not accept this e-mail and password";
    CHECK(rig.market->status().last_error == words);
    CHECK(rig.market->status().fetch == Health::error);
    CHECK(rig.market->posting().last_error == words);
    const auto seen = rig.exchange.seen.size();
    rig.pass(1h);
    CHECK(rig.exchange.seen.size() == seen);
}

TEST_CASE("A password file that appears later connects by itself, once, and not after a disconnect") {
    const auto file = std::filesystem::temp_directory_path() / fmt::format("hil_password_{}", ::getpid());
    std::filesystem::remove(file);
    auto config = shipped();
    config.istentore_api.password.clear();
    config.istentore_api.password_file = file;
    Rig rig("2025-10-01T08:00", config);
    rig.start();
    rig.pass(10min);
    CHECK(rig.exchange.seen.empty());
    CHECK(rig.market->status().reason == "startup");
    const bool disconnected = GENERATE(false, true);
    if (disconnected) rig.market->disconnect();
    std::ofstream(file) << "found\n";
    rig.pass(10min);
    std::filesystem::remove(file);
    CHECK(rig.exchange.seen.empty() == disconnected);
    CHECK((rig.market->status().state == Connection::connected) == !disconnected);
}

TEST_CASE("A value the platform never takes is set aside, and its series goes on") {
    Rig rig;
    const std::string poison = R"("timestamp":"2025-10-01T06:05:00+00:00")";
    rig.measurements = [&](const net::Request& request) {
        const bool bad = request.body.find(R"("measurement_series":6,)") != std::string::npos &&
                         request.body.find(poison) != std::string::npos;
        return reply(bad ? 422 : 200);
    };
    rig.start();
    rig.pass(30min);
    CHECK(rig.market->posting().health == Health::error);
    CHECK(rig.market->posting().pending < 30);  // of series 6; the others go on
    rig.pass(50min);
    const auto posting = rig.market->posting();
    CHECK(posting.plants[0].refused == 1);
    CHECK(posting.pending == 0);
    CHECK(posting.health == Health::ok);
    CHECK(rig.values["0 refused"] == 1);
    CHECK(rig.conditions.contains("market/refused"));
    CHECK(posting.plants[0].posted == 80u * 4 - 1);
}

TEST_CASE("A new process over the same database sends what the old one could not [D-20]", "[D-20]") {
    auto config = shipped();
    Rig rig("2025-10-01T08:00", config);
    rig.measurements = [](const auto&) { return reply(503); };
    rig.start();
    rig.pass(5min);
    CHECK(rig.market->posting().pending == 40);
    rig.stop();
    rig.market.reset();
    rig.live.forget(0);
    rig.live.forget(1);
    rig.start();
    CHECK(rig.market->posting().pending == 40);
    CHECK(rig.market->posting().plants[0].oldest_pending_age.value() >= 4min);
    rig.measurements = [](const auto&) { return reply(200); };
    rig.pass(1min, false);
    CHECK(rig.market->posting().pending == 0);
}

TEST_CASE("A platform that hangs delays neither samples on their way to the outbox nor anything else [D-15]",
          "[D-15]") {
    Rig rig;
    rig.start();
    rig.exchange.delay = 20s;
    rig.measurements = [](const auto&) -> result<net::Response> { return net::errc::timeout; };
    rig.pass(10min);
    CHECK(rig.market->posting().pending == 80);
}

TEST_CASE("A database that fails for a while loses nothing that still fits into memory") {
    Rig rig;
    rig.start();
    rig.pass(1min);
    rig.database->execute(
        "CREATE TEMP TRIGGER fail BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'the disk is full'); "
        "END;");
    rig.pass(5min);
    CHECK(rig.conditions.contains("market/outbox"));
    rig.database->execute("DROP TRIGGER fail;");
    rig.pass(2min);
    CHECK_FALSE(rig.conditions.contains("market/outbox"));
    CHECK(rig.market->posting().plants[0].posted == 32);
    CHECK(rig.market->posting().pending == 0);
}

TEST_CASE("What the platform has is not sent again while it cannot be taken out of the outbox") {
    Rig rig;
    bool up = false;
    std::map<std::string, int> taken;
    rig.measurements = [&](const net::Request& request) {
        if (!up) return reply(503);
        ++taken[request.body];
        return reply(200);
    };
    rig.start();
    rig.pass(5min);
    const auto waiting = rig.market->posting().pending;
    REQUIRE(waiting == 40);
    // A full disk: everything can be read, nothing written.
    rig.database->execute(
        "CREATE TEMP TRIGGER no_insert BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'full'); END;"
        "CREATE TEMP TRIGGER no_delete BEFORE DELETE ON outbox BEGIN SELECT RAISE(ABORT, 'full'); END;");
    up = true;
    rig.pass(5min, false);  // the platform's back-off is over
    for (int minute = 0; minute < 10; ++minute) {
        rig.pass(1min, minute >= 5);
        CHECK(rig.conditions.contains("market/outbox"));
    }
    CHECK(taken.size() == 8);  // each series once
    CHECK(rig.market->posting().pending == waiting);
    rig.database->execute("DROP TRIGGER no_insert; DROP TRIGGER no_delete;");
    rig.pass(15min);
    CHECK_FALSE(rig.conditions.contains("market/outbox"));
    CHECK(rig.market->posting().pending == 0);
    for (const auto& [body, times] : taken) {
        CAPTURE(body);
        CHECK(times == 1);
    }
    const auto posting = rig.market->posting();
    CHECK(posting.plants[0].posted + posting.plants[1].posted == 25u * 8);
}
