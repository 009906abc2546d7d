#include "base/byte_stream.hpp"
#include "base/wakeup.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace hil {
namespace {

using asio::ip::tcp;

std::string describe(const tcp::endpoint& endpoint) {
    return to_string(Endpoint{endpoint.address().to_string(), endpoint.port()});
}

// The plain executor of the reactor: a type-erased one costs a tenth of a request.
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using Resolver = asio::ip::basic_resolver<tcp, Executor>;

// The socket, and who waits for it. Lives until its operations have completed.
struct Connection : std::enable_shared_from_this<Connection> {
    explicit Connection(Socket s) : socket(std::move(s)) {}

    // What Asio is given: the type-erased handler stays here and is called without a detour through
    // executors.
    template <std::optional<IoHandler> Connection::* waiting>
    struct Completion {
        using cancellation_slot_type = asio::cancellation_slot;
        cancellation_slot_type get_cancellation_slot() const noexcept {
            return asio::get_associated_cancellation_slot(*((*connection).*waiting));
        }
        void operator()(const error_code& error, std::size_t size) const {
            auto& place = (*connection).*waiting;
            IoHandler handler(std::move(*place));
            place.reset();
            std::move(handler)(error, size);
        }
        std::shared_ptr<Connection> connection;
    };

    void read(asio::mutable_buffer buffer, IoHandler handler) {
        reader.emplace(std::move(handler));
        socket.async_read_some(buffer, Completion<&Connection::reader>{shared_from_this()});
    }
    void write(asio::const_buffer buffer, IoHandler handler) {
        writer.emplace(std::move(handler));
        asio::async_write(socket, buffer, Completion<&Connection::writer>{shared_from_this()});
    }

    Socket socket;
    std::optional<IoHandler> reader, writer;
};

class TcpStream final : public ByteStream {
  public:
    explicit TcpStream(Socket socket) : connection_(std::make_shared<Connection>(std::move(socket))) {
        error_code ignored;  // a socket that cannot be tuned still works
        auto& s = connection_->socket;
        s.set_option(tcp::no_delay(true), ignored);
        s.set_option(asio::socket_base::keep_alive(true), ignored);
        s.non_blocking(true, ignored);
        const auto remote = s.remote_endpoint(ignored);
        if (!ignored) peer_ = describe(remote);
    }
    ~TcpStream() override { TcpStream::close(); }

    void async_read_some(asio::mutable_buffer buffer, IoHandler handler) override {
        connection_->read(buffer, std::move(handler));
    }

    void async_write(asio::const_buffer buffer, IoHandler handler) override {
        connection_->write(buffer, std::move(handler));
    }

    result<std::size_t> try_read_some(asio::mutable_buffer buffer) override {
        error_code error;
        const auto size = connection_->socket.read_some(buffer, error);
        if (error) return error;
        return size;
    }

    result<std::size_t> try_write_some(asio::const_buffer buffer) override {
        error_code error;
        const auto size = connection_->socket.write_some(buffer, error);
        if (error) return error;
        return size;
    }

    void close() noexcept override {
        error_code ignored;
        connection_->socket.shutdown(tcp::socket::shutdown_both, ignored);
        connection_->socket.close(ignored);
    }

    // Closed otherwise, the kernel would go on sending what a peer that is out of reach has not taken.
    void abort() noexcept override {
        error_code ignored;
        connection_->socket.set_option(asio::socket_base::linger(true, 0), ignored);
        connection_->socket.close(ignored);
    }

    bool is_open() const noexcept override { return connection_->socket.is_open(); }
    asio::any_io_executor get_executor() override { return connection_->socket.get_executor(); }
    std::string peer() const override { return peer_; }

  private:
    std::shared_ptr<Connection> connection_;
    std::string peer_ = "unconnected";
};

class TcpListener final : public Listener {
  public:
    explicit TcpListener(Acceptor acceptor) : acceptor_(std::move(acceptor)) {}

    awaitable<result<std::unique_ptr<ByteStream>>> accept() override {
        auto [error, socket] = co_await acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
        if (error) co_return error;
        std::unique_ptr<ByteStream> stream = std::make_unique<TcpStream>(std::move(socket));
        co_return std::move(stream);
    }

    Endpoint local_endpoint() const override {
        error_code ignored;
        const auto local = acceptor_.local_endpoint(ignored);
        return {local.address().to_string(), local.port()};
    }

    void close() noexcept override {
        error_code ignored;
        acceptor_.close(ignored);
    }

  private:
    Acceptor acceptor_;
};

class TcpNetwork final : public Network {
  public:
    explicit TcpNetwork(Clock& clock) : clock_(clock) {}

    awaitable<result<std::unique_ptr<ByteStream>>> connect(Endpoint to, Duration timeout) override {
        const IoInstant begin = clock_.io_now();
        error_code error;
        Resolver::results_type addresses;
        const auto literal = asio::ip::make_address(to.host, error);
        if (!error) {
            addresses = Resolver::results_type::create(tcp::endpoint(literal, to.port), to.host, "");
        } else {
            const auto found = co_await look_up(to, timeout);
            if (!found) co_return found.error();
            addresses = *found;
        }
        const Duration left = timeout - (clock_.io_now() - begin);
        if (left <= Duration::zero()) co_return error_code(asio::error::timed_out);
        Socket socket(clock_.executor());
        bool late = false;
        Timer deadline(clock_.io_timers(), [&] {
            late = true;
            error_code ignored;
            socket.close(ignored);
        });
        deadline.arm_after(left);
        co_await asio::async_connect(socket, addresses, asio::redirect_error(asio::use_awaitable, error));
        if (late) co_return error_code(asio::error::timed_out);
        if (error) co_return error;
        std::unique_ptr<ByteStream> stream = std::make_unique<TcpStream>(std::move(socket));
        co_return std::move(stream);
    }

    result<std::unique_ptr<Listener>> listen(const Endpoint& at) override {
        error_code error;
        const auto address = asio::ip::make_address(at.host == "localhost" ? "127.0.0.1" : at.host, error);
        if (error) return error;
        const tcp::endpoint endpoint(address, at.port);
        Acceptor acceptor(clock_.executor());
        acceptor.open(endpoint.protocol(), error);
        if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
        if (!error) acceptor.bind(endpoint, error);
        if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
        if (error) return error;
        std::unique_ptr<Listener> listener = std::make_unique<TcpListener>(std::move(acceptor));
        return listener;
    }

  private:
    // A question to the system's resolver, which nothing can interrupt: who asked may go before the answer.
    struct Lookup {
        explicit Lookup(Clock& clock) : resolver(clock.executor()) {}
        Resolver resolver;
        std::vector<std::weak_ptr<Wakeup>> waiting;
        result<Resolver::results_type> answer = error_code(asio::error::timed_out);
        bool over = false;
    };
    struct Name {
        std::optional<Resolver::results_type> known;  // the last good answer
        std::shared_ptr<Lookup> under_way;
    };

    // The addresses of a name; where the resolver does not answer in time, those it had last.
    awaitable<result<Resolver::results_type>> look_up(const Endpoint& to, Duration timeout) {
        if (!names_[to].under_way) ask(to);
        const auto lookup = names_[to].under_way;
        const auto told = std::make_shared<Wakeup>(clock_);
        lookup->waiting.push_back(told);
        const IoInstant give_up = clock_.io_now() + (names_[to].known ? timeout / 4 : timeout);
        while (!lookup->over && clock_.io_now() < give_up)
            (void)co_await told->wait_io_for(give_up - clock_.io_now());
        const auto& known = names_[to].known;
        if (!lookup->answer && known) co_return *known;
        co_return lookup->answer;
    }

    void ask(const Endpoint& to) {
        auto& name = names_[to];
        name.under_way = std::make_shared<Lookup>(clock_);
        name.under_way->resolver.async_resolve(
            to.host, std::to_string(to.port),
            [names = std::weak_ptr(alive_), this, to, lookup = name.under_way](error_code error, auto found) {
                lookup->over = true;
                if (error) {
                    lookup->answer = error;
                } else {
                    lookup->answer = found;
                }
                for (const auto& waiting : lookup->waiting)
                    if (const auto told = waiting.lock()) told->notify();
                if (names.expired()) return;
                auto& own = names_[to];
                own.under_way.reset();
                if (!error) own.known = found;
            });
    }

    Clock& clock_;
    std::map<Endpoint, Name> names_;
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);  // as long as names_
};

}  // namespace

std::unique_ptr<Network> make_tcp_network(Clock& clock) {
    return std::make_unique<TcpNetwork>(clock);
}

}  // namespace hil
