#include "net/server.hpp"

#include "base/async_event.hpp"
#include "net/client.hpp"
#include "net/server_connection.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <functional>
#include <list>
#include <string>
#include <utility>

namespace hil::net {
namespace {

constexpr Duration pause_after_failed_accept = std::chrono::milliseconds(100);
// Connections too many that are told so; beyond them a connection is closed without a word.
constexpr std::size_t max_refused = 32;

// "127.0.0.1:1234" and "[::1]:1234" without port and brackets.
std::string address_of(std::string peer) {
    const auto colon = peer.rfind(':');
    if (colon != std::string::npos) peer.resize(colon);
    if (peer.starts_with('[') && peer.ends_with(']')) peer = peer.substr(1, peer.size() - 2);
    return peer;
}

bool is_loopback(const std::string& address) {
    Url url;
    url.host = address;
    return url.loopback();
}

}  // namespace

struct Server::State {
    State(Clock& clock, std::unique_ptr<Listener> l, ServerShared s)
        : listener(std::move(l)),
          shared(std::make_shared<ServerShared>(std::move(s))),
          tasks(clock, shared->hooks.on_failure),
          gone(clock) {}

    static awaitable<void> accept(std::shared_ptr<State> state);
    static awaitable<void> serve(std::shared_ptr<State> state, std::unique_ptr<ByteStream> stream,
                                 std::shared_ptr<ServerConnection> connection);
    static awaitable<void> stop(std::shared_ptr<State> state, Duration grace);
    static void admit(const std::shared_ptr<State>& state, std::unique_ptr<ByteStream> stream);
    // Whether one more connection of this address may be served, be it that another one goes for it.
    bool make_room(const std::string& address);
    bool drop_one(const std::function<bool(const ServerConnection&)>& among);

    void stop_accepting() {
        shared->stopping = true;
        listener->close();
        const auto present = connections;
        for (const auto& connection : present)
            connection->stop();
    }
    void cancel() {
        shared->cancelled = true;
        tasks.cancel();
    }

    std::unique_ptr<Listener> listener;
    std::shared_ptr<ServerShared> shared;
    TaskGroup tasks;
    AsyncEvent gone;  // a connection ended
    std::list<std::shared_ptr<ServerConnection>> connections;
    std::size_t refused = 0;
};

awaitable<void> Server::State::accept(std::shared_ptr<State> state) {
    auto& shared = *state->shared;
    while (!shared.stopping) {
        auto stream = co_await state->listener->accept();
        if (stream) {
            admit(state, std::move(*stream));
        } else if (stream.error() == asio::error::operation_aborted || shared.stopping) {
            break;
        } else {  // out of file descriptors, or a peer that went before it was served
            co_await shared.clock.io_sleep_for(pause_after_failed_accept);
        }
    }
}

void Server::State::admit(const std::shared_ptr<State>& state, std::unique_ptr<ByteStream> stream) {
    auto& s = *state;
    if (s.shared->stopping) return stream->close();
    auto address = address_of(stream->peer());
    const bool too_many = !s.make_room(address);
    if (too_many && s.refused >= max_refused) return stream->close();
    if (too_many) ++s.refused;
    auto connection = std::make_shared<ServerConnection>(s.shared, std::move(address), too_many);
    s.connections.push_back(connection);
    // A task's body is copied about; the stream moves out of it once.
    auto held = std::make_shared<std::unique_ptr<ByteStream>>(std::move(stream));
    s.tasks.spawn("HTTP connection",
                  [state, connection, held] { return serve(state, std::move(*held), connection); });
}

bool Server::State::make_room(const std::string& address) {
    const auto& limits = shared->limits;
    const auto count = [this](const std::function<bool(const ServerConnection&)>& which) {
        return static_cast<std::size_t>(
            std::count_if(connections.begin(), connections.end(),
                          [&](const auto& one) { return one->served() && which(*one); }));
    };
    const auto any = [](const ServerConnection&) { return true; };
    const auto of_peer = [&](const ServerConnection& one) { return one.peer() == address; };
    if (!is_loopback(address) && count(of_peer) >= limits.connections_of_peer) return drop_one(of_peer);
    return count(any) < limits.connections || drop_one(any);
}

bool Server::State::drop_one(const std::function<bool(const ServerConnection&)>& among) {
    ServerConnection* first = nullptr;
    for (const auto& one : connections) {
        if (!one->droppable() || !among(*one)) continue;
        if (first == nullptr || one->turn() < first->turn()) first = one.get();
    }
    if (first == nullptr) return false;
    first->drop();
    if (shared->hooks.on_drop) shared->hooks.on_drop(first->peer());
    return true;
}

awaitable<void> Server::State::serve(std::shared_ptr<State> state, std::unique_ptr<ByteStream> stream,
                                     std::shared_ptr<ServerConnection> connection) {
    const struct Leaving {
        ~Leaving() {
            if (connection->refused()) --state->refused;
            state->connections.remove(connection);
            state->gone.notify();
        }
        std::shared_ptr<State> state;
        std::shared_ptr<ServerConnection> connection;
    } leaving{state, connection};
    co_await connection->run(std::move(stream));
}

awaitable<void> Server::State::stop(std::shared_ptr<State> state, Duration grace) {
    state->stop_accepting();
    auto& timers = state->shared->clock.io_timers();
    const auto due = timers.now() + grace;
    while (!state->connections.empty() && timers.now() < due)
        co_await state->gone.wait_io_for(due - timers.now());
    state->cancel();
    co_await state->tasks.join();
}

Server::Server(Clock& clock, std::unique_ptr<Listener> listener, std::shared_ptr<Handler> handler,
               std::optional<ServerTls> tls, Limits limits, Hooks hooks)
    : state_(std::make_shared<State>(
          clock, std::move(listener),
          ServerShared{.clock = clock,
                       .handler = std::move(handler),
                       .tls = tls ? TlsContext::server(tls->certificate_file, tls->key_file) : nullptr,
                       .limits = limits,
                       .hooks = std::move(hooks)})) {}

Server::~Server() {
    state_->stop_accepting();
    state_->cancel();
}

awaitable<void> Server::run() {
    return State::accept(state_);
}

awaitable<void> Server::stop(Duration grace) {
    return State::stop(state_, grace);
}

std::size_t Server::connections() const {
    return state_->connections.size();
}

Endpoint Server::local_endpoint() const {
    return state_->listener->local_endpoint();
}

}  // namespace hil::net
