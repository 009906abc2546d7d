// The whole server over a network in memory.
#include "web/server.hpp"

#include "base/memory_network.hpp"
#include "web/json_writer.hpp"

#include "web/rig.hpp"

using namespace hil;
using namespace hil::web;
using namespace hil::web::test;

namespace {

struct Running {
    explicit Running(ServerSettings settings = {})
        : server(network, rig.site(), at(std::move(settings))), tasks(rig.clock) {
        REQUIRE_FALSE(server.open());
        tasks.spawn("server", [this] { return server.run(); });
    }
    ~Running() {
        tasks.spawn("stop", [this] { return server.stop(); });
        rig.clock.run_for(3s);
        CHECK(server.connections() == 0);
        tasks.cancel();
        rig.clock.run_for(1s);
    }
    static ServerSettings at(ServerSettings settings) {
        if (settings.address.host.empty()) settings.address = {"127.0.0.1", 8050};
        settings.www = "/nowhere";
        return settings;
    }
    // Everything that is answered to this text within a second.
    std::string talk(std::string text) {
        std::string answer;
        TaskGroup client(rig.clock);
        client.spawn("client", [&]() -> awaitable<void> {
            auto stream = co_await network.connect({"127.0.0.1", 8050}, 1s);
            REQUIRE(stream);
            REQUIRE(co_await write_all(**stream, asio::buffer(text)));
            std::array<char, 65536> block{};
            for (;;) {
                const auto got = co_await read_some(**stream, asio::buffer(block));
                if (!got) break;
                answer.append(block.data(), *got);
            }
        });
        rig.clock.run_for(1s);
        client.cancel();
        rig.clock.run_for(1s);
        return answer;
    }

    Rig rig;
    MemoryNetwork network{rig.clock};
    Server server;
    TaskGroup tasks;
};

}  // namespace

TEST_CASE("a request over a connection is answered, counted and logged") {
    Running running;
    running.rig.log.set_level(observe::Level::debug);
    const auto answer = running.talk("GET /api/v1/status HTTP/1.1\r\nHost: localhost:8050\r\n\r\n");
    CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(answer.find("Content-Security-Policy: default-src 'none'") != std::string::npos);
    CHECK(answer.ends_with(to_text(running.rig.state)));
    CHECK(running.talk("GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n").starts_with("HTTP/1.1 404"));
    CHECK(running.talk("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").find("npm run build") !=
          std::string::npos);
    const auto text = running.rig.metrics.text();
    CHECK(text.find(R"(hil_http_requests_total{route="/api/v1/status",status="200"} 1)") !=
          std::string::npos);
    CHECK(text.find(R"(hil_http_requests_total{route="none",status="404"} 1)") != std::string::npos);
    CHECK(text.find(R"(hil_http_requests_total{route="page",status="200"} 1)") != std::string::npos);
    CHECK(text.find("nothing") == std::string::npos);  // what a stranger asks for makes no label
}

TEST_CASE("a body in excess is refused before it is there") {
    Running running;
    const auto answer = running.talk(
        "POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Length: 10000000\r\n\r\n{");
    CHECK(answer.starts_with("HTTP/1.1 413"));
    CHECK(answer.find("application/problem+json") != std::string::npos);
}

TEST_CASE("an upgrade becomes a WebSocket that is sent the state") {
    Running running;
    const auto answer = running.talk(
        "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    CHECK(answer.starts_with("HTTP/1.1 101"));
    CHECK(answer.find(R"({"type":"snapshot","seq":1,"state":{"time":)") != std::string::npos);
    CHECK(
        running
            .talk(
                "GET /ws HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\nUpgrade: websocket\r\n"
                "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
                "dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
            .starts_with("HTTP/1.1 403"));
}

TEST_CASE("a port that is taken is a sentence") {
    Running running;
    Rig rig;
    Server second(running.network, rig.site(), Running::at({}));
    const auto why = second.open();
    REQUIRE(why);
    CHECK(why->find("127.0.0.1:8050") != std::string::npos);
}

TEST_CASE("a server that would let anybody operate the plants does not open") {
    Rig rig;
    MemoryNetwork network(rig.clock);
    ServerSettings open_to_all;
    open_to_all.address = {"0.0.0.0", 8050};
    CHECK(Server(network, rig.site(), open_to_all).open().value_or("").find("dashboard.private.auth") !=
          std::string::npos);
    auto nobody = Rig::read_only();
    nobody.address = {"127.0.0.1", 8060};
    nobody.basic->password.clear();
    CHECK(Server(network, rig.site(), nobody).open().value_or("").find("HIL_PUBLIC_DASH_PASS") !=
          std::string::npos);
}

TEST_CASE("settings are those of the configuration") {
    config::Config config;
    config.allowed_hosts = {"lab"};
    config.public_dashboard.user = "u";
    const auto operators = operator_settings(config, "/usr/share/pages");
    CHECK(operators.address == Endpoint{"127.0.0.1", 8050});
    CHECK(operators.www == "/usr/share/pages");
    CHECK(read_only_settings(config, "").basic->user == "u");
    config.public_dashboard.auth_mode = "none";
    config.pages_dir = "/srv/pages";
    CHECK_FALSE(read_only_settings(config, "").basic);
    CHECK(read_only_settings(config, "").www == "/srv/pages");
}
