// What can be wrong with a plant in the eyes of safety, and how far that has gone.
#pragma once

#include "base/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hil::control {

enum class Condition : std::uint8_t {
    soc_low,
    soc_high,
    voltage_low,
    voltage_high,
    temperature_low,
    temperature_high,
    stale_data,             // the plant is connected and its values do not come
    setpoint_not_followed,  // the power is not what was asked for
    link_lost,
};
inline constexpr std::size_t condition_count = 9;
// The name as in the enumeration: "soc_low".
std::string_view to_string(Condition condition);
std::optional<Condition> parse_condition(std::string_view name);

// In rising order. A plant at `stop` is stopped safely and stays so until its trips are reset.
enum class Stage : std::uint8_t { normal, warn, derate, stop };
std::string_view to_string(Stage stage);

// A condition that reached `stop`: kept, over restarts too, until an operator resets it.
struct Trip {
    Condition condition{};
    std::string reason;  // a sentence with the value and the limit
    WallTime since;      // UTC
};

// What safety leaves of the power a plan may ask for. Shares of the plant's limits: 1 all of it, 0 none.
struct Derating {
    Stage stage = Stage::normal;         // derate or stop; normal: nothing is derated
    std::optional<Condition> condition;  // why; none with stage stop: the emergency stop is latched
    double discharge = 1, charge = 1, reactive = 1;

    friend bool operator==(const Derating&, const Derating&) = default;
};

}  // namespace hil::control
