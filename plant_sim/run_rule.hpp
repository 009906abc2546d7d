// When an emulated plant runs, as data: each of these points that the plant's map has must hold this value.
// LIB has `stop_command`, VRFB has `start_command` (its mode register: 0 shut down, 1 start, 2 run).
#pragma once

#include <array>
#include <string_view>

namespace hil::plant_sim {

struct RunCondition {
    std::string_view point;
    double value;
};

inline constexpr std::array<RunCondition, 3> run_rule{
    {{"enable", 1}, {"stop_command", 0}, {"start_command", 2}}};

}  // namespace hil::plant_sim
