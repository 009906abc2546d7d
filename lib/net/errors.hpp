// How an HTTP exchange can fail before there is an answer.
#pragma once

#include <boost/system/error_code.hpp>

#include <type_traits>

namespace hil::net {

enum class errc {
    bad_url = 1,          // not http(s)://host[:port][/path]
    bad_target,           // a request target that cannot be decoded
    connect_timeout,      // no connection, TLS handshake included, within connect_timeout
    timeout,              // no whole answer within total_timeout
    certificate_refused,  // the peer's certificate is not valid for this host, or not trusted
    tls_failed,           // any other failure of the handshake
    malformed,            // the peer does not speak HTTP
    body_too_large,       // more than the limit
    closed,               // the peer closed before the answer was whole
};

const boost::system::error_category& category();
inline boost::system::error_code make_error_code(errc e) {
    return {static_cast<int>(e), category()};
}

}  // namespace hil::net

template <>
struct boost::system::is_error_code_enum<hil::net::errc> : std::true_type {};
