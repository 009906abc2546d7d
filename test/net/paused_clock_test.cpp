// The site's clock may stand still; dealings with peers go by real time.
#include "site.hpp"

using namespace hil;
using namespace hil::net;
using namespace hil::net::test;

TEST_CASE("a paused clock of the site pauses no deadline of a connection") {
    asio::io_context context{1};
    ScaledClock clock(context, WallTime{std::chrono::sys_days{std::chrono::year{2025} / 10 / 1}}, 1);
    REQUIRE(clock.set_paused(true).has_value());
    MemoryNetwork network(clock);
    auto answers = std::make_shared<Answers>();
    answers->on_upgrade = [](Request) -> awaitable<std::variant<Response, Server::Conversation>> {
        co_return
            [](std::shared_ptr<WebSocket> socket) -> awaitable<void> { (void)co_await socket->receive(); };
    };
    Server::Limits limits;
    limits.header_timeout = limits.body_timeout = limits.idle_timeout = 5ms;
    Server server(clock, std::move(network.listen(place).value()), answers, std::nullopt, limits);
    TaskGroup tasks(clock);
    tasks.spawn("server", [&] { return server.run(); });
    const auto heard = [&](std::string_view said) -> awaitable<std::string> {
        auto stream = std::move((co_await network.connect(place, 5s)).value());
        (void)co_await write_all(*stream, asio::buffer(said));
        std::string answer;
        std::array<char, 1000> block{};
        for (;;) {
            const auto got = co_await read_some(*stream, asio::buffer(block));
            if (!got) co_return answer;
            answer.append(block.data(), *got);
        }
    };
    std::string half, idle, silent;
    tasks.spawn("clients", [&]() -> awaitable<void> {
        half = co_await heard("GET / HTTP/1.1\r\nHo");
        idle = co_await heard("GET /asked HTTP/1.1\r\nHost: x\r\n\r\n");
        silent = co_await heard(
            "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        co_await server.stop(1ms);
        clock.stop();
    });
    const Instant before = clock.now();
    clock.run();
    CHECK(half.starts_with("HTTP/1.1 408 "));
    CHECK(idle.ends_with("GET /asked "));
    CHECK(silent.starts_with("HTTP/1.1 101 "));
    CHECK(silent.ends_with(std::string("\x89\x00", 2)));  // pinged, then given up
    CHECK(clock.now() == before);
}
