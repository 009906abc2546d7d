// A Modbus TCP client on one byte stream.
//
// Requests are answered or failed, never queued for later: after an error of the stream every call fails at
// once with errc::disconnected until the owner makes a new Client on a new stream. At most
// `max_in_flight` requests are under way, further ones wait their turn in order. One deadline timer serves
// all of them. A request that times out fails with errc::timeout; its late answer is recognised by its
// transaction id and discarded. After `max_consecutive_timeouts` the stream is closed.
#pragma once

#include "base/byte_stream.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "modbus/errors.hpp"
#include "modbus/pdu.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace hil::modbus {

struct ClientOptions {
    Duration timeout = std::chrono::seconds(1);  // unscaled, from the write of a request to its whole answer
    std::uint16_t max_in_flight = 1;
    std::uint16_t max_waiting = 64;  // more are refused with errc::queue_full
    std::uint16_t max_consecutive_timeouts = 3;
};

// What happened to one request, for metrics and the wire log.
struct Exchange {
    Function function{};
    error_code outcome;
    Duration duration{};  // unscaled; from write to answer
};

struct ClientStatistics {
    std::uint64_t requests = 0, answers = 0, exceptions = 0, timeouts = 0, late_answers = 0, protocol_errors = 0;
};

class Client {
  public:
    Client(Clock& clock, std::unique_ptr<ByteStream> stream, ClientOptions options);
    ~Client();  // closes the stream; calls under way fail with errc::disconnected

    // The answer, or an exception answer as its errc (errc::illegal_data_address …), errc::timeout,
    // errc::disconnected, or errc::bad_response when the answer does not fit the request.
    awaitable<result<Response>> execute(const Request& request);

    // Shorthands. Counts are checked against the limits of the protocol before anything is sent.
    awaitable<result<Words>> read_holding_registers(std::uint8_t unit, std::uint16_t address, std::uint16_t count);
    awaitable<result<void>> write_register(std::uint8_t unit, std::uint16_t address, std::uint16_t value);
    awaitable<result<void>> write_registers(std::uint8_t unit, std::uint16_t address,
                                            std::span<const std::uint16_t> values);

    [[nodiscard]] bool connected() const;
    // Whether nothing is outstanding, and since when the oldest outstanding request waits (unscaled).
    [[nodiscard]] std::size_t in_flight() const;
    [[nodiscard]] Duration oldest_age() const;
    void close();
    [[nodiscard]] const ClientStatistics& statistics() const;
    std::function<void(const Exchange&)> on_exchange;
    // Once, when the stream ended or was closed for cause; not when the owner closes.
    std::function<void(error_code)> on_disconnect;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace hil::modbus
