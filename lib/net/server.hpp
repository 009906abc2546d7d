// An HTTP/1.1 server over any Listener: keep-alive, TLS, WebSocket upgrades, a limit on everything.
#pragma once

#include "base/byte_stream.hpp"
#include "base/clock.hpp"
#include "base/task_group.hpp"
#include "net/message.hpp"
#include "net/web_socket.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace hil::net {

// Certificate and key, PEM.
struct ServerTls {
    std::filesystem::path certificate_file, key_file;
};

class Server {
  public:
    struct Limits {
        // Where there is no room for one more, one that asks for nothing goes: the oldest that has not sent a
        // request yet, a TLS handshake included, else the one whose last answer is longest ago. Requests
        // under way and WebSockets stay. Only where all are such is the newcomer answered 503 and closed.
        std::size_t connections = 1100;
        // Of one address. Not for this machine's own: behind a proxy on it everybody has that address.
        std::size_t connections_of_peer = 256;
        std::size_t header_bytes = 16u << 10u;   // 431
        std::size_t body_bytes = 1u << 20u;      // 413; body_limit() of the handler can allow more
        std::size_t message_bytes = 64u << 10u;  // of one WebSocket message
        // Unscaled time.
        Duration header_timeout = std::chrono::seconds(10);  // from the first byte; 408
        Duration body_timeout = std::chrono::seconds(30);    // 408
        Duration idle_timeout = std::chrono::seconds(60);    // between requests
        // A WebSocket from which nothing was heard so long is pinged, and given up when that is not answered
        // in as long again. Proxies end a connection that is silent for a minute.
        Duration ping_interval = std::chrono::seconds(25);
        Duration write_timeout = std::chrono::seconds(30);  // a peer that takes nothing is given up
        Duration handshake_timeout = std::chrono::seconds(10);
    };

    // What becomes of an upgrade request: an ordinary answer (it is refused), or the coroutine that owns the
    // socket from then on; the connection ends when it returns.
    using Conversation = std::function<awaitable<void>(std::shared_ptr<WebSocket>)>;

    class Handler {
      public:
        virtual ~Handler() = default;
        // Called when the header is there: how large this request's body may be.
        [[nodiscard]] virtual std::size_t body_limit(const Request& header, std::size_t usual) const {
            (void)header;
            return usual;
        }
        // Must not throw for bad input; what it throws becomes a 500 without details and reaches
        // `on_failure`.
        virtual awaitable<Response> handle(Request request) = 0;
        virtual awaitable<std::variant<Response, Conversation>> upgrade(Request request) = 0;
    };

    struct Hooks {
        // Every answer, also those the server gives by itself (400, 408, 413, 431, 503).
        std::function<void(const Request&, unsigned status, Duration took)> on_answer;
        TaskGroup::FailureHook on_failure;
        // A connection of `peer` was closed to make room for another.
        std::function<void(std::string_view peer)> on_drop;
    };

    // Throws std::invalid_argument when certificate or key cannot be used.
    Server(Clock& clock, std::unique_ptr<Listener> listener, std::shared_ptr<Handler> handler,
           std::optional<ServerTls> tls, Limits limits, Hooks hooks = {});
    ~Server();

    // Accepts until stop() or cancelled. When the process is out of descriptors it waits a little and goes
    // on.
    awaitable<void> run();
    // Stops accepting, ends idle connections at once, lets requests under way finish for `grace` and closes
    // the rest.
    awaitable<void> stop(Duration grace = std::chrono::seconds(1));

    [[nodiscard]] std::size_t connections() const;
    [[nodiscard]] Endpoint local_endpoint() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace hil::net
