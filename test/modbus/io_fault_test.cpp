// The same exchange once per I/O step with an error there, once per byte with a cut there, and once per byte
// with that byte spoilt: every call ends, what ends well is right, and both sides are usable afterwards.
#include "test/modbus/faulty_stream.hpp"
#include "test/modbus/site.hpp"

#include <boost/asio/error.hpp>

using namespace hil;
using namespace hil::modbus;
using namespace hil::modbus::test;
using namespace std::chrono_literals;

namespace {

struct Disturbance {
    std::shared_ptr<Faults> client_io = std::make_shared<Faults>();
    std::shared_ptr<Faults> server_io = std::make_shared<Faults>();
    StreamConditions to_server{}, to_client{};
};

// Three callers with three requests each over one connection with two in flight.
class Exchanges {
  public:
    explicit Exchanges(const Disturbance& disturbance) : disturbance_(disturbance) {
        bank_.holding[3] = 0x3333;
        server_ = std::make_unique<Server>(
            site.clock, std::make_unique<FaultyListener>(site.listen(), disturbance.server_io),
            [this](const Request& request) { return execute(bank_, request); });
        site.network.on_dial = [this](const Endpoint&) {
            return MemoryNetwork::Dial{.refuse = {},
                                       .hang = false,
                                       .delay = {},
                                       .to_server = disturbance_.to_server,
                                       .to_client = disturbance_.to_client};
        };
        ClientOptions options;
        options.max_in_flight = 2;
        client_ = std::make_unique<Client>(
            site.clock, std::make_unique<FaultyStream>(site.connect(), disturbance.client_io), options);
        client_->on_disconnect = [this](error_code) { ++ends; };
    }

    void run() {
        for (std::uint16_t caller = 0; caller < 3; ++caller) {
            site.tasks.spawn("caller", [this, caller] { return call(caller); });
        }
        site.clock.run_for(30s);
    }

    // Both sides still do their work, on a connection without disturbance.
    void run_undisturbed() {
        client_.reset();
        site.network.on_dial = nullptr;
        *disturbance_.client_io = {};
        *disturbance_.server_io = {};
        client_ = std::make_unique<Client>(site.clock, site.connect(), ClientOptions{});
        const auto words = site.read(*client_, 3);
        site.clock.run_for(1s);
        REQUIRE(*words);
        CHECK((*words)->value() == Words{0x3333});
    }

    [[nodiscard]] bool connected() const { return client_->connected(); }
    [[nodiscard]] std::size_t server_connections() const { return server_->connections(); }
    void close_client() {
        client_.reset();
        site.clock.settle();
    }

    Site site;
    int finished = 0, good = 0, wrong = 0, failed = 0, ends = 0;
    bool spoilt = false;  // values cannot be trusted: the protocol has no check of its own on TCP

  private:
    awaitable<void> call(std::uint16_t caller) {
        const auto address = static_cast<std::uint16_t>(10 + caller);
        const auto value = static_cast<std::uint16_t>(0x1000 + caller);
        count(co_await client_->read_holding_registers(1, 3, 1),
              [](const Words& w) { return w == Words{0x3333}; });
        const auto written = co_await client_->write_register(1, address, value);
        if (written) {
            ++good;
        } else {
            ++failed;
            count_error(written.error());
        }
        const bool known = written.has_value();
        count(co_await client_->read_holding_registers(1, address, 1),
              [&](const Words& w) { return w == Words{value} || (!known && w == Words{0}); });
        ++finished;
    }

    template <class Right>
    void count(const result<Words>& words, Right right) {
        if (!words) {
            ++failed;
            count_error(words.error());
        } else if (right(*words)) {
            ++good;
        } else {
            ++wrong;
        }
    }

    void count_error(error_code error) {
        const bool expected = error == errc::timeout || error == errc::disconnected;
        if (!expected && !spoilt) ++wrong;
    }

    Disturbance disturbance_;
    Bank bank_ = Bank::holding_only(64);
    std::unique_ptr<Server> server_;
    std::unique_ptr<Client> client_;
};

// Counts the bytes of an undisturbed exchange in both directions.
struct Traffic {
    std::size_t to_server = 0, to_client = 0;
};

Traffic undisturbed_traffic() {
    auto traffic = std::make_shared<Traffic>();
    Disturbance none;
    none.to_server.corrupt = [traffic](std::span<std::byte> bytes) { traffic->to_server += bytes.size(); };
    none.to_client.corrupt = [traffic](std::span<std::byte> bytes) { traffic->to_client += bytes.size(); };
    Exchanges exchanges(none);
    exchanges.run();
    CHECK(exchanges.good == 9);
    CHECK(exchanges.connected());
    return *traffic;
}

void check_broken(Exchanges& exchanges) {
    CHECK(exchanges.finished == 3);  // nobody hangs
    CHECK(exchanges.good + exchanges.failed == 9);
    CHECK(exchanges.wrong == 0);
    CHECK_FALSE(exchanges.connected());
    CHECK(exchanges.ends == 1);
    CHECK(exchanges.server_connections() == 0);
    CHECK(exchanges.site.failures.empty());
    exchanges.run_undisturbed();
}

}  // namespace

TEST_CASE("an error at any I/O step of the client ends its calls and nothing else") {
    std::size_t at = 1;
    for (;; ++at) {
        CAPTURE(at);
        Disturbance disturbance;
        disturbance.client_io->fail_at = at;
        Exchanges exchanges(disturbance);
        exchanges.run();
        if (!disturbance.client_io->struck()) {
            CHECK(exchanges.good == 9);
            break;
        }
        check_broken(exchanges);
    }
    CHECK(at > 10);
}

TEST_CASE("an error at any I/O step of the server ends that connection and nothing else") {
    std::size_t at = 2;  // the first step is the accepting of the connection
    for (;; ++at) {
        CAPTURE(at);
        Disturbance disturbance;
        disturbance.server_io->fail_at = at;
        Exchanges exchanges(disturbance);
        exchanges.run();
        if (!disturbance.server_io->struck()) {
            CHECK(exchanges.good == 9);
            break;
        }
        check_broken(exchanges);
    }
    CHECK(at > 10);
}

TEST_CASE("an error in small pieces and slow streams is an error like any other") {
    for (std::size_t at = 1; at < 400; ++at) {
        CAPTURE(at);
        Disturbance disturbance;
        for (auto* conditions : {&disturbance.to_server, &disturbance.to_client}) {
            conditions->max_chunk = 3;
            conditions->capacity = 7;
            conditions->latency = 100us;
        }
        disturbance.client_io->fail_at = at;
        Exchanges exchanges(disturbance);
        exchanges.run();
        if (!disturbance.client_io->struck()) {
            CHECK(exchanges.good == 9);
            CHECK(at > 20);
            return;
        }
        check_broken(exchanges);
    }
    FAIL("the exchange never came to its end");
}

TEST_CASE("a connection that is cut after any byte ends the calls under way") {
    const auto traffic = undisturbed_traffic();
    CHECK(traffic.to_server == 9 * 12);
    for (std::size_t at = 0; at <= traffic.to_server; ++at) {
        CAPTURE(at);
        Disturbance disturbance;
        disturbance.to_server.cut_after = at;
        Exchanges exchanges(disturbance);
        exchanges.run();
        check_broken(exchanges);
    }
    for (std::size_t at = 0; at <= traffic.to_client; ++at) {
        CAPTURE(at);
        Disturbance disturbance;
        disturbance.to_client.cut_after = at;
        Exchanges exchanges(disturbance);
        exchanges.run();
        check_broken(exchanges);
    }
}

TEST_CASE("bytes that never arrive cost time-outs, then the connection") {
    for (const bool to_server : {true, false}) {
        Disturbance disturbance;
        (to_server ? disturbance.to_server : disturbance.to_client).swallow = true;
        Exchanges exchanges(disturbance);
        exchanges.run();
        CHECK(exchanges.failed == 9);
        check_broken(exchanges);
    }
}

TEST_CASE("a byte spoilt anywhere never leaves a call hanging") {
    const auto traffic = undisturbed_traffic();
    const auto spoil = [](std::size_t at, std::uint8_t mask) {
        auto passed = std::make_shared<std::size_t>(0);
        return [passed, at, mask](std::span<std::byte> bytes) {
            if (at >= *passed && at < *passed + bytes.size()) bytes[at - *passed] ^= std::byte{mask};
            *passed += bytes.size();
        };
    };
    for (const bool to_server : {true, false}) {
        const auto size = to_server ? traffic.to_server : traffic.to_client;
        for (std::size_t at = 0; at < size; ++at) {
            for (const auto mask : {std::uint8_t{0x01}, std::uint8_t{0x80}, std::uint8_t{0xFF}}) {
                CAPTURE(to_server, at, mask);
                Disturbance disturbance;
                (to_server ? disturbance.to_server : disturbance.to_client).corrupt = spoil(at, mask);
                Exchanges exchanges(disturbance);
                exchanges.spoilt = true;
                exchanges.run();
                CHECK(exchanges.finished == 3);
                CHECK(exchanges.ends == (exchanges.connected() ? 0 : 1));
                exchanges.close_client();
                CHECK(exchanges.server_connections() == 0);
                CHECK(exchanges.site.failures.empty());
            }
        }
    }
}
