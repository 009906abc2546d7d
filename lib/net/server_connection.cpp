#include "net/server_connection.hpp"

#include "net/accept_web_socket.hpp"
#include "net/errors.hpp"
#include "net/outgoing.hpp"
#include "net/parser.hpp"
#include "net/problem.hpp"
#include "net/shared_stream.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

namespace hil::net {
namespace {

// Closing while the peer still sends would reset the connection and take the answer away with it: most
// clients look for an answer only when all is sent. So what they send is read and thrown away, for as long as
// a body may take and as long as something comes.
constexpr Duration linger_silence = std::chrono::seconds(2);
constexpr std::size_t linger_bytes = 256u << 20u;

// Bodies up to this size leave with their header in one write.
constexpr std::size_t small_body = 16384;

Request without_body(const Request& request) {
    return {.method = request.method,
            .target = request.target,
            .headers = request.headers,
            .body = {},
            .peer = request.peer,
            .tls = request.tls,
            .watch_peer = {}};
}

bool may_have_body(unsigned status) {
    return status >= 200 && status != 204 && status != 304;
}

}  // namespace

ServerConnection::ServerConnection(std::shared_ptr<ServerShared> server, std::string peer, bool refused)
    : server_(std::move(server)),
      peer_(std::move(peer)),
      refused_(refused),
      free_since_(server_->clock.io_timers().now()) {}

void ServerConnection::stop() {
    if (socket_) {
        socket_->close(1001, "the server stops");
    } else if (wire_ && idle_) {
        wire_->interrupt();
    } else if (wire_) {
        wire_->hurry();
    }
}

void ServerConnection::drop() {
    dropped_ = true;
    if (wire_) return wire_->close();
    if (const auto stream = shaking_.lock()) stream->close();
}

awaitable<void> ServerConnection::run(std::unique_ptr<ByteStream> stream) {
    if (dropped_) co_return;
    auto& clock = server_->clock;
    if (server_->tls) {
        const auto due = clock.io_timers().now() + server_->limits.handshake_timeout;
        std::shared_ptr<ByteStream> below = std::move(stream);
        shaking_ = below;
        stream = std::make_unique<SharedStream>(std::move(below));
        auto encrypted = co_await server_->tls->accept(clock, std::move(stream), due);
        if (!encrypted || dropped_) co_return;
        stream = std::move(*encrypted);
    }
    wire_ = std::make_shared<Wire>(clock, std::move(stream));
    // Also when this coroutine is cancelled: an outstanding read keeps the wire.
    const struct Closer {
        ~Closer() { wire->close(); }
        std::shared_ptr<Wire> wire;
    } closer{wire_};
    while (!server_->stopping && co_await serve_one()) {
    }
}

awaitable<bool> ServerConnection::serve_one() {
    const auto& limits = server_->limits;
    idle_ = true;
    if (std::exchange(busy_, false)) free_since_ = wire_->now();
    if (wire_->input().empty() && !co_await wire_->read_more(wire_->now() + limits.idle_timeout)) {
        co_return false;
    }
    idle_ = false;
    began_ = wire_->now();
    RequestParser parser(limits.header_bytes);
    if (!co_await read_request(parser)) co_return false;
    asked_ = busy_ = true;
    const Peer peer{.old = parser.old(), .keep = parser.keep_alive()};
    Request request = std::move(parser.request());
    if (asks_for_web_socket(request)) co_return co_await converse(std::move(request), peer);
    const Request asked = without_body(request);
    request.watch_peer = [watched = std::weak_ptr(wire_)] {
        const auto wire = watched.lock();
        return wire ? wire->watch() : std::stop_token();
    };
    Response response = co_await ask(std::move(request));
    if (response.drop) co_return false;
    co_return co_await respond(asked, std::move(response), peer);
}

awaitable<bool> ServerConnection::read_request(RequestParser& parser) {
    const auto& limits = server_->limits;
    auto& request = parser.request();
    auto due = began_ + limits.header_timeout;
    bool header = false, continue_said = false;
    for (;;) {
        const auto progress = parser.advance(wire_->input());
        if (progress == Progress::done) co_return true;
        if (progress == Progress::failed) {
            co_await refuse(request, parser.status(), parser.why());
            co_return false;
        }
        if (progress == Progress::header) {
            header = true;
            due = wire_->now() + limits.body_timeout;
            request.peer = peer_;
            request.tls = server_->tls != nullptr;
            if (refused_) {
                co_await refuse(request, 503, "Too many connections are open.");
                co_return false;
            }
            parser.allow_body(server_->handler->body_limit(request, limits.body_bytes));
            continue;
        }
        if (header && parser.expects_continue() && !std::exchange(continue_said, true)) {
            if (!co_await wire_->write("HTTP/1.1 100 Continue\r\n\r\n", limits.write_timeout)) {
                co_return false;
            }
        }
        const auto more = co_await wire_->read_more(due);
        if (more.error() == errc::timeout) {
            co_await refuse(request, 408,
                            header ? "The body did not come in time." : "The header did not come in time.");
        }
        if (!more) co_return false;
    }
}

awaitable<Response> ServerConnection::ask(Request request) {
    try {
        co_return co_await server_->handler->handle(std::move(request));
    } catch (...) {
        report(std::current_exception());
    }
    co_return problem(500, "The request could not be handled.");
}

// Cancellation goes on its way; everything else is reported.
void ServerConnection::report(const std::exception_ptr& escaped) const {
    std::string what = "an exception of unknown type";
    try {
        std::rethrow_exception(escaped);
    } catch (const boost::system::system_error& e) {
        if (e.code() == asio::error::operation_aborted && server_->cancelled) throw;
        what = e.what();
    } catch (const std::exception& e) {
        what = e.what();
    } catch (...) {
    }
    if (server_->hooks.on_failure) {
        server_->hooks.on_failure({.task = "HTTP request", .what = what, .restarting = false});
    }
}

awaitable<bool> ServerConnection::respond(const Request& request, Response response, Peer peer) {
    bool keep = peer.keep && !server_->stopping;
    const bool bodiless = request.method == "HEAD" || !may_have_body(response.status);
    const auto size = response.shared_body ? response.shared_body->size() : response.body.size();
    HeadOptions options{.framing = BodyFraming::length,
                        .length = size,
                        .old = peer.old,
                        .keep = keep,
                        .date = server_->clock.wall_now()};
    if (!may_have_body(response.status)) {
        options.framing = BodyFraming::none;
    } else if (response.pieces) {
        options.framing = peer.old ? BodyFraming::until_end : BodyFraming::chunked;
        if (peer.old) keep = options.keep = false;
    }
    std::optional<std::string> head;
    try {
        head = head_text(response, options);
    } catch (...) {
        report(std::current_exception());
    }
    if (!head) co_return co_await respond(request, problem(500, "The answer could not be sent."), peer);
    answered(request, response.status);

    const auto timeout = server_->limits.write_timeout;
    if (!bodiless && response.pieces) {
        if (!co_await wire_->write(std::move(*head), timeout)) co_return false;
        co_return co_await send_pieces(response, peer) && keep;
    }
    if (!bodiless && size <= small_body) {
        head->append(response.shared_body ? *response.shared_body : response.body);
    }
    if (!co_await wire_->write(std::move(*head), timeout)) co_return false;
    if (!bodiless && size > small_body) {
        auto body = response.shared_body ? response.shared_body
                                         : std::make_shared<const std::string>(std::move(response.body));
        if (!co_await wire_->write(std::move(body), timeout)) co_return false;
    }
    co_return keep;
}

awaitable<bool> ServerConnection::send_pieces(Response& response, Peer peer) {
    for (;;) {
        result<std::string> piece = std::string();
        try {
            piece = co_await response.pieces();
        } catch (...) {
            report(std::current_exception());
            piece = error_code(asio::error::connection_aborted);
        }
        if (!piece) co_return false;
        const bool last = piece->empty();
        if (last && peer.old) co_return true;
        auto text = peer.old ? std::move(*piece) : chunk_text(*piece);
        if (!co_await wire_->write(std::move(text), server_->limits.write_timeout)) co_return false;
        if (last) co_return true;
    }
}

awaitable<bool> ServerConnection::converse(Request request, Peer peer) {
    const Request asked = without_body(request);
    if (const auto refusal = check_upgrade(request); refusal.status != 0) {
        auto response = problem(refusal.status, refusal.why);
        response.headers.set("Sec-WebSocket-Version", "13");
        co_return co_await respond(asked, std::move(response), peer);
    }
    std::variant<Response, Server::Conversation> outcome;
    try {
        outcome = co_await server_->handler->upgrade(std::move(request));
    } catch (...) {
        report(std::current_exception());
        outcome = problem(500, "The request could not be handled.");
    }
    if (auto* response = std::get_if<Response>(&outcome)) {
        co_return co_await respond(asked, std::move(*response), peer);
    }
    const auto& limits = server_->limits;
    auto socket =
        co_await accept_web_socket(server_->clock, wire_->release(), asked, std::move(wire_->input()),
                                   {.message_bytes = limits.message_bytes,
                                    .idle_timeout = limits.ping_interval,
                                    .write_timeout = limits.write_timeout});
    if (!socket) co_return false;
    answered(asked, 101);
    socket_ = *socket;
    const struct Ender {
        ~Ender() { socket->abort(); }
        std::shared_ptr<AcceptedSocket> socket;
    } ender{*socket};
    if (server_->stopping) stop();
    try {
        co_await std::get<Server::Conversation>(outcome)(*socket);
    } catch (...) {
        report(std::current_exception());
    }
    co_await (*socket)->finish();
    co_return false;
}

awaitable<void> ServerConnection::refuse(const Request& request, unsigned status, std::string_view why) {
    if (co_await respond(request, problem(status, why), {.old = false, .keep = false})) co_return;
    co_await linger();
}

awaitable<void> ServerConnection::linger() {
    const auto due = wire_->now() + server_->limits.body_timeout;
    for (std::size_t seen = 0; seen < linger_bytes && !server_->stopping;) {
        wire_->input().clear();
        if (!co_await wire_->read_more(std::min(due, wire_->now() + linger_silence))) co_return;
        seen += wire_->input().size();
    }
}

void ServerConnection::answered(const Request& request, unsigned status) {
    if (server_->hooks.on_answer) server_->hooks.on_answer(request, status, wire_->now() - began_);
}

}  // namespace hil::net
