#include "base/byte_stream.hpp"
#include "base/task_group.hpp"
#include "support/catch.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>

using namespace hil;
using namespace std::chrono_literals;

namespace {

struct Machine {
    asio::io_context context{1};
    RealClock clock{context};
    std::unique_ptr<Network> network = make_tcp_network(clock);
    TaskGroup tasks{clock, [this](const TaskFailure& failure) {
                        FAIL_CHECK(failure.task << ": " << failure.what);
                        clock.stop();
                    }};

    // Runs until the body has ended.
    void run(TaskGroup::Body body) {
        tasks.spawn("test", [this, body = std::move(body)]() -> awaitable<void> {
            co_await body();
            clock.stop();
        });
        clock.run();
    }
};

}  // namespace

TEST_CASE("bytes go both ways over loopback and the end of the peer is seen") {
    Machine machine;
    auto listener = std::move(machine.network->listen({"127.0.0.1", 0}).value());
    const Endpoint at = listener->local_endpoint();
    REQUIRE(at.port != 0);
    machine.tasks.spawn("echo", [&]() -> awaitable<void> {
        auto stream = std::move((co_await listener->accept()).value());
        std::array<char, 64> buffer{};
        const auto size = co_await read_some(*stream, asio::buffer(buffer));
        CHECK(co_await write_all(*stream, asio::buffer(buffer.data(), size.value())));
    });
    std::string seen;
    machine.run([&]() -> awaitable<void> {
        auto stream = std::move((co_await machine.network->connect(at, 5s)).value());
        CHECK(stream->peer() == to_string(at));
        CHECK(stream->try_read_some(asio::buffer(seen)).has_value() == true);  // nothing asked for
        std::array<char, 64> buffer{};
        CHECK(stream->try_read_some(asio::buffer(buffer)).error() == asio::error::would_block);
        CHECK(stream->try_write_some(asio::buffer("ec", 2)).value() == 2);
        CHECK(co_await write_all(*stream, asio::buffer("ho", 2)));
        for (;;) {
            const auto size = co_await read_some(*stream, asio::buffer(buffer));
            if (!size) {
                CHECK(size.error() == asio::error::eof);
                break;
            }
            seen.append(buffer.data(), *size);
        }
        stream->close();
        CHECK_FALSE(stream->is_open());
        CHECK((co_await write_all(*stream, asio::buffer("x", 1))).error() == asio::error::bad_descriptor);
    });
    CHECK((seen == "echo" || seen == "ec"));  // the echo may have read the first half only
}

TEST_CASE("a name is resolved before it is connected to") {
    Machine machine;
    auto listener = std::move(machine.network->listen({"localhost", 0}).value());
    const Endpoint at{"localhost", listener->local_endpoint().port};
    machine.run([&]() -> awaitable<void> {
        const auto stream = co_await machine.network->connect(at, 5s);
        CHECK(stream.has_value());
    });
}

TEST_CASE("a port where nobody listens refuses") {
    Machine machine;
    auto listener = std::move(machine.network->listen({"127.0.0.1", 0}).value());
    const Endpoint at = listener->local_endpoint();
    listener->close();
    machine.run([&]() -> awaitable<void> {
        const auto stream = co_await machine.network->connect(at, 5s);
        CHECK(stream.error() == asio::error::connection_refused);
    });
}

TEST_CASE("a port that is taken is an error of the listener") {
    Machine machine;
    const auto listener = std::move(machine.network->listen({"127.0.0.1", 0}).value());
    CHECK(machine.network->listen(listener->local_endpoint()).error() == asio::error::address_in_use);
    CHECK_FALSE(machine.network->listen({"not an address", 1}).has_value());
}

TEST_CASE("an attempt that is not answered ends when its time is up") {
    Machine machine;
    using asio::ip::tcp;
    tcp::acceptor deaf(machine.context);
    deaf.open(tcp::v4());
    deaf.bind({asio::ip::make_address("127.0.0.1"), 0});
    deaf.listen(0);  // its queue is soon full, and it leaves further attempts unanswered
    const Endpoint at{"127.0.0.1", deaf.local_endpoint().port()};
    error_code last;
    machine.run([&]() -> awaitable<void> {
        std::vector<std::unique_ptr<ByteStream>> queued;
        for (int i = 0; i < 8 && !last; ++i) {
            auto stream = co_await machine.network->connect(at, 20ms);
            last = stream.error();
            if (stream) queued.push_back(std::move(*stream));
        }
    });
    CHECK(last == asio::error::timed_out);
}

TEST_CASE("cancelling ends an accept and a read over TCP") {
    Machine machine;
    auto listener = std::move(machine.network->listen({"127.0.0.1", 0}).value());
    TaskGroup waiting(machine.clock);
    machine.run([&]() -> awaitable<void> {
        auto client = std::move((co_await machine.network->connect(listener->local_endpoint(), 5s)).value());
        auto server = std::move((co_await listener->accept()).value());
        waiting.spawn("accept", [&]() -> awaitable<void> { (void)co_await listener->accept(); });
        waiting.spawn("read", [&]() -> awaitable<void> {
            std::array<char, 8> buffer{};
            (void)co_await read_some(*server, asio::buffer(buffer));
        });
        co_await asio::post(machine.clock.executor(), asio::use_awaitable);
        waiting.cancel();
        co_await waiting.join();
    });
    CHECK(waiting.size() == 0);
}
