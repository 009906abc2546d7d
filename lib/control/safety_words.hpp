// What safety says to people: no names of the program's own, no keys of the configuration.
#pragma once

#include "base/time.hpp"
#include "control/trip.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace hil::control {

// What is held against a window. Shares are told as per cent.
enum class Watched : std::uint8_t { soc, voltage, temperature };

// "state of charge 4 % is below the stop limit of 5 %"; `value` and `limit` as in config::SafetyWindow.
std::string limit_text(Watched what, double value, bool above, Stage stage, double limit);
// "state of charge 104 %", "temperature 46 °C"
std::string value_text(Watched what, double value);
// "the link is lost for 12.0 s (warned of after 10 s)"
std::string lasting_text(std::string_view what, Duration lasted, Stage stage, Duration limit);
// "state of charge too low"
std::string_view in_words(Condition condition);
// "warning", "power taken back", "stop"
std::string_view in_words(Stage stage);

}  // namespace hil::control
