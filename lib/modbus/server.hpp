// A Modbus TCP server over any listener: answers what its bank has, exceptions 1, 2 and 3 otherwise.
// A frame with a wrong protocol id or an absurd length closes that connection only.
#pragma once

#include "base/byte_stream.hpp"
#include "base/clock.hpp"
#include "base/task_group.hpp"
#include "modbus/pdu.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace hil::modbus {

// The four tables of a device. Sizes may differ; an access beyond the end is exception 2.
struct Bank {
    std::vector<std::uint16_t> holding, input;
    std::vector<bool> coils, discrete;

    // A device with only holding registers, all zero.
    static Bank holding_only(std::size_t registers) { return {.holding = std::vector<std::uint16_t>(registers), .input = {}, .coils = {}, .discrete = {}}; }
};

// Executes one request on a bank; the exception code of the protocol is in the Response.
Response execute(Bank& bank, const Request& request);

struct ServerOptions {
    std::size_t max_connections = 64;
    Duration idle_timeout = std::chrono::minutes(10);  // unscaled; a silent connection is closed
};

struct ServerStatistics {
    std::uint64_t connections = 0, refused_connections = 0, requests = 0, exceptions = 0, protocol_errors = 0;
};

class Server {
  public:
    // `handler` answers one request; it runs on the reactor and must not wait. Usually execute() on a bank.
    using Handler = std::function<Response(const Request&)>;
    Server(Clock& clock, std::unique_ptr<Listener> listener, Handler handler, ServerOptions options = {});
    ~Server();

    [[nodiscard]] Endpoint local_endpoint() const;
    [[nodiscard]] std::size_t connections() const;
    [[nodiscard]] const ServerStatistics& statistics() const;
    // Refuses new connections and ends the present ones.
    awaitable<void> stop();
    void close_connections();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace hil::modbus
