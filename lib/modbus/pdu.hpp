// Modbus requests and responses as values, and their bytes (MODBUS Application Protocol V1.1b3).
// No I/O here. Addresses are the zero-based ones of the wire.
#pragma once

#include "base/result.hpp"
#include "modbus/errors.hpp"

#include <boost/container/static_vector.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace hil::modbus {

enum class Function : std::uint8_t {
    read_coils = 1,
    read_discrete_inputs = 2,
    read_holding_registers = 3,
    read_input_registers = 4,
    write_single_coil = 5,
    write_single_register = 6,
    write_multiple_coils = 15,
    write_multiple_registers = 16,
    mask_write_register = 22,
    read_write_multiple_registers = 23,
};

inline constexpr std::size_t max_pdu_size = 253;
inline constexpr std::size_t mbap_size = 7;
inline constexpr std::size_t max_adu_size = mbap_size + max_pdu_size;
inline constexpr std::uint16_t max_read_registers = 125, max_write_registers = 123;
inline constexpr std::uint16_t max_read_bits = 2000, max_write_bits = 1968;
inline constexpr std::uint16_t max_fc23_write_registers = 121;

using Words = boost::container::static_vector<std::uint16_t, max_read_registers>;
using Bits = std::vector<bool>;

struct Request {
    std::uint8_t unit = 1;
    Function function = Function::read_holding_registers;
    std::uint16_t address = 0;  // FC23: where it reads
    std::uint16_t count = 0;    // registers or bits read; FC15, FC16: set by decode, not needed to encode
    Words words;                // FC6 (one), FC16, FC23: what is written
    Bits bits;                  // FC5 (one), FC15
    std::uint16_t write_address = 0;               // FC23
    std::uint16_t and_mask = 0xFFFF, or_mask = 0;  // FC22

    friend bool operator==(const Request&, const Request&) = default;
};

struct Response {
    std::uint8_t unit = 1;
    Function function = Function::read_holding_registers;
    std::uint8_t exception = 0;  // 0: a normal answer
    Words words;                 // FC3, 4, 23: what was read; FC6: the value echoed
    Bits bits;                   // FC1, 2: as many as bytes hold (a multiple of 8); FC5: the value echoed
    std::uint16_t address = 0, count = 0;          // writes: echoed
    std::uint16_t and_mask = 0xFFFF, or_mask = 0;  // FC22: echoed

    friend bool operator==(const Response&, const Response&) = default;
};

// A request or an answer as a whole frame. Precondition: within the limits above, see check(). The number of
// registers or bits written is that of `words` or `bits`.
using Adu = boost::container::static_vector<std::uint8_t, max_adu_size>;
void encode(Adu& out, std::uint16_t transaction, const Request& request);
void encode(Adu& out, std::uint16_t transaction, const Response& response);
// The same into a buffer of the caller; returns how many bytes the frame has.
std::size_t encode(std::span<std::uint8_t, max_adu_size> out, std::uint16_t transaction,
                   const Request& request);
std::size_t encode(std::span<std::uint8_t, max_adu_size> out, std::uint16_t transaction,
                   const Response& response);

// PDU without MBAP header. An error leaves no partial value:
// errc::illegal_function for a function not in the list; for a request errc::illegal_data_value when a count
// is outside the limits or does not fit the bytes; for an answer errc::bad_response when it is not well
// formed.
result<Request> decode_request(std::uint8_t unit, std::span<const std::uint8_t> pdu);
result<Response> decode_response(std::uint8_t unit, std::span<const std::uint8_t> pdu);
// The same into a value that is used again and again; unspecified content after an error.
error_code decode(Request& out, std::uint8_t unit, std::span<const std::uint8_t> pdu);
error_code decode(Response& out, std::uint8_t unit, std::span<const std::uint8_t> pdu);

// Whether the request may be sent: errc::illegal_data_value when a count is 0 or above its limit,
// errc::illegal_function for a function not in the list.
result<void> check(const Request& request);
// Whether an answer is one to this request (function, unit, count, echo). An exception answer fits any
// request of its unit and function.
bool answers(const Request& request, const Response& response);

}  // namespace hil::modbus
