#include "base/byte_stream.hpp"
#include "site.hpp"
#include "test/net/certificates.hpp"

#include <boost/asio/error.hpp>

#include <fstream>

using namespace hil;
using namespace hil::net;
using namespace hil::net::test;

namespace {

// Real sockets on this machine, real TLS, real time.
struct Machine {
    asio::io_context context{1};
    RealClock clock{context};
    std::unique_ptr<Network> network = make_tcp_network(clock);
    TaskGroup tasks{clock, [this](const TaskFailure& failure) {
                        FAIL_CHECK(failure.task << ": " << failure.what);
                        clock.stop();
                    }};
    Authority authority;
    std::shared_ptr<Answers> answers = std::make_shared<Answers>();
    std::unique_ptr<Server> server;

    void serve(const Certificate& certificate) {
        server = std::make_unique<Server>(
            clock, std::move(network->listen({"127.0.0.1", 0}).value()), answers,
            ServerTls{certificate.certificate_file, certificate.key_file}, Server::Limits{});
        tasks.spawn("server", [this] { return server->run(); });
    }

    Url origin(const std::string& host = "127.0.0.1") const {
        return {.tls = true, .host = host, .port = server->local_endpoint().port, .path = {}};
    }
    std::unique_ptr<Client> client(const std::string& host = "127.0.0.1", bool trusting = true) {
        Client::Options options;
        if (trusting) options.ca_file = authority.ca_file();
        return std::make_unique<Client>(clock, *network, origin(host), options);
    }

    // Runs until the body has ended.
    void run(TaskGroup::Body body) {
        tasks.spawn("test", [this, body = std::move(body)]() -> awaitable<void> {
            co_await body();
            if (server) co_await server->stop(0s);
            clock.stop();
        });
        clock.run();
        tasks.cancel();  // peers that still read
        context.poll();
    }

    error_code error_with(const Certificate& certificate, const std::string& host = "127.0.0.1",
                          bool trusting = true) {
        serve(certificate);
        error_code error;
        run([&]() -> awaitable<void> {
            auto secure = client(host, trusting);
            error = (co_await secure->send(get("/"))).error();
        });
        return error;
    }
};

}  // namespace

TEST_CASE("requests over TLS: by address and by name, kept alive, large bodies both ways") {
    Machine machine;
    machine.serve(machine.authority.issue());
    machine.run([&]() -> awaitable<void> {
        auto by_address = machine.client();
        for (int i = 0; i < 3; ++i) {
            const auto answer = co_await by_address->send(post("/x", "body"));
            REQUIRE(answer);
            CHECK(answer->body == "POST /x body");
        }
        CHECK(machine.server->connections() == 1);
        auto by_name = machine.client("localhost");
        const std::string large(900000, 'a');
        const auto answer = co_await by_name->send(post("/y", large));
        REQUIRE(answer);
        CHECK(answer->body == "POST /y " + large);
    });
    REQUIRE(machine.answers->seen.size() == 4);
    CHECK(machine.answers->seen[0].tls);
    CHECK(machine.answers->seen[0].peer == "127.0.0.1");
}

TEST_CASE("a certificate of another host, of nobody known, or out of its time is refused") {
    const auto with = [](CertificateWish wish, const std::string& host = "127.0.0.1") {
        Machine machine;
        return machine.error_with(machine.authority.issue(wish), host);
    };
    CHECK(with({}) == error_code{});
    CHECK(with({.dns = {"localhost"}, .addresses = {}}) == errc::certificate_refused);
    CHECK(with({.dns = {"127.0.0.1"}, .addresses = {}}) == errc::certificate_refused);
    CHECK(with({.dns = {"example.org"}, .addresses = {"127.0.0.1"}}, "localhost") ==
          errc::certificate_refused);
    CHECK(with({.dns = {"local*"}, .addresses = {}}, "localhost") == errc::certificate_refused);
    CHECK(with({.from_days = -10, .to_days = -1}) == errc::certificate_refused);
    CHECK(with({.from_days = 1, .to_days = 2}) == errc::certificate_refused);
    {
        Machine machine;
        CHECK(machine.error_with(machine.authority.self_signed()) == errc::certificate_refused);
    }
    {
        Machine machine;  // the system's authorities do not know ours
        CHECK(machine.error_with(machine.authority.issue(), "127.0.0.1", false) == errc::certificate_refused);
    }
    {
        Machine machine, other;
        CHECK(machine.error_with(other.authority.issue()) == errc::certificate_refused);
    }
}

TEST_CASE("a server that does not speak TLS is told apart from one with a bad certificate") {
    Machine machine;
    auto listener = std::move(machine.network->listen({"127.0.0.1", 0}).value());
    machine.tasks.spawn("plain", [&]() -> awaitable<void> {
        auto stream = std::move((co_await listener->accept()).value());
        (void)co_await write_all(*stream, asio::buffer("HTTP/1.1 400 Bad Request\r\n\r\n", 28));
        (void)co_await hear_all(*stream);
    });
    machine.run([&]() -> awaitable<void> {
        Client::Options options;
        options.ca_file = machine.authority.ca_file();
        const Url origin{
            .tls = true, .host = "127.0.0.1", .port = listener->local_endpoint().port, .path = {}};
        Client client(machine.clock, *machine.network, origin, options);
        CHECK((co_await client.send(get("/"))).error() == errc::tls_failed);
    });
}

TEST_CASE("a plain request, half a handshake and noise leave a TLS server serving") {
    Machine machine;
    machine.serve(machine.authority.issue());
    machine.run([&]() -> awaitable<void> {
        const auto at = machine.server->local_endpoint();
        auto plain = std::move((co_await machine.network->connect(at, 5s)).value());
        co_await say(*plain, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        (void)co_await hear_all(*plain);
        auto half = std::move((co_await machine.network->connect(at, 5s)).value());
        co_await say(*half, "\x16\x03\x01\x02");
        half.reset();
        auto open = std::move((co_await machine.network->connect(at, 5s)).value());
        auto client = machine.client();
        CHECK((co_await client->send(get("/"))).has_value());
    });
}

TEST_CASE("handshakes have a time limit on both sides") {
    Site site;
    Authority authority;
    const auto certificate = authority.issue();
    Server server(site.clock, std::move(site.network.listen(place).value()), site.answers,
                  ServerTls{certificate.certificate_file, certificate.key_file}, {});
    site.spawn([&] { return server.run(); });
    auto silent = std::move(site.network.listen({"127.0.0.1", 8443}).value());
    site.run([&]() -> awaitable<void> {
        auto stream = co_await site.dial();
        const auto began = site.elapsed();
        CHECK((co_await hear_all(*stream)).empty());
        CHECK(site.elapsed() - began == 10s);

        Client::Options options;
        options.ca_file = authority.ca_file();
        Client client(site.clock, site.network, parse_url("https://127.0.0.1:8443").value(), options);
        const auto asked = site.elapsed();
        CHECK((co_await client.send(get("/"))).error() == errc::connect_timeout);
        CHECK(site.elapsed() - asked == 5s);

        // The whole way over memory, in virtual time.
        Client good(site.clock, site.network, parse_url("https://" + to_string(place)).value(), options);
        CHECK((co_await good.send(get("/"))).value().body == "GET / ");
    });
}

TEST_CASE("files that cannot be used are named when the server or client is made") {
    Machine machine;
    const auto first = machine.authority.issue(), second = machine.authority.issue();
    const auto refusal = [&](const std::filesystem::path& certificate, const std::filesystem::path& key) {
        try {
            machine.serve({certificate, key});
        } catch (const std::invalid_argument& e) {
            return std::string(e.what());
        }
        return std::string();
    };
    const auto names = [](const std::string& text, std::string_view part) {
        INFO(text);
        CHECK(text.find(part) != std::string::npos);
    };
    names(refusal("/no/such.crt", first.key_file), "/no/such.crt");
    names(refusal(first.certificate_file, "/no/such.key"), "/no/such.key");
    names(refusal(first.certificate_file, first.certificate_file), "key");
    names(refusal(first.certificate_file, second.key_file), "key values mismatch");
    Client::Options options;
    options.ca_file = "/no/ca.pem";
    CHECK_THROWS_AS(Client(machine.clock, *machine.network, parse_url("https://127.0.0.1").value(), options),
                    std::invalid_argument);
}
