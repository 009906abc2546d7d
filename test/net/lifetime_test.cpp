// What is thrown away in the middle of things: nothing is touched afterwards and nothing stays behind, which
// the sanitizers judge.
#include "site.hpp"
#include "test/net/certificates.hpp"

#include <boost/asio/error.hpp>

using namespace hil;
using namespace hil::net;
using namespace hil::net::test;

namespace {

void never_answer(Site& site) {
    site.answers->on_request = [&site](Request) -> awaitable<Response> {
        co_await site.clock.io_sleep_for(1h);
        co_return Response{};
    };
}

const std::string upgrade =
    "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

}  // namespace

TEST_CASE("a server that is destroyed cuts its requests, conversations and idle connections") {
    Site site;
    never_answer(site);
    bool conversation_ended = false;
    site.answers->on_upgrade = [&](Request) -> awaitable<std::variant<Response, Server::Conversation>> {
        co_return [&](std::shared_ptr<WebSocket> socket) -> awaitable<void> {
            struct End {
                ~End() { over = true; }
                bool& over;
            } end{conversation_ended};
            (void)co_await socket->receive();
            (void)co_await socket->receive();
        };
    };
    site.serve();
    error_code error;
    std::string idle_heard = "?", socket_heard = "?";
    site.spawn([&]() -> awaitable<void> {
        auto client = site.client();
        error = (co_await client->send(get("/"))).error();
    });
    site.spawn([&]() -> awaitable<void> {
        auto stream = co_await site.dial();
        idle_heard = co_await hear_all(*stream);
    });
    site.spawn([&]() -> awaitable<void> {
        auto stream = co_await site.dial();
        co_await say(*stream, upgrade);
        socket_heard = co_await hear_all(*stream);
    });
    site.clock.run_for(1s);
    CHECK(site.server->connections() == 3);
    site.server.reset();
    site.clock.run_for(1s);
    CHECK(error == errc::closed);
    CHECK(idle_heard.empty());
    CHECK(status_of(socket_heard) == 101);
    CHECK(conversation_ended);
}

TEST_CASE("a client that is destroyed aborts its request and those in line") {
    Site site;
    never_answer(site);
    site.serve();
    auto client = site.client();
    std::vector<error_code> errors;
    for (int i = 0; i < 3; ++i) {
        site.spawn([&]() -> awaitable<void> { errors.push_back((co_await client->send(get("/"))).error()); });
    }
    site.clock.run_for(1s);
    client.reset();
    site.clock.run_for(60s);
    const error_code aborted = asio::error::operation_aborted;
    CHECK(errors == std::vector<error_code>{aborted, aborted, aborted});
    CHECK(site.answers->seen.size() == 1);
}

TEST_CASE("everything may go at any moment, with the event loop last") {
    Authority authority;
    const auto certificate = authority.issue();
    for (int moment = 0; moment < 60; ++moment) {
        Site site;
        never_answer(site);
        site.network.on_dial = [](const Endpoint&) {
            MemoryNetwork::Dial dial;
            dial.to_server.latency = dial.to_client.latency = 10ms;
            dial.to_client.capacity = 30000;
            return dial;
        };
        site.serve();
        const Endpoint safe{"127.0.0.1", 8443};
        Server tls(site.clock, std::move(site.network.listen(safe).value()), site.answers,
                   ServerTls{certificate.certificate_file, certificate.key_file}, {});
        site.spawn([&] { return tls.run(); });
        site.answers->on_upgrade = [&](Request) -> awaitable<std::variant<Response, Server::Conversation>> {
            co_return [](std::shared_ptr<WebSocket> socket) -> awaitable<void> {
                socket->send(std::vector{make_frame(std::string(100000, 'x'))});
                socket->close(1000, "over");
                co_return;
            };
        };
        Client::Options options;
        options.ca_file = authority.ca_file();
        options.total_timeout = 150ms;
        Client plain(site.clock, site.network, site.origin(), options);
        Client secure(site.clock, site.network, parse_url("https://" + to_string(safe)).value(), options);
        site.spawn([&]() -> awaitable<void> { (void)co_await plain.send(get("/")); });
        site.spawn([&]() -> awaitable<void> { (void)co_await secure.send(get("/")); });
        site.spawn([&]() -> awaitable<void> {
            auto stream = co_await site.dial();
            (void)co_await write_all(*stream, asio::buffer(upgrade));
            (void)co_await hear_all(*stream);
        });
        site.clock.run_for(moment * 5ms);
        CHECK(site.failures.empty());
    }
}
