// Where a request really comes from: directly, or through a proxy that may be believed.
#pragma once

#include "base/address_range.hpp"
#include "net/message.hpp"

#include <string>
#include <vector>

namespace hil::web {

struct Requester {
    std::string peer;  // who asks, as far as it can be known
    bool tls = false;  // as who asks sees it
    // It comes from this machine itself and says nothing of anybody else: whoever sent it sits here. Only of
    // such a request it counts that there are no accounts.
    bool local = false;
};

// Headers that only a proxy writes (Forwarded, X-Forwarded-*, X-Real-IP) are believed from `trusted`
// addresses alone, but with them nobody is local: a proxy that stands on this machine hands everybody's
// requests in from here. With `trusted` proxies nobody is local at all.
Requester requester_of(const net::Request& request, const std::vector<AddressRange>& trusted);

// "/hil/api/v1/status?x" → "/api/v1/status?x" under the base path "/hil"; what does not begin with it is as
// it was: a proxy may have taken it away. `bare`: it is the base path itself, without a slash behind it.
struct Stripped {
    std::string target;
    bool bare = false;
};
Stripped without_base_path(std::string target, const std::string& base_path);

}  // namespace hil::web
