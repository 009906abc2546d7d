// The server's end of a WebSocket, made of a connection whose upgrade request has been read.
#pragma once

#include "base/byte_stream.hpp"
#include "base/clock.hpp"
#include "net/message.hpp"
#include "net/web_socket.hpp"

#include <memory>
#include <string>

namespace hil::net {

struct WebSocketLimits {
    std::size_t message_bytes;
    Duration idle_timeout, write_timeout;  // unscaled
};

// Why `request` cannot be upgraded to a WebSocket: a status and a sentence; 0 when it can.
struct UpgradeRefusal {
    unsigned status = 0;
    std::string_view why;
};
UpgradeRefusal check_upgrade(const Request& request);

// Whether the request asks for a WebSocket at all.
bool asks_for_web_socket(const Request& request);

class AcceptedSocket : public WebSocket {
  public:
    // Says goodbye if nobody has, and waits until the peer has heard it or a moment has passed.
    virtual boost::asio::awaitable<void> finish() = 0;
};

// Answers the request. `early` is what the peer has sent after it. Precondition: check_upgrade() is content.
awaitable<result<std::shared_ptr<AcceptedSocket>>> accept_web_socket(Clock& clock,
                                                                     std::unique_ptr<ByteStream> stream,
                                                                     Request request, std::string early,
                                                                     WebSocketLimits limits);

}  // namespace hil::net
