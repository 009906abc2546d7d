#include "market/client.hpp"
#include "base/task_group.hpp"
#include "market/errors.hpp"
#include "net/errors.hpp"
#include "scripted_exchange.hpp"

#include "support/catch.hpp"

#include <optional>

using namespace hil;
using namespace hil::market;
using hil::market::test::reply;
using hil::market::test::ScriptedExchange;

namespace {

using Lines = std::vector<std::string>;

struct Rig {
    Rig() {
        exchange.answer = [this](const ScriptedExchange::Seen& seen) -> result<net::Response> {
            if (seen.line() == "POST /login") {
                ++logins;
                return login(logins);
            }
            return other(seen);
        };
        client.set_password("secret");
    }

    result<net::Response> call() {
        std::optional<result<net::Response>> outcome;
        TaskGroup tasks(clock);
        tasks.spawn("call", [&]() -> awaitable<void> {
            net::Request request;
            request.target = "/market_products?id=4";
            outcome.emplace(co_await client.call("day_ahead", request));
        });
        clock.settle();
        REQUIRE(outcome);
        return *outcome;
    }

    asio::io_context context{1};
    VirtualClock clock{context, std::chrono::sys_days{std::chrono::year{2025} / 10 / 1}};
    ScriptedExchange exchange{clock};
    std::function<result<net::Response>(int)> login = [](int n) {
        return reply(200, R"({"token":"t)" + std::to_string(n) + R"("})");
    };
    std::function<result<net::Response>(const ScriptedExchange::Seen&)> other = [](const auto&) {
        return reply(200);
    };
    int logins = 0;
    Lines outcomes;
    Client client{exchange, "operator@example.org", [this](auto operation, auto outcome) {
                      outcomes.push_back(std::string(operation) + " " + std::string(outcome));
                  }};
};

}  // namespace

TEST_CASE("The first call logs in, later ones use the token") {
    Rig rig;
    CHECK(rig.call());
    CHECK(rig.call());
    CHECK(rig.exchange.lines() == Lines{"POST /login", "GET /market_products", "GET /market_products"});
    CHECK(rig.exchange.seen[0].request.body == R"({"email":"operator@example.org","password":"secret"})");
    CHECK_FALSE(rig.exchange.seen[0].request.headers.find("Authorization"));
    CHECK(rig.exchange.seen[1].request.headers.find("Authorization") == "Bearer t1");
    CHECK(rig.outcomes == Lines{"login ok", "day_ahead ok", "day_ahead ok"});
}

TEST_CASE("A refusal is answered with one login and one retry", "[AC-52]") {
    const unsigned status = GENERATE(401u, 403u);
    Rig rig;
    CHECK(rig.call());
    bool refuse = true;
    rig.other = [&](const auto&) { return reply(std::exchange(refuse, false) ? status : 200); };
    CHECK(rig.call());
    CHECK(rig.exchange.lines(2) == Lines{"GET /market_products", "POST /login", "GET /market_products"});
    CHECK(rig.exchange.seen.back().request.headers.find("Authorization") == "Bearer t2");
}

TEST_CASE("A second refusal is an error without a third call", "[AC-52]") {
    Rig rig;
    CHECK(rig.call());
    rig.other = [](const auto&) { return reply(403); };
    CHECK(rig.call().error() == fault::still_refused);
    CHECK(rig.exchange.lines(2) == Lines{"GET /market_products", "POST /login", "GET /market_products"});
    CHECK_FALSE(rig.client.standing().refused());  // the login was good
    CHECK(rig.outcomes.back() == "day_ahead unauthorized");
}

TEST_CASE("Bad credentials stop every request until the password changes [D-16]", "[D-16]") {
    Rig rig;
    rig.login = [](int) { return reply(401); };
    CHECK(rig.call().error() == fault::bad_credentials);
    CHECK(rig.client.standing().refused());
    for (int i = 0; i < 5; ++i)
        CHECK(rig.call().error() == fault::waiting_for_password);
    CHECK(rig.exchange.lines() == Lines{"POST /login"});

    rig.client.set_password("another");
    rig.login = [](int) { return reply(200, R"({"token":"good"})"); };
    CHECK(rig.call());
    CHECK(rig.exchange.lines(1) == Lines{"POST /login", "GET /market_products"});
}

TEST_CASE("A login that fails otherwise says nothing of the password [D-16]", "[AC-52][D-16]") {
    Rig rig;
    rig.login = [](int) { return reply(503); };
    for (int i = 0; i < 10; ++i) {
        const auto error = rig.call().error();
        CHECK(error.message() == "the login was answered 503 Service Unavailable");
        CHECK(remedy(error) == Remedy::wait);
    }
    CHECK_FALSE(rig.client.standing().refused());
    rig.login = [](int) -> result<net::Response> { return net::errc::connect_timeout; };
    CHECK(rig.call().error() == net::errc::connect_timeout);
    rig.login = [](int) { return reply(200, "<html>"); };
    CHECK(rig.call().error() == fault::no_token);
    CHECK_FALSE(rig.client.standing().refused());
    CHECK(rig.logins == 12);
    CHECK(rig.outcomes.front() == "login server_error");
    CHECK(rig.outcomes[10] == "login timeout");
}

TEST_CASE("A platform that says 400 or 422 of a password three times in a row is believed") {
    Rig rig;
    rig.login = [](int n) { return reply(n == 2 ? 500 : 422); };
    for (int i = 0; i < 4; ++i)
        CHECK(remedy(rig.call().error()) == Remedy::wait);
    CHECK(rig.call().error() == fault::bad_credentials);
    CHECK(rig.logins == 5);
}

TEST_CASE("Failures are told apart") {
    CHECK(outcome_of({}) == "ok");
    CHECK(outcome_of(net::errc::certificate_refused) == "certificate");
    CHECK(outcome_of(net::errc::timeout) == "timeout");
    CHECK(outcome_of(net::errc::closed) == "unreachable");
    CHECK(outcome_of(status_error(404)) == "client_error");
    CHECK(outcome_of(status_error(301)) == "unexpected");
    CHECK(status_error(404).message() == "the platform answered 404 Not Found");

    CHECK(remedy(status_error(422)) == Remedy::split);
    CHECK(remedy(status_error(429)) == Remedy::retry);
    CHECK(remedy(status_error(500)) == Remedy::retry);
    CHECK(remedy(net::errc::timeout) == Remedy::wait);
    CHECK(remedy(login_error(status_error(404))) == Remedy::wait);
    CHECK(errc::missing_password == error_code(errc::missing_password));
    CHECK(error_code(errc::auth_failed).message() == "auth_failed");
}
