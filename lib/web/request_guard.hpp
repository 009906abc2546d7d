// What a browser on somebody else's page can be made to send, and must not be answered: requests under a
// host name that was pointed at this machine (DNS rebinding), and changes or WebSockets asked for by another
// site's page.
#pragma once

#include "base/byte_stream.hpp"
#include "net/message.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hil::web {

class RequestGuard {
  public:
    // `bound` is the server's own address; `allowed_hosts` the names it may be asked under besides.
    RequestGuard(const Endpoint& bound, std::vector<std::string> allowed_hosts);

    // The Host of a request is one of ours. Ports do not matter: a name that was rebound stays that name. A
    // server that listens on every address is also found under any address, which cannot be rebound.
    [[nodiscard]] bool host_allowed(const net::Request& request) const;
    // Nobody else's page asks: the Origin, where there is one, is the host that is asked; without one a
    // browser says by Sec-Fetch-Site that it comes from elsewhere. Programs send neither.
    [[nodiscard]] static bool same_origin(const net::Request& request);

  private:
    std::vector<std::string> names_;
    bool any_address_ = false;
};

// "[::1]:8050" → "::1", "Lab.Example:80" → "lab.example"; empty when it is no host.
std::string host_name(std::string_view host);

}  // namespace hil::web
