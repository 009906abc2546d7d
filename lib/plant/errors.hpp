// What can go wrong between a value and a register.
#pragma once

#include <boost/system/error_code.hpp>

#include <type_traits>

namespace hil::plant {

enum class errc {
    not_connected = 1,
    superseded,     // decided in an epoch that is over
    access_denied,  // writing a point of access r, reading one of access w
    out_of_range,   // the value does not fit the register's format
    not_finite,
    no_such_point,
    refused_point,  // the device refuses to read this point
    queue_full,
    not_in_one_request,  // the device cannot take all registers of the value at once
    not_answering,  // there is a session, but its last request timed out: refused until the link has probed
                    // it
    unexpected_device,  // a register does not hold what the endpoint expects: nothing is written
};

const boost::system::error_category& category();
inline boost::system::error_code make_error_code(errc e) {
    return {static_cast<int>(e), category()};
}

}  // namespace hil::plant

template <>
struct boost::system::is_error_code_enum<hil::plant::errc> : std::true_type {};
