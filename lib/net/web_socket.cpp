#include "net/accept_web_socket.hpp"

#include "base/async_event.hpp"
#include "net/errors.hpp"
#include "net/field_text.hpp"
#include "net/frame_lane.hpp"
#include "net/stream_adapter.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

// Beast finds these by the type of the stream.
namespace hil::net {
inline void beast_close_socket(StreamAdapter& adapter) {
    adapter.close();
}
}  // namespace hil::net

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <algorithm>
#include <utility>

namespace hil::net {

inline void teardown(boost::beast::role_type /*role*/, StreamAdapter& adapter, error_code& error) {
    adapter.close();
    error = {};
}

template <class Handler>
void async_teardown(boost::beast::role_type /*role*/, StreamAdapter& adapter, Handler&& handler) {
    adapter.close();
    asio::post(adapter.get_executor(),
               [h = std::forward<Handler>(handler)]() mutable { std::move(h)(error_code{}); });
}

namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

constexpr Duration goodbye_at_most = std::chrono::seconds(1);
constexpr std::size_t longest_reason = 123;  // of a close frame

// The connection as Beast sees it: first what had arrived before, then the stream; what it writes are control
// frames, which take their turn with the messages.
class ControlStream final : public ByteStream {
  public:
    ControlStream(std::unique_ptr<FrameLane> lane, std::string early)
        : lane_(std::move(lane)), early_(std::move(early)) {}

    [[nodiscard]] FrameLane& lane() const { return *lane_; }

    void async_read_some(asio::mutable_buffer buffer, IoHandler handler) override {
        if (!early_.empty() && buffer.size() > 0) {
            const auto size = asio::buffer_copy(buffer, asio::buffer(early_));
            early_.erase(0, size);
            asio::post(get_executor(),
                       [h = std::move(handler), size]() mutable { std::move(h)(error_code{}, size); });
            return;
        }
        lane_->read(buffer, std::move(handler));
    }
    void async_write(asio::const_buffer buffer, IoHandler handler) override {
        lane_->write_control(buffer, std::move(handler));
    }
    result<std::size_t> try_read_some(asio::mutable_buffer) override { return asio::error::would_block; }
    result<std::size_t> try_write_some(asio::const_buffer) override { return asio::error::would_block; }
    void close() noexcept override { lane_->below().close(); }
    bool is_open() const noexcept override { return lane_->below().is_open(); }
    asio::any_io_executor get_executor() override { return lane_->below().get_executor(); }
    std::string peer() const override { return lane_->below().peer(); }

  private:
    std::unique_ptr<FrameLane> lane_;
    std::string early_;
};

class Socket final : public AcceptedSocket, public std::enable_shared_from_this<Socket> {
  public:
    Socket(Clock& clock, std::unique_ptr<FrameLane> lane, std::string early, WebSocketLimits limits)
        : limits_(limits),
          timers_(clock.io_timers()),
          lane_(lane->handle()),
          stream_(StreamAdapter(std::make_unique<ControlStream>(std::move(lane), std::move(early)))),
          over_(clock),
          idle_(timers_, [this] { on_idle(); }),
          timeout_(timers_, [this] { give_up(); }),
          goodbye_(timers_, [this] { Socket::abort(); }) {
        stream_.read_message_max(limits_.message_bytes);
        stream_.auto_fragment(false);
        stream_.text(true);
        (*lane_)->on_free = [this] {
            const auto listener = on_ready_;  // which may replace itself
            if (listener && ready()) listener();
        };
    }

    awaitable<result<void>> accept(const Request& request) {
        beast::http::request<beast::http::empty_body> upgrade;
        upgrade.method(beast::http::verb::get);
        upgrade.target(request.target);
        upgrade.version(11);
        for (const auto& [name, value] : request.headers)
            upgrade.insert(name, value);
        timeout_.arm_after(limits_.write_timeout);
        const auto [error] = co_await stream_.async_accept(upgrade, as_result);
        timeout_.disarm();
        if (error) co_return gave_up_ ? make_error_code(errc::timeout) : error;
        co_return result<void>{};
    }

    awaitable<result<std::string>> receive() override {
        const auto self = shared_from_this();
        idle_.arm_after(limits_.idle_timeout);
        const auto [error, size] = co_await stream_.async_read(buffer_, as_result);
        idle_.disarm();
        if (error) co_return translated(error);
        std::string text = beast::buffers_to_string(buffer_.cdata());
        buffer_.consume(buffer_.size());
        if (stream_.got_binary()) {
            close(websocket::close_code::unknown_data, "text frames only");
            co_return errc::malformed;
        }
        co_return text;
    }

    // Once a close frame is on its way, whoever began, no message may follow it.
    bool ready() const override {
        return *lane_ != nullptr && (*lane_)->free() && !closing_ && stream_.is_open();
    }

    void send(std::span<const SharedFrame> frames) override {
        if (frames.empty()) return;
        std::shared_ptr<const void> owner = frames.front();
        std::string_view bytes = frames.front()->wire();
        if (frames.size() > 1) {
            auto joined = std::make_shared<std::string>();
            for (const auto& frame : frames)
                *joined += frame->wire();
            bytes = *joined;
            owner = std::move(joined);
        }
        const auto taken = (*lane_)->try_write(asio::buffer(bytes));
        if (!taken && taken.error() != asio::error::would_block) return abort();
        bytes.remove_prefix(taken.value_or(0));
        if (bytes.empty()) return;
        timeout_.arm_after(limits_.write_timeout);
        (*lane_)->write(asio::buffer(bytes), std::move(owner), [this](error_code error) {
            timeout_.disarm();
            if (error) abort();
        });
    }

    void on_ready(std::function<void()> listener) override { on_ready_ = std::move(listener); }

    void close(std::uint16_t code, std::string_view why) override {
        if (std::exchange(closing_, true)) return;
        goodbye_.arm_after(goodbye_at_most);
        const auto reason = why.substr(0, longest_reason);
        stream_.async_close({websocket::close_code(code), beast::string_view(reason.data(), reason.size())},
                            [self = shared_from_this()](error_code) {
                                self->goodbye_.disarm();
                                Socket& socket = *self;
                                socket.abort();
                            });
    }

    void abort() noexcept override {
        stream_.next_layer().close();
        aborted_ = true;
        over_.notify();
    }

    awaitable<void> finish() override {
        close(websocket::close_code::normal, {});
        while (!aborted_)
            co_await over_.wait();
    }

  private:
    void on_idle() {
        if (*lane_ == nullptr) return;
        const auto now = timers_.now(), heard = (*lane_)->heard();
        const auto due = heard + limits_.idle_timeout;
        if (due > now) {
            idle_.arm_at(due);
        } else if (pinged_at_ > heard) {
            give_up();
        } else {
            pinged_at_ = now;
            idle_.arm_after(limits_.idle_timeout);
            stream_.async_ping({}, [self = shared_from_this()](error_code) {});
        }
    }

    void give_up() {
        gave_up_ = true;
        abort();
    }

    [[nodiscard]] error_code translated(const error_code& error) const {
        if (gave_up_) return errc::timeout;
        if (error == websocket::error::closed || closing_) return asio::error::eof;
        if (error == websocket::error::message_too_big) return errc::body_too_large;
        if (error == websocket::condition::protocol_violation) return errc::malformed;
        if (error == asio::error::eof || error == asio::error::connection_reset) return errc::closed;
        return error;
    }

    WebSocketLimits limits_;
    TimerQueue& timers_;
    FrameLane::Handle lane_;  // of the stream
    std::function<void()> on_ready_;
    websocket::stream<StreamAdapter, false> stream_;
    beast::flat_buffer buffer_;
    AsyncEvent over_;
    Timer idle_, timeout_, goodbye_;
    Duration pinged_at_{-1};
    bool closing_ = false, gave_up_ = false, aborted_ = false;
};

}  // namespace

bool asks_for_web_socket(const Request& request) {
    return request.method == "GET" && has_token(request.headers, "Connection", "upgrade") &&
           has_token(request.headers, "Upgrade", "websocket");
}

UpgradeRefusal check_upgrade(const Request& request) {
    constexpr std::size_t key_length = 24;  // 16 bytes in base64
    const auto key = request.headers.find("Sec-WebSocket-Key");
    if (request.headers.find("Sec-WebSocket-Version") != "13") {
        return {426, "Version 13 of the WebSocket protocol is spoken here."};
    }
    if (!key || key->size() != key_length || request.headers.count("Sec-WebSocket-Key") > 1) {
        return {400, "Exactly one Sec-WebSocket-Key of 16 bytes is needed."};
    }
    if (!request.body.empty()) return {400, "An upgrade has no body."};
    return {};
}

awaitable<result<std::shared_ptr<AcceptedSocket>>> accept_web_socket(Clock& clock,
                                                                     std::unique_ptr<ByteStream> stream,
                                                                     Request request, std::string early,
                                                                     WebSocketLimits limits) {
    auto lane = std::make_unique<FrameLane>(clock, std::move(stream));
    auto socket = std::make_shared<Socket>(clock, std::move(lane), std::move(early), limits);
    const auto accepted = co_await socket->accept(request);
    if (!accepted) co_return accepted.error();
    std::shared_ptr<AcceptedSocket> out = std::move(socket);
    co_return out;
}

}  // namespace hil::net
