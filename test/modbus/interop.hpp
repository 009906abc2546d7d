// One device and one list of exchanges, for every implementation that is met on real sockets.
#pragma once

#include "base/byte_stream.hpp"
#include "base/clock.hpp"
#include "base/task_group.hpp"
#include "modbus/client.hpp"
#include "modbus/errors.hpp"
#include "modbus/server.hpp"

#include "test/modbus/child_process.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <array>
#include <memory>
#include <string>
#include <utility>

namespace hil::modbus::test {

inline constexpr std::uint16_t device_size = 200;  // of each table

// What a device under test holds at first; the peers' scripts make the same.
inline Bank device() {
    Bank bank;
    bank.holding.resize(device_size);
    bank.input.resize(device_size);
    for (std::uint16_t i = 0; i < device_size; ++i) {
        bank.holding[i] = static_cast<std::uint16_t>(3 * i);
        bank.input[i] = static_cast<std::uint16_t>(1000 + i);
        bank.coils.push_back(i % 2 == 0);
        bank.discrete.push_back(i % 3 == 0);
    }
    return bank;
}

// A reactor in real time, bounded.
struct RealSite {
    asio::io_context context{1};
    RealClock clock{context};
    std::string failures;
    TaskGroup tasks{clock,
                    [this](const TaskFailure& failure) { failures += std::string(failure.what) + "\n"; }};
    std::unique_ptr<Network> network = make_tcp_network(clock);
    bool late = false;
    Timer bound{clock.io_timers(), [this] {
                    late = true;
                    clock.stop();
                }};

    RealSite() = default;
    RealSite(const RealSite&) = delete;
    RealSite& operator=(const RealSite&) = delete;
    ~RealSite() {
        tasks.cancel();
        context.poll();
    }

    void run() {
        bound.arm_after(std::chrono::seconds(50));
        clock.run();
        bound.disarm();
        CHECK_FALSE(late);
        CHECK(failures.empty());
    }
};

inline Request ask(Function function, std::uint16_t address, std::uint16_t count = 0, Words words = {},
                   Bits bits = {}) {
    Request request;
    request.function = function;
    request.address = address;
    request.count = count;
    request.words = words;
    request.bits = std::move(bits);
    return request;
}

// Our client against another server: every function, its limits, and exceptions.
inline awaitable<void> exercise_server(Client& client) {
    Words expected;
    for (std::uint16_t i = 0; i < 125; ++i)
        expected.push_back(static_cast<std::uint16_t>(3 * (10 + i)));
    const auto most = co_await client.read_holding_registers(1, 10, 125);
    CHECK(most.value_or({}) == expected);
    const auto input = co_await client.execute(ask(Function::read_input_registers, 5, 3));
    CHECK(input.value_or({}).words == Words{1005, 1006, 1007});
    const auto coils = co_await client.execute(ask(Function::read_coils, 0, 10));
    const Bits alternating = {true, false, true,  false, true,  false, true,  false,
                              true, false, false, false, false, false, false, false};
    CHECK(coils.value_or({}).bits == alternating);
    const auto discrete = co_await client.execute(ask(Function::read_discrete_inputs, 3, 4));
    const Bits thirds = {true, false, false, true, false, false, false, false};
    CHECK(discrete.value_or({}).bits == thirds);

    const auto write = co_await client.write_register(1, 199, 0xBEEF);
    CHECK(write.error() == error_code());
    std::vector<std::uint16_t> values(123);
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<std::uint16_t>(500 + i);
    const auto writes = co_await client.write_registers(1, 0, values);
    CHECK(writes.error() == error_code());
    const auto back = co_await client.read_holding_registers(1, 122, 2);
    CHECK(back.value_or({}) == Words{622, 369});
    const auto last = co_await client.read_holding_registers(1, 199, 1);
    CHECK(last.value_or({}) == Words{0xBEEF});

    const auto coil = co_await client.execute(ask(Function::write_single_coil, 1, 0, {}, {true}));
    CHECK(coil.error() == error_code());
    const auto many =
        co_await client.execute(ask(Function::write_multiple_coils, 2, 0, {}, {false, true, true}));
    CHECK(many.error() == error_code());
    const auto written = co_await client.execute(ask(Function::read_coils, 0, 6));
    const Bits mixed = {true, true, false, true, true, false, false, false};
    CHECK(written.value_or({}).bits == mixed);

    auto both = ask(Function::read_write_multiple_registers, 150, 4, {71, 72});
    both.write_address = 151;
    const auto read_back = co_await client.execute(both);
    CHECK(read_back.value_or({}).words == Words{450, 71, 72, 459});

    CHECK((co_await client.write_register(1, 160, 0x12)).has_value());
    auto mask = ask(Function::mask_write_register, 160);
    mask.and_mask = 0xF2;
    mask.or_mask = 0x25;
    const auto masked = co_await client.execute(mask);
    CHECK(masked.error() == error_code());
    const auto after = co_await client.read_holding_registers(1, 160, 1);
    CHECK(after.value_or({}) == Words{0x17});

    const auto beyond = co_await client.read_holding_registers(1, device_size - 1, 2);
    CHECK(beyond.error() == errc::illegal_data_address);
    const auto beyond_write = co_await client.write_register(1, device_size, 0);
    CHECK(beyond_write.error() == errc::illegal_data_address);
    CHECK(client.connected());
    CHECK(client.statistics().protocol_errors == 0);
    CHECK(client.statistics().timeouts == 0);
}

// Connects to a server on loopback and runs the exchanges.
inline void exercise_server_at(std::uint16_t port) {
    RealSite site;
    bool done = false;
    site.tasks.spawn("exercise", [&site, &done, port]() -> awaitable<void> {
        auto stream = co_await site.network->connect({"127.0.0.1", port}, std::chrono::seconds(20));
        CHECK(stream.error() == error_code());
        if (stream) {
            ClientOptions options;
            options.timeout = std::chrono::seconds(20);
            Client client(site.clock, std::move(*stream), options);
            co_await exercise_server(client);
            done = true;
        }
        site.clock.stop();
    });
    site.run();
    CHECK(done);
}

// Serves our device on loopback while a child, made from the port, uses it; its exit code and output.
template <class MakeChild>
std::pair<int, std::string> serve_while(MakeChild make_child, Bank& bank) {
    RealSite site;
    auto listener = site.network->listen({"127.0.0.1", 0});
    REQUIRE(listener);
    const auto port = (*listener)->local_endpoint().port;
    Server server(site.clock, std::move(*listener), [&bank](const Request& r) { return execute(bank, r); });
    const std::unique_ptr<ChildProcess> child = make_child(port);

    asio::posix::stream_descriptor output(site.context, ::dup(child->output()));
    std::string text;
    std::array<char, 1024> buffer{};
    std::function<void()> read = [&] {
        output.async_read_some(asio::buffer(buffer), [&](const error_code& error, std::size_t size) {
            text.append(buffer.data(), size);
            if (error) return site.clock.stop();  // it has ended
            read();
        });
    };
    read();
    site.run();
    CHECK(server.statistics().connections == 1);
    CHECK(server.statistics().protocol_errors == 0);
    return {child->wait(), text};
}

// What every peer has written into our device when it is done.
inline void check_written(const Bank& bank) {
    CHECK(bank.holding[199] == 0xBEEF);
    CHECK(bank.holding[0] == 500);
    CHECK(bank.holding[122] == 622);
    CHECK(bank.holding[151] == 71);
    CHECK(bank.holding[152] == 72);
    CHECK(bank.holding[160] == 0x17);
    CHECK(bank.coils[1]);
    CHECK_FALSE(bank.coils[2]);
    CHECK(bank.coils[3]);
    CHECK(bank.coils[4]);
}

}  // namespace hil::modbus::test
