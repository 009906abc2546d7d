#include "web/request_guard.hpp"
#include "web/sessions.hpp"
#include "web/throttle.hpp"

#include "web/rig.hpp"

using namespace hil;
using namespace hil::web;
using namespace hil::web::test;

namespace {

net::Response log_in(Rig& rig, const char* name, const char* password, std::string peer = "192.168.1.20") {
    auto request = Rig::request("POST", "/api/v1/session", "application/json",
                                fmt::format(R"({{"name":"{}","password":"{}"}})", name, password));
    request.peer = std::move(peer);
    return rig.ask(request);
}

std::string cookie_of(const net::Response& response) {
    const auto header = response.headers.find("Set-Cookie").value_or("");
    return std::string(header.substr(0, header.find(';')));
}

net::Request with(net::Request request, const char* header, std::string value) {
    request.headers.set(header, std::move(value));
    return request;
}

}  // namespace

TEST_CASE("a password is kept as argon2id and compared with what was hashed") {
    const auto hash = hash_password("correct horse");
    CHECK(hash.starts_with("$argon2id$"));
    CHECK(hash != hash_password("correct horse"));
    CHECK(verify_password(hash, "correct horse"));
    CHECK_FALSE(verify_password(hash, "correct hors"));
    CHECK_FALSE(verify_password("no hash", "correct horse"));
    CHECK_FALSE(verify_password(nobodys_hash(), ""));
    CHECK(hash_token("abc") == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("a login begins a session that its cookie carries, until it is ended [D-25]") {
    Rig rig(Rig::with_accounts());
    rig.context->auth.use_port(8050);
    CHECK(rig.get("/api/v1/session").status == 401);
    const auto answer = log_in(rig, "anna", "correct horse");
    REQUIRE(answer.status == 200);
    CHECK(Rig::document(answer) ==
          json::object{{"name", "anna"}, {"role", "operator"}, {"read_only", false}, {"login", true}});
    const auto header = std::string(*answer.headers.find("Set-Cookie"));
    for (const char* part :
         {"hil_session_8050=", "; HttpOnly", "; SameSite=Strict", "; Path=/", "; Max-Age=604800"})
        CHECK(header.find(part) != std::string::npos);
    CHECK(header.find("Secure") == std::string::npos);

    const auto cookie = cookie_of(answer);
    const auto mine = with(Rig::request("GET", "/api/v1/session"), "Cookie", "a=b; " + cookie + "; c=d");
    CHECK(Rig::document(rig.ask(mine)).at("name") == "anna");
    CHECK(rig.ask(with(Rig::request("GET", "/api/v1/session"), "Cookie", cookie + "x")).status == 401);
    const auto bye = rig.ask(with(Rig::request("DELETE", "/api/v1/session"), "Cookie", cookie));
    CHECK(bye.status == 204);
    CHECK(bye.headers.find("Set-Cookie")->find("Max-Age=0") != std::string_view::npos);
    CHECK(rig.ask(mine).status == 401);
}

TEST_CASE("a cookie over TLS stays with TLS") {
    Rig rig(Rig::with_accounts());
    auto request = Rig::request("POST", "/api/v1/session", "application/json",
                                R"({"name":"tom","password":"battery staple"})");
    request.tls = true;
    const auto answer = rig.ask(request);
    CHECK(answer.headers.find("Set-Cookie")->find("; Secure") != std::string_view::npos);
    CHECK(answer.headers.find("Strict-Transport-Security"));
    CHECK(Rig::document(answer).at("role") == "viewer");
}

TEST_CASE("guessing passwords is slowed by peer and by account, and logged [D-25]") {
    Rig rig(Rig::with_accounts());
    for (int i = 0; i < 3; ++i)
        CHECK(log_in(rig, "anna", "guess").status == 401);
    const auto slowed = log_in(rig, "anna", "correct horse");
    CHECK(slowed.status == 429);
    CHECK(slowed.headers.find("Retry-After") == "1");
    CHECK(log_in(rig, "nobody", "guess").status == 429);                        // the same peer
    CHECK(log_in(rig, "anna", "correct horse", "192.168.1.21").status == 429);  // the same account
    CHECK(log_in(rig, "tom", "battery staple", "192.168.1.21").status == 200);

    // However patient, an attacker has some sixty attempts an hour.
    int looked_at = 0;
    for (int i = 0; i < 36'000; ++i) {
        if (log_in(rig, "anna", "guess").status == 401) ++looked_at;
        rig.clock.run_for(100ms);
    }
    CHECK(looked_at < 80);
    CHECK(looked_at > 50);

    int warnings = 0;
    for (const auto& line : rig.log.tail())
        warnings +=
            line.level == observe::Level::warning && line.message.find("anna") != std::string::npos ? 1 : 0;
    CHECK(warnings == looked_at + 3);
    CHECK(rig.events.events().size() == 1);
    CHECK(rig.events.events().front().kind == "login.refused");

    rig.clock.run_for(11s);  // the owner, from elsewhere, has not long to wait
    CHECK(log_in(rig, "anna", "correct horse", "192.168.1.22").status == 200);
}

TEST_CASE("an account that does not exist is refused like a wrong password") {
    Rig rig(Rig::with_accounts());
    const auto stranger = log_in(rig, "carol", "guess"), wrong = log_in(rig, "anna", "guess");
    CHECK(stranger.status == 401);
    CHECK(stranger.body == wrong.body);
    CHECK(rig.drawn == 0);
}

TEST_CASE("scripts use bearer tokens") {
    Rig rig(Rig::with_accounts());
    const auto ask = [&](std::string header) {
        return rig.ask(with(Rig::request("GET", "/api/v1/session"), "Authorization", std::move(header)));
    };
    CHECK(Rig::document(ask("Bearer anna-token")).at("role") == "operator");
    CHECK(Rig::document(ask("bearer tom-token")).at("role") == "viewer");
    CHECK(ask("Bearer anna-tokem").status == 401);
    CHECK(ask("Basic YW5uYTphbm5hLXRva2Vu").status == 401);
    CHECK(ask("Bearer").status == 401);
    for (int i = 0; i < 3; ++i)
        (void)ask("Bearer guess");
    CHECK(ask("Bearer guess").status == 429);
}

TEST_CASE(
    "wrong tokens of an address lock out neither right ones nor logins, the emergency stop least of all") {
    Rig rig(Rig::with_accounts());
    const auto from_gateway = [](net::Request request, const char* token) {
        request.peer = "192.168.1.20";
        return with(std::move(request), "Authorization", std::string("Bearer ") + token);
    };
    for (int i = 0; i < 20; ++i)
        (void)rig.ask(from_gateway(Rig::request("GET", "/metrics"), "old-token"));
    CHECK(rig.ask(from_gateway(Rig::request("GET", "/metrics"), "old-token")).status == 429);
    CHECK(rig.ask(from_gateway(Rig::request("GET", "/metrics"), "tom-token")).status == 200);
    CHECK(rig.ask(from_gateway(Rig::request("POST", "/api/v1/estop"), "anna-token")).status == 202);
    CHECK(log_in(rig, "anna", "correct horse").status == 200);
    // Told of while they are counted, not twenty times.
    CHECK(rig.log.tail().size() < 10);
}

TEST_CASE("credentials that are not needed, or of a header alone, are not counted") {
    Rig rig(Rig::with_accounts());
    const auto wrong = [](net::Request request) {
        return with(std::move(request), "Authorization", "Bearer old-token");
    };
    for (int i = 0; i < 20; ++i) {
        for (const char* target : {"/metrics", "/health/live", "/api/v1/openapi.json", "/api/docs"})
            CHECK(rig.ask(wrong(Rig::request("GET", target))).status == 200);
        CHECK(rig.gateway->body_limit(wrong(Rig::request("PUT", "/api/v1/schedules/lib_p")), 1u << 20u) ==
              64u << 10u);
    }
    CHECK(rig.log.tail().empty());
    CHECK(rig.ask(wrong(Rig::request("GET", "/api/v1/status"))).status == 401);
    CHECK(rig.log.tail().size() == 1);
}

TEST_CASE("a server without accounts on loopback has operators only") {
    Rig rig;
    CHECK(Rig::document(rig.get("/api/v1/session")) ==
          json::object{{"name", nullptr}, {"role", "operator"}, {"read_only", false}, {"login", false}});
    CHECK(log_in(rig, "anna", "correct horse", "127.0.0.1").status == 409);
    CHECK(log_in(rig, "anna", "correct horse", "192.168.1.20").status == 403);
}

TEST_CASE("health and metrics need no login on this machine, and one from elsewhere [D-14]", "[D-14]") {
    Rig rig(Rig::with_accounts());
    rig.health.ready = {{"plant lib", false, "no answer for 12 s"}};
    for (const char* target : {"/health/live", "/health/ready", "/metrics"}) {
        INFO(target);
        auto request = Rig::request("GET", target);
        const auto expected = std::string(target) == "/health/ready" ? 503u : 200u;
        CHECK(rig.ask(request).status == expected);
        request.peer = "::ffff:127.0.0.1";
        CHECK(rig.ask(request).status == expected);
        request.peer = "192.168.1.20";
        CHECK(rig.ask(request).status == 401);
        CHECK(rig.ask(with(request, "Authorization", "Bearer tom-token")).status == expected);
    }
    CHECK(Rig::document(rig.get("/health/ready")) ==
          json::object{
              {"status", "failed"},
              {"checks", json::array{json::object{
                             {"name", "plant lib"}, {"ok", false}, {"detail", "no answer for 12 s"}}}}});
}

TEST_CASE("a task that ended for good fails the check that wants a restart [D-14]", "[D-14]") {
    Rig rig;
    CHECK(rig.get("/health/live").status == 200);
    rig.health.live = {{"tasks", false, "ended for good: lib dispatch: no memory"}};
    const auto answer = rig.get("/health/live");
    CHECK(answer.status == 503);
    CHECK(Rig::document(answer).at("status") == "failed");
    CHECK(Rig::document(answer).at("checks").at(0).at("detail") == "ended for good: lib dispatch: no memory");
    CHECK(rig.get("/health/ready").status == 200);
}

TEST_CASE("a session ends when it is old or unused, and the oldest makes room") {
    unsigned drawn = 0;
    Sessions sessions({.idle = 1h, .length = 3h, .capacity = 2}, [&](std::span<std::byte> into) {
        for (auto& byte : into)
            byte = static_cast<std::byte>(++drawn);
    });
    const IoInstant start{};
    const auto first = sessions.begin({Role::viewer, "tom"}, start);
    CHECK(first.size() == 43);
    CHECK(sessions.find(first, start + 59min)->name == "tom");
    CHECK(sessions.find(first, start + 118min));
    CHECK(sessions.find(first, start + 177min));
    CHECK_FALSE(sessions.find(first, start + 180min));  // too old, though used
    const auto second = sessions.begin({Role::operators, "anna"}, start + 180min);
    CHECK_FALSE(sessions.find(second, start + 240min));  // unused
    const auto a = sessions.begin({}, start), b = sessions.begin({}, start + 1s),
               c = sessions.begin({}, start + 2s);
    CHECK(sessions.size() == 2);
    CHECK_FALSE(sessions.find(a, start + 3s));
    CHECK(sessions.find(b, start + 3s));
    sessions.end(c);
    CHECK_FALSE(sessions.find(c, start + 3s));
}

TEST_CASE("each failure doubles the wait up to its bound, and a success forgets") {
    Throttle throttle({.free = 2,
                       .first = 1s,
                       .longest_of_peer = 8s,
                       .longest_of_account = 2s,
                       .forgotten_after = 60s,
                       .capacity = 3});
    IoInstant now{};
    std::vector<Duration> waits;
    for (int i = 0; i < 7; ++i) {
        throttle.failed("p", "a", now);
        waits.push_back(throttle.wait("p", "b", now));
    }
    CHECK(waits == std::vector<Duration>{0s, 1s, 2s, 4s, 8s, 8s, 8s});
    CHECK(throttle.wait("q", "a", now) == 2s);
    CHECK(throttle.wait("p", "b", now + 5s) == 3s);
    CHECK(throttle.wait("p", "a", now + 61s) == 0s);
    CHECK(throttle.failed("p", "a", now + 61s) == 1);
    throttle.failed("p", "a", now + 62s);
    throttle.failed("p", "a", now + 62s);
    throttle.succeeded("p", "a");
    CHECK(throttle.wait("p", "a", now + 62s) == 0s);
    for (const char* peer : {"1", "2", "3", "4", "5"})
        throttle.failed(peer, {}, now);
    CHECK(throttle.failed("5", {}, now) == 2);
    CHECK(throttle.failed("1", {}, now) == 1);  // forgotten for the sake of others
}

TEST_CASE("a host name that was rebound to this machine is refused") {
    Rig rig;
    const auto asked = [&](const char* host) {
        return rig.ask(with(Rig::request("GET", "/api/v1/status"), "Host", host)).status;
    };
    for (const char* host : {"localhost", "localhost:8050", "127.0.0.1:9999", "[::1]:8050", "LAB.example.org",
                             "lab.example.org."})
        CHECK(asked(host) == 200);
    for (const char* host :
         {"evil.example", "evil.example:8050", "localhost.evil.example", "127.0.0.1.evil.example",
          "192.168.1.5", "", "localhost:8050:1", "[::1", "example.org"})
        CHECK(asked(host) == 421);
    auto twice = Rig::request("GET", "/api/v1/status");
    twice.headers.add("Host", "localhost");
    CHECK(rig.ask(twice).status == 400);

    const RequestGuard everywhere({"0.0.0.0", 8050}, {});
    CHECK(everywhere.host_allowed(with(Rig::request("GET", "/"), "Host", "192.168.1.5:8050")));
    CHECK_FALSE(everywhere.host_allowed(with(Rig::request("GET", "/"), "Host", "evil.example")));
}

TEST_CASE("another site's page can neither post a command nor open the WebSocket") {
    Rig rig;
    const auto post = [&](const char* name, const char* value) {
        auto request =
            Rig::request("POST", "/api/v1/control/start", "application/json", R"({"plant":"lib"})");
        if (*name != 0) request.headers.set(name, value);
        return rig.ask(request).status;
    };
    const auto upgrade = [&](const char* name, const char* value) {
        auto request = Rig::request("GET", "/ws");
        if (*name != 0) request.headers.set(name, value);
        std::optional<std::variant<net::Response, net::Server::Conversation>> answer;
        TaskGroup tasks(rig.clock);
        tasks.spawn("upgrade", [&]() -> awaitable<void> { answer = co_await rig.gateway->upgrade(request); });
        rig.clock.settle();
        const auto* refused = std::get_if<net::Response>(&*answer);
        return refused == nullptr ? 101u : refused->status;
    };
    struct Origin {
        const char *name, *value;
    };
    for (const auto& [name, value] : {Origin{"Origin", "http://evil.example"},
                                      {"Origin", "null"},
                                      {"Origin", "http://localhost:9999"},
                                      {"Origin", "http://localhost"},
                                      {"Origin", "ftp://localhost:8050"},
                                      {"Sec-Fetch-Site", "cross-site"},
                                      {"Sec-Fetch-Site", "same-site"}}) {
        INFO(name << ' ' << value);
        CHECK(post(name, value) == 403);
        CHECK(upgrade(name, value) == 403);
    }
    rig.check_untouched();
    for (const auto& [name, value] : {Origin{"", ""},
                                      {"Origin", "http://localhost:8050"},
                                      {"Origin", "https://localhost:8050"},
                                      {"Sec-Fetch-Site", "same-origin"}}) {
        INFO(name << ' ' << value);
        CHECK(post(name, value) == 202);
        CHECK(upgrade(name, value) == 101);
    }
}
