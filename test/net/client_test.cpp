#include "site.hpp"

#include "base/random.hpp"

#include <boost/asio/error.hpp>

using namespace hil;
using namespace hil::net;
using namespace hil::net::test;

namespace {

// A server that answers with these bytes, request after request, as the test says.
struct BareSite : Site {
    std::unique_ptr<Listener> listener = std::move(network.listen(place).value());
    int connections = 0;
    std::vector<std::string> heard;  // the head of every request

    // One entry a connection, one text a request on it; then the server closes.
    void script(std::vector<std::vector<std::string>> connections_wanted) {
        spawn([this, wanted = std::move(connections_wanted)]() -> awaitable<void> {
            for (const auto& answers_wanted : wanted) {
                auto stream = std::move((co_await listener->accept()).value());
                ++connections;
                for (const auto& text : answers_wanted) {
                    heard.push_back(co_await hear_until(*stream, "\r\n\r\n"));
                    co_await say(*stream, text);
                }
            }
        });
    }
};

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

result<Response> answer_to(const std::string& bytes, Client::Options options = {},
                           Request request = get("/")) {
    BareSite site;
    site.script({{bytes}});
    result<Response> answer = errc::closed;
    site.run([&]() -> awaitable<void> {
        auto client = site.client(options);
        answer = co_await client->send(request);
    });
    return answer;
}

}  // namespace

TEST_CASE("a request carries host, length and the fields given, and nothing that would split it") {
    BareSite site;
    site.script({{ok}});
    site.run([&]() -> awaitable<void> {
        auto origin = site.origin();
        origin.path = "/base";
        Client client(site.clock, site.network, origin, {});
        auto request = post("/a?b=c", "body");
        request.headers.set("Authorization", "Bearer x");
        request.headers.set("Host", "other");
        request.headers.set("Content-Length", "77");
        CHECK((co_await client.send(request)).value().body == "ok");
        CHECK((co_await client.send(get("no slash"))).error() == errc::bad_target);
        CHECK((co_await client.send(get("/a b"))).error() == errc::bad_target);
        CHECK((co_await client.send(get("/a\r\nX: y"))).error() == errc::bad_target);
        auto split = get("/");
        split.headers.set("X", "a\r\nY: b");
        bool thrown = false;
        try {
            (void)co_await client.send(split);
        } catch (const std::invalid_argument&) {
            thrown = true;
        }
        CHECK(thrown);
    });
    REQUIRE(site.heard.size() == 1);
    CHECK(site.heard[0] ==
          "POST /base/a?b=c HTTP/1.1\r\nHost: 127.0.0.1:8050\r\nUser-Agent: hil-scheduler\r\n"
          "Authorization: Bearer x\r\nContent-Length: 4\r\n\r\n");
}

TEST_CASE("a connection is kept for the next request until it has been idle for too long") {
    Site site;
    site.serve();
    int connections = 0;
    site.network.on_connected = [&](const Endpoint&, auto, auto) { ++connections; };
    site.run([&]() -> awaitable<void> {
        Client::Options options;
        options.keep_alive = 30s;
        auto client = site.client(options);
        for (int i = 0; i < 5; ++i) {
            CHECK((co_await client->send(post("/x", std::to_string(i)))).value().body ==
                  "POST /x " + std::to_string(i));
            co_await site.clock.io_sleep_for(29s);
        }
        CHECK(connections == 1);
        co_await site.clock.io_sleep_for(2s);
        CHECK(site.server->connections() == 0);
        CHECK((co_await client->send(get("/y"))).value().body == "GET /y ");
        CHECK(connections == 2);
    });
}

TEST_CASE("requests of several callers go out one at a time in the order of the calls") {
    Site site;
    site.serve();
    site.answers->on_request = [&](Request request) -> awaitable<Response> {
        co_await site.clock.io_sleep_for(1s);
        Response response;
        response.body = request.target;
        co_return response;
    };
    auto client = site.client();
    std::vector<std::string> order;
    for (int i = 0; i < 5; ++i) {
        site.spawn([&, i]() -> awaitable<void> {
            order.push_back((co_await client->send(get("/" + std::to_string(i)))).value().body);
        });
    }
    site.clock.run_for(10s);
    CHECK(order == std::vector<std::string>{"/0", "/1", "/2", "/3", "/4"});
}

TEST_CASE("a caller that is cancelled in line or on its turn leaves the connection to the next [D-15]",
          "[D-15]") {
    Site site;
    site.serve();
    site.answers->on_request = [&](Request request) -> awaitable<Response> {
        co_await site.clock.io_sleep_for(1s);
        Response response;
        response.body = request.target;
        co_return response;
    };
    auto client = site.client();
    TaskGroup first(site.clock), second(site.clock);
    std::string last;
    first.spawn("first", [&]() -> awaitable<void> { (void)co_await client->send(get("/1")); });
    second.spawn("second", [&]() -> awaitable<void> { (void)co_await client->send(get("/2")); });
    site.clock.run_for(10ms);
    site.spawn([&]() -> awaitable<void> { last = (co_await client->send(get("/3"))).value().body; });
    site.clock.run_for(10ms);
    second.cancel();
    site.clock.run_for(10ms);
    first.cancel();
    site.clock.run_for(1500ms);
    CHECK(last == "/3");
    CHECK(first.size() + second.size() == 0);
}

TEST_CASE("a kept connection that the server closed is opened once more, whatever the moment") {
    BareSite site;
    site.script({{ok}, {ok}, {}, {ok}});
    site.run([&]() -> awaitable<void> {
        auto client = site.client();
        CHECK((co_await client->send(get("/1"))).value().body == "ok");
        co_await site.clock.io_sleep_for(1s);
        CHECK((co_await client->send(get("/2"))).value().body == "ok");
        CHECK(site.connections == 2);
        // Straight after: the end of the connection is on its way while the request is written.
        CHECK((co_await client->send(get("/3"))).error() == errc::closed);  // the third says nothing at all
        CHECK((co_await client->send(get("/4"))).value().body == "ok");
    });
    CHECK(site.connections == 4);
    CHECK(site.heard.size() == 3);
}

TEST_CASE("an answer cut in its middle is not asked for again") {
    BareSite site;
    site.script({{ok, "HTTP/1.1 200 OK\r\nContent-Le"}, {ok}});
    site.run([&]() -> awaitable<void> {
        auto client = site.client();
        CHECK((co_await client->send(get("/1"))).value().body == "ok");
        CHECK((co_await client->send(get("/2"))).error() == errc::closed);
        CHECK(site.connections == 1);
        CHECK((co_await client->send(get("/3"))).value().body == "ok");
    });
}

TEST_CASE("answers come whole, in chunks or up to the end of the connection") {
    CHECK(answer_to("HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\nabc").value().status == 201);
    CHECK(
        answer_to("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")
            .value()
            .body == "abcde");
    CHECK(answer_to("HTTP/1.1 200 OK\r\n\r\nup to the end").value().body == "up to the end");
    CHECK(answer_to("HTTP/1.0 200 OK\r\n\r\nold").value().body == "old");
    CHECK(answer_to("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 P\r\nX: y\r\n\r\n" + ok).value().body == "ok");
    CHECK(answer_to("HTTP/1.1 204 No Content\r\n\r\n").value().body.empty());
    auto head = get("/");
    head.method = "HEAD";
    const auto bodiless = answer_to("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", {}, head);
    CHECK(bodiless.value().headers.find("content-length") == "1000");
    CHECK(bodiless.value().body.empty());
}

TEST_CASE("answers that are none have their errors") {
    CHECK(answer_to("SMTP ready\r\n\r\n").error() == errc::malformed);
    CHECK(answer_to("HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n").error() == errc::malformed);
    CHECK(answer_to("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc").error() == errc::closed);
    CHECK(answer_to("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n").error() ==
          errc::closed);
    CHECK(answer_to("HTTP/1.1 200 OK\r\nX: " + std::string(100000, 'x')).error() == errc::malformed);
    CHECK(answer_to("").error() == errc::closed);
    Client::Options small;
    small.max_body = 10;
    CHECK(answer_to("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n", small).error() == errc::body_too_large);
    CHECK(answer_to("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n", small).error() ==
          errc::body_too_large);
    CHECK(answer_to("HTTP/1.1 200 OK\r\n\r\n" + std::string(11, 'x'), small).error() == errc::body_too_large);
    CHECK(answer_to("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789", small).value().body ==
          "0123456789");
}

TEST_CASE("time-outs: of connecting, and of the whole exchange [D-15]", "[D-15]") {
    BareSite site;
    bool hang = true;
    site.network.on_dial = [&](const Endpoint&) {
        MemoryNetwork::Dial dial;
        dial.hang = hang;
        return dial;
    };
    Client::Options options;
    options.connect_timeout = 5s;
    options.total_timeout = 20s;
    site.run([&]() -> awaitable<void> {
        auto client = site.client(options);
        auto began = site.elapsed();
        CHECK((co_await client->send(get("/"))).error() == errc::connect_timeout);
        CHECK(site.elapsed() - began == 5s);
        hang = false;
        // Accepts and says nothing; then one byte every second for ever.
        site.spawn([&]() -> awaitable<void> {
            auto silent = std::move((co_await site.listener->accept()).value());
            auto slow = std::move((co_await site.listener->accept()).value());
            const std::string head = "HTTP/1.1 200 OK\r\nX: ";
            CHECK(co_await write_all(*slow, asio::buffer(head)));
            while (co_await write_all(*slow, asio::buffer("x", 1)))
                co_await site.clock.io_sleep_for(1s);
        });
        for (int i = 0; i < 2; ++i) {
            began = site.elapsed();
            CHECK((co_await client->send(get("/"))).error() == errc::timeout);
            CHECK(site.elapsed() - began == 20s);
        }
    });
}

TEST_CASE("close drops the connection, and a request under way is aborted") {
    Site site;
    site.serve();
    site.answers->on_request = [&](Request) -> awaitable<Response> {
        co_await site.clock.io_sleep_for(10s);
        co_return Response{};
    };
    auto client = site.client();
    error_code error;
    Duration ended{};
    site.spawn([&]() -> awaitable<void> {
        error = (co_await client->send(get("/"))).error();
        ended = site.elapsed();
    });
    site.clock.run_for(1s);
    client->close();
    site.clock.run_for(20s);
    CHECK(error == asio::error::operation_aborted);
    CHECK(ended == 1s);
    CHECK(site.server->connections() == 0);
}

TEST_CASE("nobody listening is the network's error") {
    Site site;
    site.run([&]() -> awaitable<void> {
        auto client = site.client();
        CHECK((co_await client->send(get("/"))).error() == asio::error::connection_refused);
    });
}

TEST_CASE("an answer cut or changed anywhere is an error or an answer, and never the end of the client") {
    const std::string good =
        "HTTP/1.1 200 OK\r\nContent-Type: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5\r\nhello\r\n3\r\nyou\r\n0\r\n\r\n";
    for (std::size_t cut = 0; cut < good.size(); ++cut)
        CHECK(answer_to(good.substr(0, cut)).error() == errc::closed);
    CHECK(answer_to(good).value().body == "helloyou");
    Random random(7);
    for (int round = 0; round < 300; ++round) {
        std::string text = good;
        for (auto n = 1 + random.below(4); n-- > 0;)
            text[random.below(text.size())] = static_cast<char>(random.below(256));
        const auto answer = answer_to(text);
        if (!answer) CHECK(answer.error().category() == net::category());
    }
}
