// A virtual clock with tasks, and streams whose other end the test plays itself.
#pragma once

#include "base/byte_stream.hpp"
#include "base/clock.hpp"
#include "base/memory_network.hpp"
#include "base/task_group.hpp"
#include "modbus/client.hpp"
#include "modbus/server.hpp"

#include "support/catch.hpp"
#include "test/modbus/bytes.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace hil::modbus::test {

// Filled when a task has its outcome.
template <class T>
using Outcome = std::shared_ptr<std::optional<result<T>>>;

struct Site {
    asio::io_context context{1};
    VirtualClock clock{context, WallTime{std::chrono::sys_days{std::chrono::year{2025} / 10 / 1}}};
    std::string failures;  // exceptions that escaped a task
    TaskGroup tasks{clock,
                    [this](const TaskFailure& failure) { failures += std::string(failure.what) + "\n"; }};
    MemoryNetwork network{clock};
    Endpoint endpoint{"plant", 502};

    Site() = default;
    Site(const Site&) = delete;
    Site& operator=(const Site&) = delete;
    ~Site() {
        tasks.cancel();
        clock.settle();
    }

    template <class T, class Ask>
    Outcome<T> run(Ask ask) {
        auto out = std::make_shared<std::optional<result<T>>>();
        tasks.spawn("caller", [ask, out]() -> awaitable<void> { out->emplace(co_await ask()); });
        return out;
    }

    Outcome<Response> ask(Client& client, Request request) {
        return run<Response>([&client, request] { return client.execute(request); });
    }
    Outcome<Words> read(Client& client, std::uint16_t address = 0, std::uint16_t count = 1) {
        return run<Words>(
            [&client, address, count] { return client.read_holding_registers(1, address, count); });
    }
    Outcome<void> write(Client& client, std::uint16_t address, std::uint16_t value) {
        return run<void>([&client, address, value] { return client.write_register(1, address, value); });
    }

    std::unique_ptr<ByteStream> connect() {
        std::unique_ptr<ByteStream> stream;
        tasks.spawn("connect", [this, &stream]() -> awaitable<void> {
            auto connected = co_await network.connect(endpoint, std::chrono::seconds(1));
            if (connected) stream = std::move(*connected);
        });
        clock.settle();
        REQUIRE(stream);
        return stream;
    }
    std::unique_ptr<Listener> listen() {
        auto listener = network.listen(endpoint);
        REQUIRE(listener);
        return std::move(*listener);
    }
};

// The other end of a stream, played by the test.
inline std::string received(Site& site, ByteStream& stream) {
    site.clock.settle();
    Bytes all;
    std::array<std::uint8_t, 4096> buffer;
    for (;;) {
        const auto size = stream.try_read_some(asio::buffer(buffer));
        if (!size) break;
        all.insert(all.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*size));
        site.clock.settle();
    }
    return to_hex(all);
}

inline void send(Site& site, ByteStream& stream, const Bytes& bytes) {
    REQUIRE(stream.try_write_some(asio::buffer(bytes)).value_or(0) == bytes.size());
    site.clock.settle();
}

inline void send(Site& site, ByteStream& stream, const char* text) {
    send(site, stream, hex(text));
}

// What reading meets after the last byte: would_block while the stream is good.
inline error_code end_of(ByteStream& stream) {
    std::array<std::uint8_t, 1> buffer;
    return stream.try_read_some(asio::buffer(buffer)).error();
}

inline std::string spaced(const char* text) {
    return to_hex(hex(text));
}

}  // namespace hil::modbus::test
