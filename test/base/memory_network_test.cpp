#include "base/memory_network.hpp"

#include "base/random.hpp"
#include "base/task_group.hpp"
#include "support/catch.hpp"

#include <boost/asio/error.hpp>

using namespace hil;
using namespace std::chrono_literals;

namespace {

asio::mutable_buffer into(std::string& text) {
    return asio::buffer(text.data(), text.size());
}

struct Site {
    asio::io_context context{1};
    VirtualClock clock{context, WallTime{}};
    TaskGroup tasks{clock,
                    [](const TaskFailure& failure) { FAIL_CHECK(failure.task << ": " << failure.what); }};

    void spawn(TaskGroup::Body body) { tasks.spawn("test", std::move(body)); }
    Duration elapsed() const { return clock.now().time_since_epoch(); }
};

// What one read brings: the bytes, or the error's message.
awaitable<std::string> read_text(ByteStream& stream, std::size_t size = 4096) {
    std::string text(size, '\0');
    const auto done = co_await read_some(stream, into(text));
    if (!done) co_return "! " + done.error().message();
    text.resize(*done);
    co_return text;
}

std::string message(asio::error::basic_errors e) {
    return "! " + make_error_code(e).message();
}

const std::string reset = message(asio::error::connection_reset);
const std::string aborted = message(asio::error::operation_aborted);
const std::string eof = "! " + make_error_code(asio::error::eof).message();

}  // namespace

TEST_CASE("bytes arrive in order, both ways, without time passing") {
    Site site;
    auto pair = make_memory_pair(site.clock);
    std::string seen;
    site.spawn([&]() -> awaitable<void> {
        CHECK(co_await write_all(*pair.first, asio::buffer("ping", 4)));
        CHECK(co_await write_all(*pair.first, asio::buffer("!", 1)));
        seen = co_await read_text(*pair.second);
        CHECK(co_await write_all(*pair.second, asio::buffer("pong", 4)));
        seen += " " + co_await read_text(*pair.first);
    });
    site.clock.run();
    CHECK(seen == "ping! pong");
    CHECK(site.elapsed() == 0s);
}

TEST_CASE("latency delays bytes and keeps their order when it shrinks") {
    Site site;
    auto pair = make_memory_pair(site.clock, {.latency = 30ms});
    std::vector<std::pair<Duration, std::string>> seen;
    site.spawn([&]() -> awaitable<void> {
        for (int i = 0; i < 3; ++i) {
            const std::string text = co_await read_text(*pair.second);
            seen.emplace_back(site.elapsed(), text);
        }
    });
    site.spawn([&]() -> awaitable<void> {
        CHECK(co_await write_all(*pair.first, asio::buffer("a", 1)));
        co_await site.clock.sleep_for(10ms);
        CHECK(co_await write_all(*pair.first, asio::buffer("b", 1)));
        pair.first_to_second->latency = 0ms;
        CHECK(co_await write_all(*pair.first, asio::buffer("c", 1)));
        co_await site.clock.sleep_for(90ms);
        CHECK(co_await write_all(*pair.first, asio::buffer("d", 1)));
    });
    site.clock.run();
    CHECK(seen == std::vector<std::pair<Duration, std::string>>{{30ms, "a"}, {40ms, "bc"}, {100ms, "d"}});
}

TEST_CASE("a writer waits while the pipe is full and goes on as the reader takes bytes") {
    Site site;
    auto pair = make_memory_pair(site.clock, {.capacity = 10});
    bool written = false;
    std::string got;
    site.spawn([&]() -> awaitable<void> {
        CHECK(co_await write_all(*pair.first, asio::buffer("abcdefghijklmnopqrstuvwxyz", 26)));
        written = true;
    });
    site.clock.run();
    CHECK_FALSE(written);
    CHECK(pair.first->try_write_some(asio::buffer("x", 1)).error() == asio::error::would_block);
    site.spawn([&]() -> awaitable<void> {
        while (got.size() < 26) {
            const std::string text = co_await read_text(*pair.second, 7);
            CHECK(text.size() <= 7);
            got += text;
        }
    });
    site.clock.run();
    CHECK(written);
    CHECK(got == "abcdefghijklmnopqrstuvwxyz");
}

TEST_CASE(
    "a waiting writer and a waiting reader both go on when a delay is lifted while bytes are under way") {
    Site site;
    auto pair = make_memory_pair(site.clock, {.latency = 10ms, .capacity = 4});
    std::string got;
    site.spawn([&]() -> awaitable<void> {
        while (got.size() < 12)
            got += co_await read_text(*pair.second);
    });
    site.spawn([&]() -> awaitable<void> {
        CHECK(co_await write_all(*pair.first, asio::buffer("abcdefghijkl", 12)));
    });
    site.clock.settle();
    pair.first_to_second->latency = 0ms;
    site.clock.run();
    CHECK(got == "abcdefghijkl");
}

TEST_CASE("a cut breaks the connection at both ends after exactly that many bytes") {
    Site site;
    auto pair = make_memory_pair(site.clock);
    pair.first_to_second->cut_after = 6;
    std::vector<std::string> seen;
    error_code writer;
    site.spawn([&]() -> awaitable<void> {
        CHECK(co_await write_all(*pair.first, asio::buffer("abcd", 4)));
        writer = (co_await write_all(*pair.first, asio::buffer("efgh", 4))).error();
        for (int i = 0; i < 2; ++i)
            seen.push_back(co_await read_text(*pair.second));
        seen.push_back(co_await read_text(*pair.first));
        CHECK((co_await write_all(*pair.second, asio::buffer("x", 1))).error() ==
              asio::error::connection_reset);
    });
    site.clock.run();
    CHECK(writer == asio::error::connection_reset);
    CHECK(seen == std::vector<std::string>{"abcdef", reset, reset});
}

TEST_CASE("swallowed bytes are taken and never arrive") {
    Site site;
    auto pair = make_memory_pair(site.clock);
    pair.first_to_second->swallow = true;
    std::string seen;
    site.spawn([&]() -> awaitable<void> { seen = co_await read_text(*pair.second); });
    site.spawn([&]() -> awaitable<void> {
        CHECK(co_await write_all(*pair.first, asio::buffer("lost", 4)));
        co_await site.clock.sleep_for(1h);
        pair.first_to_second->swallow = false;
        CHECK(co_await write_all(*pair.first, asio::buffer("found", 5)));
    });
    site.clock.run();
    CHECK(seen == "found");
}

TEST_CASE("bytes can be corrupted on their way, with latency and without") {
    const Duration latency = GENERATE(Duration{}, Duration{5ms});
    Site site;
    auto pair = make_memory_pair(site.clock, {.latency = latency});
    pair.first_to_second->corrupt = [](std::span<std::byte> bytes) { bytes.front() ^= std::byte{0x20}; };
    std::string seen;
    site.spawn([&]() -> awaitable<void> {
        std::string sent = "abc";
        CHECK(co_await write_all(*pair.first, asio::buffer(sent)));
        CHECK(sent == "abc");
        seen = co_await read_text(*pair.second);
    });
    site.clock.run();
    CHECK(seen == "Abc");
}

TEST_CASE("reads can be cut into slices") {
    Site site;
    auto pair = make_memory_pair(site.clock);
    pair.first_to_second->max_chunk = 2;
    std::vector<std::string> seen;
    site.spawn([&]() -> awaitable<void> {
        CHECK(co_await write_all(*pair.first, asio::buffer("abcde", 5)));
        for (int i = 0; i < 3; ++i)
            seen.push_back(co_await read_text(*pair.second));
    });
    site.clock.run();
    CHECK(seen == std::vector<std::string>{"ab", "cd", "e"});
}

TEST_CASE("the peer of a closed stream reads what was sent, then the end, and cannot write any more") {
    const Duration latency = GENERATE(Duration{}, Duration{5ms});
    Site site;
    auto pair = make_memory_pair(site.clock, {.latency = latency});
    std::vector<std::string> seen;
    site.spawn([&]() -> awaitable<void> {
        CHECK(co_await write_all(*pair.first, asio::buffer("bye", 3)));
        pair.first->close();
        for (int i = 0; i < 3; ++i)
            seen.push_back(co_await read_text(*pair.second));
        CHECK((co_await write_all(*pair.second, asio::buffer("x", 1))).error() == asio::error::broken_pipe);
    });
    site.clock.run();
    CHECK(seen == std::vector<std::string>{"bye", eof, eof});
    CHECK_FALSE(pair.first->is_open());
    CHECK(pair.second->is_open());
}

TEST_CASE("closing ends the own outstanding operations and later ones fail") {
    Site site;
    auto pair = make_memory_pair(site.clock, {.capacity = 2});
    std::string reader;
    error_code writer;
    site.spawn([&]() -> awaitable<void> { reader = co_await read_text(*pair.first); });
    site.spawn([&]() -> awaitable<void> {
        writer = (co_await write_all(*pair.first, asio::buffer("abcd", 4))).error();
    });
    site.clock.settle();
    pair.first->close();
    site.spawn([&]() -> awaitable<void> {
        const auto late = co_await write_all(*pair.first, asio::buffer("x", 1));
        CHECK(late.error() == asio::error::bad_descriptor);
    });
    site.clock.run();
    CHECK(reader == aborted);
    CHECK(writer == asio::error::operation_aborted);
}

TEST_CASE("a peer that goes away frees a writer that waits for room") {
    Site site;
    auto pair = make_memory_pair(site.clock, {.capacity = 2});
    error_code writer;
    site.spawn([&]() -> awaitable<void> {
        writer = (co_await write_all(*pair.first, asio::buffer("abcd", 4))).error();
    });
    site.clock.settle();
    pair.second.reset();
    site.clock.run();
    CHECK(writer == asio::error::broken_pipe);
}

TEST_CASE("a cancelled read ends at once and loses no byte") {
    Site site;
    auto pair = make_memory_pair(site.clock);
    bool unwound = false;
    TaskGroup reader(site.clock);
    reader.spawn("reader", [&]() -> awaitable<void> {
        struct Guard {
            bool& flag;
            ~Guard() { flag = true; }
        } guard{unwound};
        (void)co_await read_text(*pair.second);
        co_await site.clock.sleep_for(1h);  // a cancelled coroutine does not get to wait again
        FAIL_CHECK("went on after the cancellation");
    });
    site.clock.settle();
    reader.cancel();
    site.clock.settle();
    CHECK(unwound);
    CHECK(reader.size() == 0);
    std::string seen;
    site.spawn([&]() -> awaitable<void> {
        CHECK(co_await write_all(*pair.first, asio::buffer("kept", 4)));
        seen = co_await read_text(*pair.second);
    });
    site.clock.run();
    CHECK(seen == "kept");
    CHECK(site.elapsed() == 0s);
}

TEST_CASE("a stream destroyed with an operation outstanding completes it") {
    Site site;
    auto pair = make_memory_pair(site.clock);
    error_code outcome;
    std::array<std::byte, 4> buffer{};
    pair.first->async_read_some(asio::buffer(buffer),
                                IoHandler([&](error_code e, std::size_t) { outcome = e; }));
    pair.first.reset();
    CHECK_FALSE(outcome);  // never from inside the call
    site.clock.settle();
    CHECK(outcome == asio::error::operation_aborted);
}

TEST_CASE("any slicing, delay and capacity carries the same bytes") {
    const auto seed = GENERATE(range(1U, 40U));
    Site site;
    Random random(seed);
    StreamConditions conditions;
    conditions.capacity = 1 + random.below(64);
    conditions.max_chunk = 1 + random.below(16);
    auto pair = make_memory_pair(site.clock, conditions);
    std::string sent(2000, '\0');
    for (char& c : sent)
        c = static_cast<char>('a' + random.below(26));
    std::string got;
    site.spawn([&]() -> awaitable<void> {
        std::size_t at = 0;
        while (at < sent.size()) {
            pair.first_to_second->latency = std::chrono::microseconds(random.below(3) * random.below(2000));
            const auto size = std::min<std::size_t>(1 + random.below(100), sent.size() - at);
            CHECK(co_await write_all(*pair.first, asio::buffer(sent.data() + at, size)));
            at += size;
        }
        pair.first->close();
    });
    site.spawn([&]() -> awaitable<void> {
        for (;;) {
            const std::string text = co_await read_text(*pair.second, 1 + random.below(50));
            if (text == eof) break;
            got += text;
            if (random.chance(0.2)) co_await site.clock.sleep_for(1ms);
        }
    });
    site.clock.run();
    CHECK(got == sent);
}

TEST_CASE("connections go to whoever listens, and are refused otherwise") {
    Site site;
    MemoryNetwork network(site.clock);
    const Endpoint at{"plant", 502};
    std::vector<std::string> seen;
    auto listener = std::move(network.listen(at).value());
    CHECK(listener->local_endpoint() == at);
    CHECK(network.listen(at).error() == asio::error::address_in_use);
    site.spawn([&]() -> awaitable<void> {
        auto stream = std::move((co_await listener->accept()).value());
        CHECK(co_await write_all(*stream, asio::buffer("hello", 5)));
    });
    site.spawn([&]() -> awaitable<void> {
        auto stream = std::move((co_await network.connect(at, 1s)).value());
        CHECK(stream->peer() == "memory:plant:502");
        seen.push_back(co_await read_text(*stream));
        seen.push_back(co_await read_text(*stream));
        const auto other = co_await network.connect({"plant", 503}, 1s);
        CHECK(other.error() == asio::error::connection_refused);
        listener->close();
        const auto late = co_await network.connect(at, 1s);
        CHECK(late.error() == asio::error::connection_refused);
        const auto accepted = co_await listener->accept();
        CHECK(accepted.error() == asio::error::operation_aborted);
        seen.emplace_back("done");
    });
    site.clock.run();
    CHECK(seen == std::vector<std::string>{"hello", eof, "done"});
    CHECK(network.listen(at).has_value());
}

TEST_CASE("a dial can be refused, hang or take its time") {
    Site site;
    MemoryNetwork network(site.clock);
    const Endpoint at{"plant", 502};
    auto listener = std::move(network.listen(at).value());
    MemoryNetwork::Dial dial;
    network.on_dial = [&](const Endpoint&) { return dial; };
    std::vector<std::pair<Duration, error_code>> seen;
    site.spawn([&]() -> awaitable<void> {
        dial.refuse = asio::error::host_unreachable;
        error_code outcome = (co_await network.connect(at, 1s)).error();
        seen.emplace_back(site.elapsed(), outcome);
        dial = {};
        dial.hang = true;
        outcome = (co_await network.connect(at, 1s)).error();
        seen.emplace_back(site.elapsed(), outcome);
        dial = {};
        dial.delay = 3s;
        outcome = (co_await network.connect(at, 1s)).error();
        seen.emplace_back(site.elapsed(), outcome);
        outcome = (co_await network.connect(at, 5s)).error();
        seen.emplace_back(site.elapsed(), outcome);
    });
    site.clock.run();
    CHECK(seen == std::vector<std::pair<Duration, error_code>>{{0s, asio::error::host_unreachable},
                                                               {1s, asio::error::timed_out},
                                                               {2s, asio::error::timed_out},
                                                               {5s, error_code{}}});
}

TEST_CASE("every connection to an endpoint can be reset and each can be spoilt as it is made") {
    Site site;
    MemoryNetwork network(site.clock);
    const Endpoint at{"plant", 502};
    auto listener = std::move(network.listen(at).value());
    std::shared_ptr<StreamConditions> to_server;
    network.on_connected = [&](const Endpoint& to, auto forth, auto) {
        CHECK(to == at);
        to_server = forth;
    };
    std::vector<std::string> seen;
    site.spawn([&]() -> awaitable<void> {
        auto client = std::move((co_await network.connect(at, 1s)).value());
        auto server = std::move((co_await listener->accept()).value());
        REQUIRE(to_server);
        to_server->latency = 2s;
        CHECK(co_await write_all(*client, asio::buffer("slow", 4)));
        seen.push_back(co_await read_text(*server));
        CHECK(site.elapsed() == 2s);
        network.reset_connections(at);
        seen.push_back(co_await read_text(*server));
        seen.push_back(co_await read_text(*client));
    });
    site.clock.run();
    CHECK(seen == std::vector<std::string>{"slow", reset, reset});
}

TEST_CASE("a port of its own is chosen for every listener that asks for none") {
    Site site;
    MemoryNetwork network(site.clock);
    const auto one = std::move(network.listen({"plant", 0}).value());
    const auto two = std::move(network.listen({"plant", 0}).value());
    CHECK(one->local_endpoint().port != 0);
    CHECK(one->local_endpoint() != two->local_endpoint());
}
