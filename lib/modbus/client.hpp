// A Modbus TCP client on one byte stream.
//
// Requests are answered or failed, never queued for later: after an error of the stream every call fails at
// once with errc::disconnected until the owner makes a new Client on a new stream. At most
// `max_in_flight` requests are under way, further ones wait their turn in order, and for the pauses that the
// device asks for; the time-out of a request begins when it is sent. One deadline timer serves
// all of them. A request that times out fails with errc::timeout; its late answer is recognised by its
// transaction id and discarded. After `max_consecutive_timeouts` the stream is closed.
//
// While a request is outstanding the client holds the clock (Clock::Hold), so that a scaled clock does not
// run on during a transaction. The owner may destroy the client at any time, in its callbacks too. A
// cancelled call frees its place at once and unwinds with operation_aborted.
#pragma once

#include "base/byte_stream.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "modbus/client_machine.hpp"
#include "modbus/errors.hpp"
#include "modbus/pdu.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

namespace hil::modbus {

// What happened to one request that was sent, for metrics and the wire log.
struct Exchange {
    Function function{};
    error_code outcome;
    Duration duration{};  // unscaled; from write to answer
    std::optional<Mismatch> mismatch{};
    bool overtaken = false;  // see Transaction
};

// How a connection ended.
struct Ending {
    error_code why;            // errc::bad_frame, errc::timeout, or the error of the stream
    bool outstanding = false;  // a request was under way
    Duration oldest_age{};     // how long the oldest of them
    // How long it had been quiet before that request, or until now where there is none.
    Duration quiet{};
};

class Client {
  public:
    Client(Clock& clock, std::unique_ptr<ByteStream> stream, ClientOptions options);
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client();  // closes the stream; calls under way fail with errc::disconnected

    // The answer, or an exception answer as its errc (errc::illegal_data_address …), errc::timeout,
    // errc::disconnected, errc::queue_full, errc::other_unit, or errc::bad_response when the answer does not
    // fit the request otherwise.
    // What check() refuses fails with its error and is not sent.
    awaitable<result<Response>> execute(const Request& request);

    // Shorthands. Counts are checked against the limits of the protocol before anything is sent.
    awaitable<result<Words>> read_holding_registers(std::uint8_t unit, std::uint16_t address,
                                                    std::uint16_t count);
    awaitable<result<Words>> read_input_registers(std::uint8_t unit, std::uint16_t address,
                                                  std::uint16_t count);
    awaitable<result<void>> write_register(std::uint8_t unit, std::uint16_t address, std::uint16_t value);
    awaitable<result<void>> write_registers(std::uint8_t unit, std::uint16_t address,
                                            std::span<const std::uint16_t> values);

    [[nodiscard]] bool connected() const;
    // How many requests are outstanding, and since when the oldest one waits for its answer (unscaled).
    [[nodiscard]] std::size_t in_flight() const;
    [[nodiscard]] Duration oldest_age() const;
    // How long a request that comes now would wait for the pauses that the device asks for (unscaled).
    [[nodiscard]] Duration pause_left() const;
    // The connection is reset: a request on its way that the device has not got yet never reaches it.
    void close();
    [[nodiscard]] const ClientStatistics& statistics() const;
    // How the stream ended; none while it has not, or when the owner closed it.
    [[nodiscard]] const std::optional<Ending>& ending() const;
    // After so many time-outs in a row the stream is closed; ClientOptions says how many at the begin.
    void set_max_consecutive_timeouts(std::uint16_t limit);

  private:
    awaitable<result<Words>> read(Function function, std::uint8_t unit, std::uint16_t address,
                                  std::uint16_t count);

    struct State;
    std::shared_ptr<State> state_;

  public:
    // Callbacks of the owner; they live as long as what they may destroy. Not called after ~Client.
    std::function<void(const Exchange&)>& on_exchange;
    // Once, when the stream ended or was closed for cause; not when the owner closes. errc::bad_frame,
    // errc::timeout, or the error of the stream.
    std::function<void(error_code)>& on_disconnect;
};

}  // namespace hil::modbus
