// One WebSocket, text frames only. The server's side; made by Server.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace hil::net {

class WebSocket {
  public:
    virtual ~WebSocket() = default;

    // The next text message. asio::error::eof after an orderly close, errc::body_too_large for a message over
    // the limit, errc::malformed for a binary one. Pings are answered meanwhile; a peer that is silent for
    // longer than the idle limit is pinged, and given up with errc::timeout when it does not answer.
    virtual boost::asio::awaitable<result<std::string>> receive() = 0;
    // Done when the frame has been handed to the kernel; one at a time. errc::timeout when the peer does not
    // take it within the write limit.
    virtual boost::asio::awaitable<result<void>> send(std::shared_ptr<const std::string> text) = 0;
    // Says goodbye without waiting for the answer; receive() and send() end. 1001: the server goes away,
    // 1008: policy, 1013: try again later.
    virtual void close(std::uint16_t code, std::string_view reason) = 0;
    // Ends the connection at once.
    virtual void abort() noexcept = 0;
};

}  // namespace hil::net
