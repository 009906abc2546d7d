// What a device holds at each readable point, for checking a register map against the real plant.
#pragma once

#include "plant/link.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace hil::plant {

struct ProbedPoint {
    PointId point{};
    error_code error;  // why nothing was read; errc::refused_point where the device refuses to read it
    PointValue value;  // may be unknown: value.why says what the registers mean then
    // What the register behind a point of one register holds, where no other point lies.
    std::optional<std::uint16_t> next_word;

    // Whether the two look like one value of 32 bits of which the map takes only half: a sign or a zero in
    // front of something, or a negative number in front of its sign. A plant at rest shows nothing of this.
    [[nodiscard]] bool may_be_half() const;
};

// The endpoint with one more point, named "<name>+1", behind every readable point of one register where no
// point lies. The ids of the points it had stay as they are.
config::ModbusEndpoint with_neighbours(config::ModbusEndpoint endpoint);

// Reads every readable point by itself, in the order of the map, and its neighbour where the map comes from
// with_neighbours(). Points of access w are left out.
awaitable<std::vector<ProbedPoint>> probe(Link& link);

}  // namespace hil::plant
