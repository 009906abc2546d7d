#include "modbus/server.hpp"

#include "base/recycled.hpp"
#include "base/task_group.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <list>
#include <utility>

namespace hil::modbus {
namespace {

constexpr Duration pause_after_failed_accept = std::chrono::milliseconds(100);

}  // namespace

struct Server::State : std::enable_shared_from_this<State> {
    State(Clock& c, std::unique_ptr<Listener> l, Handler h, ServerOptions o)
        : clock(c),
          listener(std::move(l)),
          handler(std::move(h)),
          options(o),
          tasks(c),
          idle(c.io_timers(), [this] { close_idle(); }) {}

    class Session;
    using Sessions = std::list<std::shared_ptr<Session>>;

    static awaitable<void> accept(std::shared_ptr<State> state);
    static awaitable<void> join(std::shared_ptr<State> state) { co_await state->tasks.join(); }
    void admit(std::unique_ptr<ByteStream> stream);
    void close_idle();
    void close_connections();
    void stop() {
        stopped = true;
        listener->close();
        close_connections();
        idle.disarm();
    }

    Clock& clock;
    std::unique_ptr<Listener> listener;
    Handler handler;
    ServerOptions options;
    ServerStatistics statistics;
    TaskGroup tasks;
    Timer idle;
    Sessions sessions;
    const ByteStream* asking = nullptr;  // while the handler runs
    bool stopped = false;
};

// One connection, as a chain of completions: read, answer at once, read again.
class Server::State::Session : public std::enable_shared_from_this<Session> {
  public:
    Session(std::shared_ptr<State> server, std::unique_ptr<ByteStream> stream)
        : server_(std::move(server)), stream_(std::move(stream)), active_(server_->clock.io_timers().now()) {}

    void start(Sessions::iterator place) {
        place_ = place;
        read();
    }

    void close() {
        if (std::exchange(closed_, true)) return;
        stream_->close();
        server_->sessions.erase(place_);
    }

    [[nodiscard]] Duration active() const { return active_; }

  private:
    template <void (Session::*member)(error_code, std::size_t)>
    struct Handler {
        std::shared_ptr<Session> session;
        using allocator_type = Recycled<std::byte>;
        [[nodiscard]] allocator_type get_allocator() const noexcept { return {}; }
        void operator()(error_code error, std::size_t size) { ((*session).*member)(error, size); }
    };

    void read() {
        const auto space = machine_.space();
        stream_->async_read_some(asio::buffer(space.data(), space.size()),
                                 IoHandler(Handler<&Session::on_read>{shared_from_this()}));
    }

    void on_read(error_code error, std::size_t size) {
        if (closed_) return;
        if (error) return close();
        machine_.received(size);
        serve();
    }

    void on_written(error_code error, std::size_t /*size*/) {
        if (closed_) return;
        if (error) return close();
        machine_.output().clear();
        serve();
    }

    void serve() {
        for (;;) {
            const auto next = answer();
            if (closed_) return;
            if (!send()) return;
            if (next == ServerMachine::Next::bad_frame) {
                ++server_->statistics.protocol_errors;
                return close();
            }
            if (next == ServerMachine::Next::read) return read();
        }
    }

    // Answers what has been received, as far as there is room for the answers.
    ServerMachine::Next answer() {
        bool answered = false;
        for (;;) {
            bool exception = false;
            server_->asking = stream_.get();
            const auto next = machine_.advance(server_->handler, exception);
            server_->asking = nullptr;
            if (next != ServerMachine::Next::answered) {
                if (answered) active_ = server_->clock.io_timers().now();
                return next;
            }
            answered = true;
            ++server_->statistics.requests;
            if (exception) ++server_->statistics.exceptions;
            if (closed_) return next;
        }
    }

    // Whether everything has left; if not, on_written() goes on, or the connection is closed.
    bool send() {
        auto& output = machine_.output();
        if (output.empty()) return true;
        const auto bytes = output.pending();
        const auto taken = stream_->try_write_some(asio::buffer(bytes.data(), bytes.size()));
        if (taken) {
            output.taken(*taken);
            if (output.empty()) return true;
        } else if (taken.error() != asio::error::would_block) {
            close();
            return false;
        }
        const auto rest = output.pending();
        stream_->async_write(asio::buffer(rest.data(), rest.size()),
                             IoHandler(Handler<&Session::on_written>{shared_from_this()}));
        return false;
    }

    std::shared_ptr<State> server_;
    std::unique_ptr<ByteStream> stream_;
    ServerMachine machine_;
    Duration active_;  // when the last whole request came
    Sessions::iterator place_;
    bool closed_ = false;
};

awaitable<void> Server::State::accept(std::shared_ptr<State> state) {
    while (!state->stopped) {
        auto stream = co_await state->listener->accept();
        if (stream) {
            state->admit(std::move(*stream));
        } else if (stream.error() == asio::error::operation_aborted || state->stopped) {
            break;
        } else {  // out of file descriptors, or a peer that went before it was served
            co_await state->clock.io_sleep_for(pause_after_failed_accept);
        }
    }
}

void Server::State::admit(std::unique_ptr<ByteStream> stream) {
    if (stopped) return;
    if (sessions.size() >= options.max_connections) {
        ++statistics.refused_connections;
        stream->close();
        return;
    }
    ++statistics.connections;
    auto session = std::make_shared<Session>(shared_from_this(), std::move(stream));
    const auto place = sessions.insert(sessions.end(), session);
    session->start(place);
    if (!idle.armed()) idle.arm_after(options.idle_timeout);
}

void Server::State::close_idle() {
    const auto now = clock.io_timers().now();
    const auto present = sessions;
    for (const auto& session : present) {
        if (session->active() + options.idle_timeout <= now) session->close();
    }
    if (sessions.empty()) return;
    const auto oldest = std::min_element(sessions.begin(), sessions.end(), [](const auto& a, const auto& b) {
        return a->active() < b->active();
    });
    idle.arm_at((*oldest)->active() + options.idle_timeout);
}

void Server::State::close_connections() {
    const auto present = sessions;
    for (const auto& session : present)
        session->close();
}

Server::Server(Clock& clock, std::unique_ptr<Listener> listener, Handler handler, ServerOptions options)
    : state_(std::make_shared<State>(clock, std::move(listener), std::move(handler), options)) {
    state_->tasks.spawn("modbus server", [state = state_] { return State::accept(state); });
}

Server::~Server() {
    state_->stop();
}

Endpoint Server::local_endpoint() const {
    return state_->listener->local_endpoint();
}

std::size_t Server::connections() const {
    return state_->sessions.size();
}

const ServerStatistics& Server::statistics() const {
    return state_->statistics;
}

std::string Server::asking() const {
    return state_->asking == nullptr ? std::string() : state_->asking->peer();
}

awaitable<void> Server::stop() {
    state_->stop();
    return State::join(state_);
}

void Server::close_connections() {
    state_->close_connections();
}

}  // namespace hil::modbus
