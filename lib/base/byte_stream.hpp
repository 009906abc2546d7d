// One type-erased connection for TCP and memory, so that protocols are written and instantiated once.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace hil {

// Construct it into its place; never move-assign one (endless recursion in Boost 1.81).
using IoHandler = asio::any_completion_handler<void(error_code, std::size_t)>;

// A connected, ordered stream of bytes. At most one read and one write at a time.
// Completion is always through the executor, never from inside the call.
class ByteStream {
  public:
    virtual ~ByteStream() = default;

    // Completes with at least one byte, or asio::error::eof after the peer's orderly end, or the error.
    virtual void async_read_some(asio::mutable_buffer buffer, IoHandler handler) = 0;
    // Completes when every byte has been taken, or with the error. `buffer` must stay valid until then.
    virtual void async_write(asio::const_buffer buffer, IoHandler handler) = 0;

    // The same without waiting: how many bytes were there, or were taken. asio::error::would_block when
    // none; not to be called while the matching asynchronous operation is outstanding.
    virtual result<std::size_t> try_read_some(asio::mutable_buffer buffer) = 0;
    virtual result<std::size_t> try_write_some(asio::const_buffer buffer) = 0;

    // Ends both directions at once; outstanding operations complete with operation_aborted.
    virtual void close() noexcept = 0;
    // The same, and what was written and has not arrived yet shall never arrive: TCP resets the connection.
    virtual void abort() noexcept { close(); }
    [[nodiscard]] virtual bool is_open() const noexcept = 0;
    [[nodiscard]] virtual asio::any_io_executor get_executor() = 0;
    // Who is at the other end, for logs: "127.0.0.1:5020".
    [[nodiscard]] virtual std::string peer() const = 0;

  protected:
    ByteStream() = default;
    ByteStream(const ByteStream&) = default;
    ByteStream& operator=(const ByteStream&) = default;
};

awaitable<result<std::size_t>> read_some(ByteStream& stream, asio::mutable_buffer buffer);
awaitable<result<void>> write_all(ByteStream& stream, asio::const_buffer buffer);

struct Endpoint {
    std::string host;
    std::uint16_t port = 0;

    friend bool operator==(const Endpoint&, const Endpoint&) = default;
    friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};
std::string to_string(const Endpoint& endpoint);

class Listener {
  public:
    virtual ~Listener() = default;
    virtual awaitable<result<std::unique_ptr<ByteStream>>> accept() = 0;
    // Where it listens; the port the system chose when 0 was asked for.
    [[nodiscard]] virtual Endpoint local_endpoint() const = 0;
    // Waiting accept() ends with operation_aborted; new connections are refused.
    virtual void close() noexcept = 0;
};

// Where connections come from: the machine's TCP or a network in memory.
class Network {
  public:
    virtual ~Network() = default;
    // `timeout` is unscaled time and covers name resolution. asio::error::timed_out when it passes.
    // A name is resolved anew each time; of its addresses the first one that accepts is taken.
    virtual awaitable<result<std::unique_ptr<ByteStream>>> connect(Endpoint to, Duration timeout) = 0;
    // What the latest attempt to connect to a name tried and what came of each address, for people: "::1: no
    // answer, 127.0.0.1: Connection refused". Empty where `to` is an address.
    [[nodiscard]] virtual std::string tried(const Endpoint& /*to*/) const { return {}; }
    // asio::error::address_in_use when somebody else listens there.
    virtual result<std::unique_ptr<Listener>> listen(const Endpoint& at) = 0;
};

std::unique_ptr<Network> make_tcp_network(Clock& clock);

}  // namespace hil
