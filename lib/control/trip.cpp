#include "control/trip.hpp"

namespace hil::control {
namespace {

constexpr std::array<std::string_view, condition_count> condition_names{
    "soc_low",          "soc_high",   "voltage_low",           "voltage_high", "temperature_low",
    "temperature_high", "stale_data", "setpoint_not_followed", "link_lost"};
constexpr std::array<std::string_view, 4> stage_names{"normal", "warn", "derate", "stop"};

}  // namespace

std::string_view to_string(Condition condition) {
    return condition_names[static_cast<std::size_t>(condition)];
}

std::optional<Condition> parse_condition(std::string_view name) {
    for (std::size_t i = 0; i < condition_names.size(); ++i)
        if (condition_names[i] == name) return static_cast<Condition>(i);
    return std::nullopt;
}

std::string_view to_string(Stage stage) {
    return stage_names[static_cast<std::size_t>(stage)];
}

}  // namespace hil::control
