#include "base/address_race.hpp"
#include "base/async_event.hpp"
#include "base/byte_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
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

// Attempts at several addresses, of which the first to be accepted is taken. Lives until each has ended.
class Dialling {
  public:
    Dialling(Clock& clock, std::vector<tcp::endpoint> addresses, const std::optional<tcp::endpoint>& good,
             IoInstant until)
        : clock_(clock), changed_(clock), race_(race(clock, addresses, good, until)) {
        attempts_.reserve(addresses.size());
        for (const auto& address : addresses)
            attempts_.push_back({address, Socket(clock.executor()), {}, Stage::not_tried});
    }

    // Ends what is still under way, when its owner goes.
    struct Closing {
        Dialling& dialling;
        ~Closing() { dialling.close_all(); }
    };

    // The accepted connection, asio::error::timed_out, or what the last one failed with.
    static awaitable<result<Socket>> run(std::shared_ptr<Dialling> self, IoInstant until) {
        while (!self->winner_) {
            const auto now = self->clock_.io_now();
            if (now >= until) co_return error_code(asio::error::timed_out);
            while (const auto next = self->race_.next(now.time_since_epoch()))
                begin(self, *next);
            if (self->race_.lost()) co_return self->last_error_;
            const auto due = self->race_.due();
            const auto wait = due ? std::min(IoInstant{*due}, until) - now : until - now;
            (void)co_await self->changed_.wait_io_for(wait);
        }
        co_return std::move(self->attempts_[*self->winner_].socket);
    }

    [[nodiscard]] std::optional<tcp::endpoint> winner_address() const {
        return winner_ ? std::optional(attempts_[*winner_].address) : std::nullopt;
    }
    // "::1: no answer, 127.0.0.1: connected"
    [[nodiscard]] std::string text() const {
        std::string out;
        for (const auto& attempt : attempts_) {
            if (attempt.stage == Stage::not_tried) continue;
            if (!out.empty()) out += ", ";
            out += attempt.address.address().to_string() + ": ";
            out += attempt.stage == Stage::accepted ? "connected"
                   : attempt.stage == Stage::failed ? attempt.error.message()
                                                    : "no answer";
        }
        return out;
    }

  private:
    enum class Stage : std::uint8_t { not_tried, under_way, failed, accepted };
    struct Attempt {
        tcp::endpoint address;
        Socket socket;
        error_code error;
        Stage stage = Stage::not_tried;
    };

    static AddressRace race(Clock& clock, const std::vector<tcp::endpoint>& addresses,
                            const std::optional<tcp::endpoint>& good, IoInstant until) {
        const auto is_v6 = std::make_unique<bool[]>(addresses.size());
        std::optional<std::size_t> before;
        for (std::size_t i = 0; i < addresses.size(); ++i) {
            is_v6[i] = addresses[i].address().is_v6();
            if (good == addresses[i]) before = i;
        }
        const auto now = clock.io_now();
        return {std::span<const bool>(is_v6.get(), addresses.size()), before, now.time_since_epoch(),
                until - now};
    }

    static void begin(const std::shared_ptr<Dialling>& self, std::size_t which) {
        auto& attempt = self->attempts_[which];
        attempt.stage = Stage::under_way;
        attempt.socket.async_connect(attempt.address,
                                     [self, which](error_code error) { self->ended(which, error); });
    }

    void ended(std::size_t which, error_code error) {
        auto& attempt = attempts_[which];
        if (closed_ || winner_) return;
        if (error) {
            attempt.stage = Stage::failed;
            attempt.error = last_error_ = error;
            race_.failed();
        } else {
            attempt.stage = Stage::accepted;
            winner_ = which;
        }
        changed_.notify();
    }

    void close_all() {
        closed_ = true;
        error_code ignored;
        for (auto& attempt : attempts_)
            attempt.socket.close(ignored);
    }

    Clock& clock_;
    AsyncEvent changed_;
    AddressRace race_;
    std::vector<Attempt> attempts_;  // in the order of the resolver
    std::optional<std::size_t> winner_;
    error_code last_error_;
    bool closed_ = false;
};

class TcpNetwork final : public Network {
  public:
    explicit TcpNetwork(Clock& clock) : clock_(clock) {}

    awaitable<result<std::unique_ptr<ByteStream>>> connect(Endpoint to, Duration timeout) override {
        const IoInstant begin = clock_.io_now();
        error_code error;
        const auto literal = asio::ip::make_address(to.host, error);
        const bool is_name = static_cast<bool>(error);
        std::vector<tcp::endpoint> addresses;
        if (is_name) {
            names_[to].tried.clear();
            const auto found = co_await look_up(to, timeout);
            if (!found) co_return found.error();
            for (const auto& entry : *found)
                addresses.push_back(entry.endpoint());
        } else {
            addresses.emplace_back(literal, to.port);
        }
        const IoInstant until = begin + timeout;
        if (clock_.io_now() >= until) co_return error_code(asio::error::timed_out);
        const auto good = is_name ? names_[to].good : std::nullopt;
        const auto dialling = std::make_shared<Dialling>(clock_, std::move(addresses), good, until);
        const Dialling::Closing closing{*dialling};
        auto socket = co_await Dialling::run(dialling, until);
        if (is_name) {
            auto& name = names_[to];
            name.tried = dialling->text();
            if (socket) name.good = dialling->winner_address();
        }
        if (!socket) co_return socket.error();
        std::unique_ptr<ByteStream> stream = std::make_unique<TcpStream>(std::move(*socket));
        co_return std::move(stream);
    }

    std::string tried(const Endpoint& to) const override {
        const auto found = names_.find(to);
        return found == names_.end() ? std::string() : found->second.tried;
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
        std::vector<std::weak_ptr<AsyncEvent>> waiting;
        result<Resolver::results_type> answer = error_code(asio::error::timed_out);
        bool over = false;
    };
    struct Name {
        std::optional<Resolver::results_type> known;  // the last good answer
        std::shared_ptr<Lookup> under_way;
        std::optional<tcp::endpoint> good;  // the address that accepted last
        std::string tried;
    };

    // The addresses of a name; where the resolver does not answer in time, those it had last.
    awaitable<result<Resolver::results_type>> look_up(const Endpoint& to, Duration timeout) {
        if (!names_[to].under_way) ask(to);
        const auto lookup = names_[to].under_way;
        const auto notified = std::make_shared<AsyncEvent>(clock_);
        lookup->waiting.push_back(notified);
        const IoInstant give_up = clock_.io_now() + (names_[to].known ? timeout / 4 : timeout);
        while (!lookup->over && clock_.io_now() < give_up)
            (void)co_await notified->wait_io_for(give_up - clock_.io_now());
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
                    if (const auto notified = waiting.lock()) notified->notify();
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
