// Who goes first where several wait for one plant.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hil::plant {

// In falling order of importance.
enum class Priority : std::uint8_t { emergency, control, dispatch, sample };

inline constexpr std::size_t priority_count = 4;

}  // namespace hil::plant
