// More connections than a server has room for: who goes, and who does not.
#include "net/shared_stream.hpp"
#include "site.hpp"
#include "test/net/certificates.hpp"

#include <deque>

using namespace hil;
using namespace hil::net;
using namespace hil::net::test;

namespace {

const std::string last_request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
const std::string request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

Server::Limits places(std::size_t all) {
    Server::Limits limits;
    limits.connections = all;
    return limits;
}

awaitable<unsigned> ask(ByteStream& stream, const std::string& bytes = last_request) {
    co_await say(stream, bytes);
    co_return status_of(co_await hear_until(stream, "\r\n\r\n"));
}

// Whether the server has ended this connection.
awaitable<bool> ended(Site& site, ByteStream& stream) {
    co_await site.clock.io_sleep_for(10ms);
    char c = 0;
    const auto size = stream.try_read_some(asio::buffer(&c, 1));
    co_return !size && size.error() != asio::error::would_block;
}

class FromElsewhere final : public SharedStream {
  public:
    FromElsewhere(std::unique_ptr<ByteStream> stream, std::string peer)
        : SharedStream(std::move(stream)), peer_(std::move(peer)) {}
    [[nodiscard]] std::string peer() const override { return peer_; }

  private:
    std::string peer_;
};

// Whoever connects comes from the next of these addresses.
class Addresses final : public Listener {
  public:
    Addresses(std::unique_ptr<Listener> below, std::deque<std::string> peers)
        : below_(std::move(below)), peers_(std::move(peers)) {}
    awaitable<result<std::unique_ptr<ByteStream>>> accept() override {
        auto stream = co_await below_->accept();
        if (!stream || peers_.empty()) co_return stream;
        auto peer = std::move(peers_.front());
        peers_.pop_front();
        co_return std::make_unique<FromElsewhere>(std::move(*stream), std::move(peer));
    }
    [[nodiscard]] Endpoint local_endpoint() const override { return below_->local_endpoint(); }
    void close() noexcept override { below_->close(); }

  private:
    std::unique_ptr<Listener> below_;
    std::deque<std::string> peers_;
};

}  // namespace

TEST_CASE("a request gets through a crowd of connections that ask for nothing") {
    Site site;
    site.serve(places(3));
    site.run([&]() -> awaitable<void> {
        std::deque<std::unique_ptr<ByteStream>> crowd;
        for (int i = 0; i < 50; ++i)
            crowd.push_back(co_await site.dial());
        // Neither the begin of a header nor that of a body is a request.
        co_await say(*crowd[47], "GET / HTTP/1.1\r\nHo");
        co_await say(*crowd[48], "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc");
        co_await site.clock.io_sleep_for(10ms);
        auto newcomer = co_await site.dial();
        CHECK(co_await ask(*newcomer) == 200);
        CHECK(co_await ended(site, *crowd[46]));
        CHECK(co_await ended(site, *crowd[47]));
        CHECK_FALSE(co_await ended(site, *crowd[49]));
    });
    CHECK(site.answered.size() == 1);
}

TEST_CASE("who never asked goes first, then who was answered longest ago, and never who is being answered") {
    Site site;
    site.serve(places(4));
    site.answers->on_request = [&](Request asked) -> awaitable<Response> {
        if (asked.target == "/long") co_await site.clock.io_sleep_for(10s);
        co_return Response{};
    };
    site.run([&]() -> awaitable<void> {
        auto busy = co_await site.dial(), old = co_await site.dial(), recent = co_await site.dial();
        co_await say(*busy, "GET /long HTTP/1.1\r\nHost: x\r\n\r\n");
        CHECK(co_await ask(*recent, request) == 200);
        CHECK(co_await ask(*old, request) == 200);
        co_await site.clock.io_sleep_for(1s);
        CHECK(co_await ask(*recent, request) == 200);
        auto silent = co_await site.dial();
        auto first = co_await site.dial();
        CHECK(co_await ask(*first, request) == 200);
        CHECK(co_await ended(site, *silent));
        CHECK_FALSE(co_await ended(site, *old));
        auto second = co_await site.dial();
        CHECK(co_await ask(*second, request) == 200);
        CHECK(co_await ended(site, *old));
        CHECK_FALSE(co_await ended(site, *recent));
        CHECK(status_of(co_await hear_until(*busy, "\r\n\r\n")) == 200);
    });
}

TEST_CASE(
    "an address has room for so many connections and pushes out its own alone, this machine's excepted") {
    Site site;
    auto limits = places(100);
    limits.connections_of_peer = 2;
    std::vector<std::string> dropped;
    Server::Hooks hooks;
    hooks.on_drop = [&](std::string_view peer) { dropped.emplace_back(peer); };
    std::deque<std::string> peers{"192.168.1.9:1", "192.168.1.7:1", "192.168.1.7:2", "192.168.1.7:3"};
    for (int i = 0; i < 5; ++i)
        peers.push_back("127.0.0.1:" + std::to_string(i));
    Server server(
        site.clock,
        std::make_unique<Addresses>(std::move(site.network.listen(place).value()), std::move(peers)),
        site.answers, std::nullopt, limits, std::move(hooks));
    site.spawn([&] { return server.run(); });
    site.run([&]() -> awaitable<void> {
        std::deque<std::unique_ptr<ByteStream>> all;
        for (int i = 0; i < 9; ++i)
            all.push_back(co_await site.dial());
        CHECK_FALSE(co_await ended(site, *all[0]));
        CHECK(co_await ended(site, *all[1]));
        CHECK_FALSE(co_await ended(site, *all[2]));
        CHECK(co_await ask(*all[3]) == 200);
        for (int i = 4; i < 9; ++i)
            CHECK(co_await ask(*all[static_cast<std::size_t>(i)]) == 200);
        co_await server.stop(0s);
    });
    CHECK(dropped == std::vector<std::string>{"192.168.1.7"});
}

TEST_CASE("a request over TLS gets through a crowd that never shakes hands") {
    Site site;
    Authority authority;
    const auto certificate = authority.issue();
    Server server(site.clock, std::move(site.network.listen(place).value()), site.answers,
                  ServerTls{certificate.certificate_file, certificate.key_file}, places(3));
    site.spawn([&] { return server.run(); });
    site.run([&]() -> awaitable<void> {
        std::deque<std::unique_ptr<ByteStream>> crowd;
        for (int i = 0; i < 50; ++i)
            crowd.push_back(co_await site.dial());
        Client::Options options;
        options.ca_file = authority.ca_file();
        Client client(site.clock, site.network, parse_url("https://" + to_string(place)).value(), options);
        CHECK((co_await client.send(get("/"))).value().body == "GET / ");
        CHECK(co_await ended(site, *crowd[46]));
        CHECK_FALSE(co_await ended(site, *crowd[49]));
        CHECK(server.connections() == 3);
        co_await server.stop(0s);
    });
}
