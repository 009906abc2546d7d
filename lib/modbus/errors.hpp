// What can go wrong with a Modbus exchange.
#pragma once

#include <boost/system/error_code.hpp>

#include <cstdint>
#include <type_traits>

namespace hil::modbus {

enum class errc {
    // Exception answers, with the protocol's own numbers.
    illegal_function = 1,
    illegal_data_address = 2,
    illegal_data_value = 3,
    server_device_failure = 4,
    acknowledge = 5,
    server_device_busy = 6,
    memory_parity_error = 8,
    gateway_path_unavailable = 10,
    gateway_target_failed = 11,
    other_exception = 99,
    // What the client finds.
    timeout = 100,
    disconnected,
    bad_response,  // does not fit the request
    bad_frame,     // protocol id or length that no Modbus peer sends
    queue_full,
    other_unit,  // an answer, but from another unit than was asked
};

const boost::system::error_category& category();
inline boost::system::error_code make_error_code(errc e) {
    return {static_cast<int>(e), category()};
}
// Whether the peer answered, with an exception.
bool is_exception(boost::system::error_code error);
// The errc of an exception code on the wire.
errc exception_error(std::uint8_t code);

}  // namespace hil::modbus

template <>
struct boost::system::is_error_code_enum<hil::modbus::errc> : std::true_type {};
