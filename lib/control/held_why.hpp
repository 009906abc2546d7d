// Why a plant does not hold the setpoint that is wanted of it.
#pragma once

#include <cstdint>
#include <string_view>

namespace hil::control {

enum class HeldWhy : std::uint8_t {
    none,
    device,        // the device rounds or limits what it is sent
    refused,       // the device refuses the value
    no_effect,     // the device acknowledges it and holds something else
    write_budget,  // it has been written as often today as it may be
};
std::string_view to_string(HeldWhy why);

}  // namespace hil::control
