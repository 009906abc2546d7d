// Behind a proxy: who asks, what a forged header gains, addresses below a path, pages of others.
#include "web/rate_limit.hpp"
#include "web/requester.hpp"
#include "web/rig.hpp"

using namespace hil;
using namespace hil::web;
using namespace hil::web::test;
using Catch::Contains;

namespace {

std::vector<AddressRange> ranges(std::initializer_list<const char*> texts) {
    std::vector<AddressRange> out;
    for (const auto* text : texts)
        out.push_back(parse_address_range(text).value());
    return out;
}

net::Request from(std::string peer, net::Headers headers = {}) {
    net::Request out;
    out.peer = std::move(peer);
    out.headers = std::move(headers);
    return out;
}

net::Request asks(std::string method, std::string target, std::string header = {}, std::string value = {}) {
    auto out = Rig::request(std::move(method), std::move(target));
    if (!header.empty()) out.headers.add(std::move(header), std::move(value));
    return out;
}

}  // namespace

TEST_CASE("Nobody is local who comes with a proxy's header, or where proxies are configured") {
    CHECK(requester_of(from("127.0.0.1"), {}).local);
    CHECK(requester_of(from("::1"), {}).local);
    CHECK_FALSE(requester_of(from("192.0.2.1"), {}).local);
    for (const auto* name : {"Forwarded", "X-Forwarded-For", "x-forwarded-proto", "X-FORWARDED-HOST",
                             "X-Forwarded", "X-Real-IP"}) {
        INFO(name);
        CHECK_FALSE(requester_of(from("127.0.0.1", {{name, "127.0.0.1"}}), {}).local);
    }
    CHECK(requester_of(from("127.0.0.1", {{"X-Forward", "x"}, {"Forwarded-By", "x"}}), {}).local);
    CHECK_FALSE(requester_of(from("127.0.0.1"), ranges({"10.0.0.0/8"})).local);
}

TEST_CASE("What a proxy says of who asks is believed as far back as those who say it are") {
    const auto trusted = ranges({"127.0.0.1", "10.0.0.0/8"});
    const auto peer = [&](std::string at, std::string chain) {
        return requester_of(from(std::move(at), {{"X-Forwarded-For", std::move(chain)}}), trusted).peer;
    };
    CHECK(peer("127.0.0.1", "192.0.2.7") == "192.0.2.7");
    // What the client itself wrote stands first, and counts for nothing.
    CHECK(peer("127.0.0.1", "127.0.0.1, 192.0.2.7") == "192.0.2.7");
    CHECK(peer("127.0.0.1", "8.8.8.8, 192.0.2.7, 10.1.1.1") == "192.0.2.7");
    CHECK(peer("127.0.0.1", "192.0.2.7:4711") == "192.0.2.7");
    CHECK(peer("127.0.0.1", "[2001:db8::1]:80") == "2001:db8::1");
    CHECK(peer("127.0.0.1", "nonsense") == "127.0.0.1");
    CHECK(peer("127.0.0.1", "10.0.0.0/8") == "127.0.0.1");
    CHECK(peer("127.0.0.1", "") == "127.0.0.1");
    CHECK(peer("192.0.2.9", "192.0.2.7") == "192.0.2.9");
    CHECK(requester_of(from("10.1.1.1", {{"X-Forwarded-Proto", "https"}}), trusted).tls);
    CHECK_FALSE(requester_of(from("192.0.2.1", {{"X-Forwarded-Proto", "https"}}), trusted).tls);
    CHECK_FALSE(
        requester_of(from("10.1.1.1", {{"X-Forwarded-Proto", "https"}, {"X-Forwarded-Proto", "http"}}),
                     trusted)
            .tls);
}

TEST_CASE("Two chains in two headers are one") {
    const auto trusted = ranges({"127.0.0.1"});
    CHECK(
        requester_of(from("127.0.0.1", {{"X-Forwarded-For", "127.0.0.1"}, {"X-Forwarded-For", "192.0.2.7"}}),
                     trusted)
            .peer == "192.0.2.7");
}

TEST_CASE("Without accounts a request through a proxy is refused with a sentence, whatever it asks") {
    Rig rig;
    for (const auto* header : {"Forwarded", "X-Forwarded-For", "X-Forwarded-Proto"}) {
        for (const auto* target :
             {"/api/v1/status", "/", "/metrics", "/health/ready", "/api/v1/openapi.json"}) {
            INFO(header << " " << target);
            const auto answer = rig.ask(asks("GET", target, header, "127.0.0.1"));
            CHECK(answer.status == 403);
            CHECK_THAT(answer.body, Contains("came through a proxy"));
        }
        auto stop = asks("POST", "/api/v1/estop", header, "127.0.0.1");
        CHECK(rig.ask(stop).status == 403);
    }
    CHECK(rig.executed.empty());
    CHECK(rig.ask(asks("GET", "/api/v1/status")).status == 200);
    CHECK(rig.ask(asks("GET", "/metrics")).status == 200);
    ServerSettings proxied;
    proxied.trusted_proxies = {"127.0.0.1"};
    Rig behind(proxied);
    CHECK(behind.ask(asks("GET", "/api/v1/status")).status == 403);
}

TEST_CASE("With accounts a request through a proxy needs its own, figures and health as well") {
    auto settings = Rig::with_accounts();
    settings.trusted_proxies = {"127.0.0.1"};
    Rig rig(settings);
    for (const auto* target : {"/metrics", "/health/ready", "/api/v1/status"}) {
        CHECK(rig.ask(asks("GET", target, "X-Forwarded-For", "192.0.2.7")).status == 401);
        CHECK(rig.ask(asks("GET", target)).status == 401);
        auto known = asks("GET", target, "X-Forwarded-For", "192.0.2.7");
        known.headers.add("Authorization", "Bearer tom-token");
        CHECK(rig.ask(known).status == 200);
    }
    // The page is there for everybody, so that somebody can log in.
    CHECK(rig.ask(asks("GET", "/", "X-Forwarded-For", "192.0.2.7")).status == 200);
}

TEST_CASE("Below a path addresses are found with and without it, and the cookie stays there") {
    auto settings = Rig::with_accounts();
    settings.base_path = "/lab/hil";
    Rig rig(settings);
    auto asked = asks("GET", "/lab/hil/api/v1/status");
    asked.headers.add("Authorization", "Bearer tom-token");
    CHECK(rig.ask(asked).status == 200);
    asked.target = "/api/v1/status";
    CHECK(rig.ask(asked).status == 200);
    asked.target = "/lab/hilly/api/v1/status";
    CHECK(rig.ask(asked).status == 404);
    const auto bare = rig.ask(asks("GET", "/lab/hil"));
    CHECK(bare.status == 308);
    CHECK(bare.headers.find("Location") == "/lab/hil/");
    CHECK(rig.ask(asks("GET", "/lab/hil/")).status == 200);
    auto login = asks("POST", "/lab/hil/api/v1/session", "Content-Type", "application/json");
    login.body = R"({"name":"anna","password":"correct horse"})";
    const auto answer = rig.ask(login);
    CHECK(answer.status == 200);
    CHECK_THAT(std::string(answer.headers.find("Set-Cookie").value_or("")), Contains("Path=/lab/hil/;"));
    CHECK(without_base_path("/hil?x=1", "/hil").bare);
    CHECK(without_base_path("/hil/a?x=1", "/hil").target == "/a?x=1");
    CHECK(without_base_path("/a", "").target == "/a");
}

TEST_CASE("Pages of configured origins may read, and nobody else's; changing is nobody's") {
    ServerSettings settings;
    settings.cors_origins = {"https://grafana.example.org"};
    Rig rig(settings);
    const auto with_origin = [&](const char* method, const char* origin) {
        return rig.ask(asks(method, "/api/v1/status", "Origin", origin));
    };
    const auto allowed = with_origin("GET", "https://grafana.example.org");
    CHECK(allowed.headers.find("Access-Control-Allow-Origin") == "https://grafana.example.org");
    CHECK_FALSE(allowed.headers.find("Access-Control-Allow-Credentials"));
    CHECK_FALSE(with_origin("GET", "https://evil.example.org").headers.find("Access-Control-Allow-Origin"));
    CHECK_THAT(std::string(with_origin("GET", "https://evil.example.org").headers.find("Vary").value_or("")),
               Contains("Origin"));
    const auto preflight = with_origin("OPTIONS", "https://grafana.example.org");
    CHECK(preflight.headers.find("Access-Control-Allow-Methods") == "GET, HEAD, OPTIONS");
    CHECK(rig.ask(asks("POST", "/api/v1/estop", "Origin", "https://grafana.example.org")).status == 403);
    Rig closed;
    CHECK_FALSE(closed.ask(asks("GET", "/api/v1/status", "Origin", "https://grafana.example.org"))
                    .headers.find("Access-Control-Allow-Origin"));
}

TEST_CASE("An upgrade through a proxy is refused like any other request") {
    Rig rig;
    auto request = asks("GET", "/ws", "X-Forwarded-For", "127.0.0.1");
    std::optional<unsigned> status;
    TaskGroup tasks(rig.clock);
    tasks.spawn("upgrade", [&]() -> awaitable<void> {
        auto outcome = co_await rig.gateway->upgrade(request);
        if (const auto* response = std::get_if<net::Response>(&outcome)) status = response->status;
    });
    rig.clock.settle();
    CHECK(status == 403u);
}
