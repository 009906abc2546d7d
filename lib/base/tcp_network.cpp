#include "base/byte_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include <optional>
#include <utility>

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
        Resolver resolver(clock_.executor());
        Socket socket(clock_.executor());
        bool late = false;
        Timer deadline(clock_.io_timers(), [&] {
            late = true;
            resolver.cancel();
            error_code ignored;
            socket.close(ignored);
        });
        deadline.arm_after(timeout);

        error_code error;
        Resolver::results_type addresses;
        const auto literal = asio::ip::make_address(to.host, error);
        if (!error) {
            addresses = Resolver::results_type::create(tcp::endpoint(literal, to.port), to.host, "");
        } else {
            error = {};
            addresses = co_await resolver.async_resolve(to.host, std::to_string(to.port),
                                                        asio::redirect_error(asio::use_awaitable, error));
        }
        if (!error && !late) {
            co_await asio::async_connect(socket, addresses, asio::redirect_error(asio::use_awaitable, error));
        }
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
    Clock& clock_;
};

}  // namespace

std::unique_ptr<Network> make_tcp_network(Clock& clock) {
    return std::make_unique<TcpNetwork>(clock);
}

}  // namespace hil
