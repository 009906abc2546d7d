// One WebSocket, text frames only. The server's side; made by Server.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "net/text_frame.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace hil::net {

class WebSocket {
  public:
    virtual ~WebSocket() = default;

    // The next text message. asio::error::eof after an orderly close, errc::body_too_large for a message over
    // the limit, errc::malformed for a binary one, errc::timeout for a peer that does not take what is sent
    // within the write limit. Pings are answered meanwhile; a peer that is silent for longer than the idle
    // limit is pinged, and given up with errc::timeout when it does not answer.
    virtual boost::asio::awaitable<result<std::string>> receive() = 0;

    // Whether send() takes something now: not while earlier frames are on their way to a peer that is slow,
    // and not when the conversation is over, which receive() tells.
    [[nodiscard]] virtual bool ready() const = 0;
    // Whole messages, in this order. What goes without waiting is handed to the kernel here and now; the rest
    // follows by itself. Precondition: ready().
    virtual void send(std::span<const SharedFrame> frames) = 0;
    // Calls `listener` whenever the socket has become ready again. An empty one ends that.
    virtual void on_ready(std::function<void()> listener) = 0;

    // Says goodbye without waiting for the answer; receive() ends. 1001: the server goes away, 1008: policy,
    // 1013: try again later.
    virtual void close(std::uint16_t code, std::string_view reason) = 0;
    // Ends the connection at once.
    virtual void abort() noexcept = 0;
};

}  // namespace hil::net
