// A Modbus TCP server over any listener: answers what its bank has, exceptions 1, 2 and 3 otherwise.
// A frame with a wrong protocol id or an absurd length closes that connection only. A peer that does not
// read its answers is not read from either.
#pragma once

#include "base/byte_stream.hpp"
#include "base/clock.hpp"
#include "modbus/bank.hpp"
#include "modbus/pdu.hpp"
#include "modbus/server_machine.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace hil::modbus {

struct ServerOptions {
    std::size_t max_connections = 64;  // further ones are closed at once and counted
    // Unscaled; a connection without a whole request for so long is closed.
    Duration idle_timeout = std::chrono::minutes(10);
};

struct ServerStatistics {
    std::uint64_t connections = 0, refused_connections = 0, requests = 0, exceptions = 0, protocol_errors = 0;
};

class Server {
  public:
    // `handler` answers one request; it runs on the reactor and must not wait. Usually execute() on a bank.
    // It may close the connections, or destroy the server.
    using Handler = ServerMachine::Handler;
    Server(Clock& clock, std::unique_ptr<Listener> listener, Handler handler, ServerOptions options = {});
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();  // refuses new connections and ends the present ones

    [[nodiscard]] Endpoint local_endpoint() const;
    [[nodiscard]] std::size_t connections() const;
    [[nodiscard]] const ServerStatistics& statistics() const;
    // Whose request the handler is answering, as ByteStream::peer(); empty at any other time.
    [[nodiscard]] std::string asking() const;
    // Refuses new connections and ends the present ones; returns when nothing of it runs any more.
    awaitable<void> stop();
    void close_connections();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace hil::modbus
