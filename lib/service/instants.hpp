// When the plants of a large installation act: not all of them in the same instant.
#pragma once

#include "base/time.hpp"
#include "config/config.hpp"

#include <cstddef>

namespace hil::service {

// Below so many devices all of them share their instants.
inline constexpr std::size_t spread_from = 50;

// Over how long the instants of the plants are spread: half of the shortest period, at most half a second;
// zero below `spread_from` plants and devices.
Duration spread_of(const config::Config& config);
// Of that, what the plant at a position waits: the first nothing, each next one the same further.
Duration offset_of(std::size_t index, std::size_t count, Duration spread);

}  // namespace hil::service
