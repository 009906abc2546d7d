#include "base/byte_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include <utility>

namespace hil {
namespace {

using asio::ip::tcp;

std::string describe(const tcp::endpoint& endpoint) {
    return to_string(Endpoint{endpoint.address().to_string(), endpoint.port()});
}

class TcpStream final : public ByteStream {
  public:
    explicit TcpStream(tcp::socket socket) : socket_(std::move(socket)) {
        error_code ignored;  // a socket that cannot be tuned still works
        socket_.set_option(tcp::no_delay(true), ignored);
        socket_.set_option(asio::socket_base::keep_alive(true), ignored);
        socket_.non_blocking(true, ignored);
        const auto remote = socket_.remote_endpoint(ignored);
        if (!ignored) peer_ = describe(remote);
    }

    void async_read_some(asio::mutable_buffer buffer, IoHandler handler) override {
        socket_.async_read_some(buffer, std::move(handler));
    }

    void async_write(asio::const_buffer buffer, IoHandler handler) override {
        asio::async_write(socket_, buffer, std::move(handler));
    }

    result<std::size_t> try_read_some(asio::mutable_buffer buffer) override {
        error_code error;
        const auto size = socket_.read_some(buffer, error);
        if (error) return error;
        return size;
    }

    result<std::size_t> try_write_some(asio::const_buffer buffer) override {
        error_code error;
        const auto size = socket_.write_some(buffer, error);
        if (error) return error;
        return size;
    }

    void close() noexcept override {
        error_code ignored;
        socket_.shutdown(tcp::socket::shutdown_both, ignored);
        socket_.close(ignored);
    }

    bool is_open() const noexcept override { return socket_.is_open(); }
    asio::any_io_executor get_executor() override { return socket_.get_executor(); }
    std::string peer() const override { return peer_; }

  private:
    tcp::socket socket_;
    std::string peer_ = "unconnected";
};

class TcpListener final : public Listener {
  public:
    explicit TcpListener(tcp::acceptor acceptor) : acceptor_(std::move(acceptor)) {}

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
    tcp::acceptor acceptor_;
};

class TcpNetwork final : public Network {
  public:
    explicit TcpNetwork(Clock& clock) : clock_(clock) {}

    awaitable<result<std::unique_ptr<ByteStream>>> connect(Endpoint to, Duration timeout) override {
        tcp::resolver resolver(clock_.executor());
        tcp::socket socket(clock_.executor());
        bool late = false;
        Timer deadline(clock_.io_timers(), [&] {
            late = true;
            resolver.cancel();
            error_code ignored;
            socket.close(ignored);
        });
        deadline.arm_after(timeout);

        error_code error;
        tcp::resolver::results_type addresses;
        const auto literal = asio::ip::make_address(to.host, error);
        if (!error) {
            addresses = tcp::resolver::results_type::create(tcp::endpoint(literal, to.port), to.host, "");
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
        tcp::acceptor acceptor(clock_.executor());
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
