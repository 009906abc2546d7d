// Problem documents (RFC 9457) for what a server answers by itself.
#pragma once

#include "net/message.hpp"

#include <string_view>

namespace hil::net {

// A response of type application/problem+json with type, title, status and detail. `detail` is a sentence.
Response problem(unsigned status, std::string_view detail);

}  // namespace hil::net
