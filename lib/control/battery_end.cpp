#include "control/battery_end.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace hil::control {
namespace {

constexpr double end_of_charge = 0.005;
constexpr double dead_band = 0.01;  // of the rating

}  // namespace

std::string_view to_string(BatteryEnd end) {
    switch (end) {
        case BatteryEnd::empty:
            return "empty";
        case BatteryEnd::full:
            return "full";
        case BatteryEnd::none:
            break;
    }
    return "none";
}

ChargeEnds::ChargeEnds(const config::SafetyWindow& soc)
    : lowest_pu(std::max({end_of_charge, soc.stop_min.value_or(0), soc.derate_min.value_or(0)})),
      highest_pu(std::min({1 - end_of_charge, soc.stop_max.value_or(1), soc.derate_max.value_or(1)})) {}

BatteryEnd ChargeEnds::at(double asked_kw, std::optional<double> soc_pu) const {
    if (!soc_pu) return BatteryEnd::none;
    if (asked_kw > 0 && *soc_pu <= lowest_pu) return BatteryEnd::empty;
    if (asked_kw < 0 && *soc_pu >= highest_pu) return BatteryEnd::full;
    return BatteryEnd::none;
}

BatteryEnd battery_end(const config::PlantModel& model, const ChargeEnds& ends, double asked_kw,
                       const BatteryDoes& does) {
    if (!does.p_kw) return BatteryEnd::none;
    const auto& limits = model.power_limits;
    const double rated = std::max(std::abs(limits.p_max_kw), std::abs(limits.p_min_kw));
    const double given = std::copysign(1.0, asked_kw) * *does.p_kw;
    if (std::abs(asked_kw) - given <= dead_band * rated) return BatteryEnd::none;
    return ends.at(asked_kw, does.soc_pu);
}

std::string shortfall_text(BatteryEnd end, double asked_kw, const BatteryDoes& does) {
    const double asked = std::abs(asked_kw);
    // + 0.0: none of it is 0, not -0.
    const double given = std::clamp(std::copysign(1.0, asked_kw) * does.p_kw.value_or(0), 0.0, asked) + 0.0;
    const auto course =
        fmt::format("{:.1f} of {:.1f} kW {}", given, asked, asked_kw < 0 ? "charge" : "discharge");
    const auto charge =
        does.soc_pu ? fmt::format(" at a state of charge of {:.1f} %", *does.soc_pu * 100) : std::string();
    if (end != BatteryEnd::none) return fmt::format("{}{}: {}", to_string(end), charge, course);
    return fmt::format("the plan is not followed: {}{}", course, charge);
}

}  // namespace hil::control
