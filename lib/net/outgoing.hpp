// Messages as they go out: the head of an answer, a whole request, a chunk.
#pragma once

#include "base/time.hpp"
#include "net/client.hpp"
#include "net/message.hpp"

#include <string>
#include <string_view>

namespace hil::net {

enum class BodyFraming {
    length,     // Content-Length
    chunked,    // Transfer-Encoding: chunked
    until_end,  // the connection ends with the body (HTTP/1.0)
    none,       // the status allows no body
};

struct HeadOptions {
    BodyFraming framing = BodyFraming::length;
    std::size_t length = 0;
    bool old = false;  // the request was HTTP/1.0
    bool keep = true;  // the connection stays
    WallTime date;
};

// Status line and fields up to the empty line. What concerns the connection comes from `options`, not from
// the response. Throws std::invalid_argument for a field that would break out of its line.
std::string head_text(const Response& response, const HeadOptions& options);

// A whole request to `origin`. errc::bad_target when the target could not be read as one; throws
// std::invalid_argument for a method or field that would break out of its line.
result<std::string> request_text(const Url& origin, const Request& request);

// An empty piece gives the chunk that ends the body.
std::string chunk_text(std::string_view piece);

}  // namespace hil::net
