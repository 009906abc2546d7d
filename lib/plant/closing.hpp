// What it means that the peer closed a connection. Pure.
//
// Devices close connections on which nothing came for a while. That is no failure: the next question is asked
// on a new connection. Its request may even have been on its way already (`crossed`).
#pragma once

#include "modbus/client.hpp"

#include <cstdint>

namespace hil::plant {

enum class Closing : std::uint8_t {
    idle,     // nothing was outstanding
    crossed,  // something was, after a pause, and for so short a time that the peer had closed before
    failure,
};

// `answered`: the peer has answered on this connection.
Closing closing_of(const modbus::Ending& ending, bool answered);

// A pause in which a device may have lost patience, and how long a request is on its way at most until the
// end of a connection that was closed before is seen.
inline constexpr Duration least_quiet = std::chrono::milliseconds(100);
inline constexpr Duration longest_crossing = std::chrono::milliseconds(50);

}  // namespace hil::plant
