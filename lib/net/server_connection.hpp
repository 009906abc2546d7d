// One connection of a Server: requests in, answers out, until either side has enough.
#pragma once

#include "net/accept_web_socket.hpp"
#include "net/parser.hpp"
#include "net/server.hpp"
#include "net/tls.hpp"
#include "net/wire.hpp"

#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace hil::net {

// What the connections of a server share.
struct ServerShared {
    Clock& clock;
    std::shared_ptr<Server::Handler> handler;
    std::shared_ptr<TlsContext> tls;  // null: plain
    Server::Limits limits;
    Server::Hooks hooks;
    bool stopping = false;   // no further request is taken
    bool cancelled = false;  // what is still under way is being cancelled
};

class ServerConnection {
  public:
    // `peer` is the address of the other end. `refused`: one connection too many; its request is answered
    // 503.
    ServerConnection(std::shared_ptr<ServerShared> server, std::string peer, bool refused);
    ServerConnection(const ServerConnection&) = delete;
    ServerConnection& operator=(const ServerConnection&) = delete;

    // Serves until the connection ends. Cancelling the coroutine ends it at once.
    awaitable<void> run(std::unique_ptr<ByteStream> stream);

    // The server stops: ends at once when no request is under way, else after its answer. A WebSocket says
    // goodbye.
    void stop();

    // Ends at once, to make room. Precondition: droppable().
    void drop();

    [[nodiscard]] const std::string& peer() const { return peer_; }
    [[nodiscard]] bool refused() const { return refused_; }
    // Takes one of the places there are.
    [[nodiscard]] bool served() const { return !refused_ && !dropped_; }
    // Nothing that was asked for is under way: no request is whole, and it is no WebSocket.
    [[nodiscard]] bool droppable() const { return served() && !busy_; }
    // Who goes first where one has to go: has it ever asked, and since when has nothing been under way.
    [[nodiscard]] std::pair<bool, Duration> turn() const { return {asked_, free_since_}; }

  private:
    // What the peer's request says about how to answer it.
    struct Peer {
        bool old = false, keep = true;
    };

    // These four tell whether another request may follow.
    awaitable<bool> serve_one();
    awaitable<bool> respond(const Request& request, Response response, Peer peer);
    awaitable<bool> send_pieces(Response& response, Peer peer);
    awaitable<bool> converse(Request request, Peer peer);

    awaitable<bool> read_request(RequestParser& parser);
    awaitable<Response> ask(Request request);
    awaitable<void> refuse(const Request& request, unsigned status, std::string_view why);
    awaitable<void> linger();  // after a refusal in the middle of a request
    void report(const std::exception_ptr& escaped) const;
    void answered(const Request& request, unsigned status);

    std::shared_ptr<ServerShared> server_;
    std::string peer_;
    bool refused_, dropped_ = false;
    bool asked_ = false, busy_ = false;  // a whole request came; one is being answered
    Duration free_since_;                // of Clock::io_timers
    std::weak_ptr<ByteStream> shaking_;  // below the TLS handshake
    std::shared_ptr<Wire> wire_;
    std::shared_ptr<WebSocket> socket_;
    bool idle_ = true;
    Duration began_{};  // of the request under way
};

}  // namespace hil::net
