// Whether the end of its charge is why a battery does less than it is asked to. No I/O; all in kW and pu.
//
// Empty is a battery that is asked to discharge at or below the charge from which it need not give anything:
// half a per cent, or where safety stops or takes power back from, if that is more. Full is its mirror. A
// battery at such an end that does what it is asked to, but for one per cent of its rating, is neither.
#pragma once

#include "config/config.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hil::control {

enum class BatteryEnd : std::uint8_t { none, empty, full };
std::string_view to_string(BatteryEnd end);

// Between these a battery has no excuse.
struct ChargeEnds {
    double lowest_pu = 0, highest_pu = 1;

    explicit ChargeEnds(const config::SafetyWindow& soc);
    // The end in the direction of what is asked; none for 0 and for a charge that is not known.
    [[nodiscard]] BatteryEnd at(double asked_kw, std::optional<double> soc_pu) const;
};

// What is measured: none where it is not known, and then nothing is said.
struct BatteryDoes {
    std::optional<double> p_kw, soc_pu;
};
BatteryEnd battery_end(const config::PlantModel& model, const ChargeEnds& ends, double asked_kw,
                       const BatteryDoes& does);

// "empty at a state of charge of 0.0 %: 0.0 of 400.0 kW discharge"
std::string shortfall_text(BatteryEnd end, double asked_kw, const BatteryDoes& does);

}  // namespace hil::control
