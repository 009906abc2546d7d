#include "modbus/server.hpp"

#include "test/modbus/site.hpp"

#include <boost/asio/error.hpp>

using namespace hil;
using namespace hil::modbus;
using namespace hil::modbus::test;
using namespace std::chrono_literals;

namespace {

struct Rig : Site {
    explicit Rig(ServerOptions options = {}) {
        server = std::make_unique<Server>(
            clock, listen(), [this](const Request& request) { return handle(request); }, options);
        clock.settle();
    }

    Response handle(const Request& request) {
        ++handled;
        if (on_request) on_request();
        return execute(bank, request);
    }

    Bank bank = Bank::holding_only(125);
    std::size_t handled = 0;
    std::function<void()> on_request;
    std::unique_ptr<Server> server;
};

constexpr auto read_one = "0007 0000 0006 11 03 0002 0001";
constexpr auto one_read = "0007 0000 0005 11 03 02 abcd";

}  // namespace

TEST_CASE("a server answers from its bank, on every connection") {
    Rig rig;
    rig.bank.holding[2] = 0xABCD;
    auto a = rig.connect(), b = rig.connect();
    rig.clock.settle();
    CHECK(rig.server->connections() == 2);
    send(rig, *a, read_one);
    CHECK(received(rig, *a) == spaced(one_read));
    send(rig, *b, "0001 0000 0006 01 06 0002 0001");
    CHECK(received(rig, *b) == spaced("0001 0000 0006 01 06 0002 0001"));
    CHECK(rig.bank.holding[2] == 1);
    send(rig, *a, "0008 0000 0006 11 03 007d 0001");
    CHECK(received(rig, *a) == spaced("0008 0000 0003 11 83 02"));
    CHECK(rig.server->statistics().requests == 3);
    CHECK(rig.server->statistics().exceptions == 1);
    CHECK(rig.server->statistics().connections == 2);
    CHECK(rig.server->local_endpoint() == rig.endpoint);
}

TEST_CASE("a request may arrive in pieces and many in one piece") {
    Rig rig;
    rig.bank.holding[2] = 0xABCD;
    auto peer = rig.connect();
    for (const auto byte : hex(read_one)) {
        CHECK(received(rig, *peer).empty());
        send(rig, *peer, Bytes{byte});
    }
    CHECK(received(rig, *peer) == spaced(one_read));
    Bytes many;
    std::string expected;
    for (int i = 0; i < 40; ++i) {
        many = many + hex(read_one);
        expected += (i > 0 ? " " : "") + spaced(one_read);
    }
    send(rig, *peer, many);
    CHECK(received(rig, *peer) == expected);
}

TEST_CASE("a wrong frame closes its connection and no other") {
    for (const auto* wrong : {"0001 0001 0006 01 03 0000 0001", "0001 0000 0001 01", "0001 0000 00ff 01",
                              "0001 0000 ffff 01", "4745 5420 2f20 4854 5450"}) {
        CAPTURE(wrong);
        Rig rig;
        auto bad = rig.connect(), good = rig.connect();
        send(rig, *bad, hex(read_one) + hex(wrong));
        CHECK_FALSE(received(rig, *bad).empty());  // what came before is answered
        CHECK(end_of(*bad) == asio::error::eof);
        CHECK(rig.server->statistics().protocol_errors == 1);
        CHECK(rig.server->connections() == 1);
        send(rig, *good, read_one);
        CHECK_FALSE(received(rig, *good).empty());
    }
}

TEST_CASE("connections beyond the bound are closed at once and counted") {
    ServerOptions options;
    options.max_connections = 2;
    Rig rig(options);
    auto a = rig.connect(), b = rig.connect(), c = rig.connect();
    rig.clock.settle();
    CHECK(rig.server->connections() == 2);
    CHECK(rig.server->statistics().refused_connections == 1);
    CHECK(end_of(*c) == asio::error::eof);
    a->close();
    rig.clock.settle();
    CHECK(rig.server->connections() == 1);
    auto d = rig.connect();
    send(rig, *d, read_one);
    CHECK_FALSE(received(rig, *d).empty());
}

TEST_CASE("a connection without a whole request for too long is closed") {
    ServerOptions options;
    options.idle_timeout = 10s;
    Rig rig(options);
    auto silent = rig.connect();
    rig.clock.run_for(4s);
    auto busy = rig.connect(), dripping = rig.connect();
    rig.clock.run_until(Instant{10s - 1ns});
    CHECK(rig.server->connections() == 3);
    rig.clock.run_until(Instant{10s});
    CHECK(rig.server->connections() == 2);
    CHECK(end_of(*silent) == asio::error::eof);
    send(rig, *busy, read_one);
    send(rig, *dripping, Bytes{0});
    rig.clock.run_until(Instant{14s});
    CHECK(rig.server->connections() == 1);
    CHECK(end_of(*dripping) == asio::error::eof);
    rig.clock.run_until(Instant{20s});
    CHECK(rig.server->connections() == 0);
    CHECK(rig.clock.io_timers().size() == 0);
}

TEST_CASE("a peer that does not read its answers is not read from") {
    Rig rig;
    rig.network.on_dial = [](const Endpoint&) {
        MemoryNetwork::Dial dial;
        dial.to_client.capacity = 1000;
        return dial;
    };
    auto peer = rig.connect();
    const auto request = hex("0001 0000 0006 01 03 0000 007d");  // an answer of 259 bytes
    constexpr std::size_t count = 1000;
    for (std::size_t i = 0; i < count; ++i)
        send(rig, *peer, request);
    CHECK(rig.handled < 100);
    const auto stalled = rig.handled;
    rig.clock.run_for(1min);
    CHECK(rig.handled == stalled);
    const auto all = received(rig, *peer);
    CHECK(rig.handled == count);
    CHECK((all.size() + 1) / 3 == count * 259);
}

TEST_CASE("a peer that never reads its answers is closed like a silent one") {
    Rig rig;
    rig.network.on_dial = [](const Endpoint&) {
        MemoryNetwork::Dial dial;
        dial.to_client.capacity = 0;
        return dial;
    };
    auto peer = rig.connect();
    send(rig, *peer, read_one);
    CHECK(rig.server->connections() == 1);
    rig.clock.run_for(10min);
    CHECK(rig.server->connections() == 0);
}

TEST_CASE("a stopped server ends its connections and refuses new ones") {
    Rig rig;
    auto peer = rig.connect();
    rig.clock.settle();
    bool stopped = false;
    rig.tasks.spawn("stop", [&]() -> awaitable<void> {
        co_await rig.server->stop();
        stopped = true;
    });
    rig.clock.settle();
    CHECK(stopped);
    CHECK(rig.server->connections() == 0);
    CHECK(end_of(*peer) == asio::error::eof);
    CHECK(rig.clock.io_timers().size() == 0);
    const auto refused =
        rig.run<std::unique_ptr<ByteStream>>([&] { return rig.network.connect(rig.endpoint, 1s); });
    rig.clock.settle();
    CHECK((*refused)->error() == asio::error::connection_refused);
    // The place is free for another.
    CHECK(rig.network.listen(rig.endpoint));
}

TEST_CASE("connections can be ended while the server goes on") {
    Rig rig;
    auto a = rig.connect(), b = rig.connect();
    rig.clock.settle();
    rig.server->close_connections();
    CHECK(rig.server->connections() == 0);
    CHECK(end_of(*a) == asio::error::eof);
    auto c = rig.connect();
    send(rig, *c, read_one);
    CHECK_FALSE(received(rig, *c).empty());
}

TEST_CASE("a handler may end its own connection, or the server") {
    Rig rig;
    auto peer = rig.connect();
    SECTION("connections") {
        rig.on_request = [&] { rig.server->close_connections(); };
        send(rig, *peer, hex(read_one) + hex(read_one));
        CHECK(rig.handled == 1);
        CHECK(rig.server->connections() == 0);
    }
    SECTION("server") {
        rig.on_request = [&] { rig.server.reset(); };
        send(rig, *peer, hex(read_one) + hex(read_one));
        CHECK(rig.handled == 1);
    }
    CHECK(received(rig, *peer).empty());
    CHECK(end_of(*peer) == asio::error::eof);
    CHECK(rig.failures.empty());
}

TEST_CASE("a server that goes takes its connections with it") {
    Rig rig;
    auto peer = rig.connect();
    rig.clock.settle();
    rig.server.reset();
    rig.clock.settle();
    CHECK(end_of(*peer) == asio::error::eof);
    CHECK(rig.clock.io_timers().size() == 0);
}

namespace {

// Fails a few times before it hands out connections.
class ReluctantListener final : public Listener {
  public:
    ReluctantListener(std::unique_ptr<Listener> inner, int failures)
        : inner_(std::move(inner)), failures_(failures) {}
    awaitable<result<std::unique_ptr<ByteStream>>> accept() override {
        if (failures_-- > 0) co_return error_code(asio::error::no_descriptors);
        co_return co_await inner_->accept();
    }
    Endpoint local_endpoint() const override { return inner_->local_endpoint(); }
    void close() noexcept override { inner_->close(); }

  private:
    std::unique_ptr<Listener> inner_;
    int failures_;
};

}  // namespace

TEST_CASE("a server goes on accepting after the machine ran out of descriptors for a while") {
    Site site;
    auto bank = Bank::holding_only(125);
    Server server(site.clock, std::make_unique<ReluctantListener>(site.listen(), 3),
                  [&](const Request& request) { return execute(bank, request); });
    auto peer = site.connect();
    send(site, *peer, read_one);
    CHECK(received(site, *peer).empty());
    site.clock.run_for(300ms);
    CHECK_FALSE(received(site, *peer).empty());
}
