#include "control/start_check.hpp"

#include <fmt/format.h>

#include <string_view>

namespace hil::control {
namespace {

// No battery is so empty or so full: whatever the register holds, it is no state of charge.
constexpr double least_soc = -0.05, most_soc = 1.05;

std::optional<Objection> outside(std::string_view what, std::string_view unit, double value,
                                 const config::SafetyWindow& window) {
    if (window.stop_min && value < *window.stop_min)
        return Objection{
            fmt::format("{} {:.4g} {} is below stop_min {:g}", what, value, unit, *window.stop_min),
            window.delay};
    if (window.stop_max && value > *window.stop_max)
        return Objection{
            fmt::format("{} {:.4g} {} is above stop_max {:g}", what, value, unit, *window.stop_max),
            window.delay};
    return std::nullopt;
}

}  // namespace

StartCheck check_before_start(const config::PlantSafety& limits, double nominal_kv, const Readings& shown) {
    StartCheck out;
    if (shown.voltage_kv && nominal_kv > 0 && limits.voltage_before_start)
        out.objection = outside("voltage", "pu", *shown.voltage_kv / nominal_kv, limits.voltage);
    if (!out.objection && shown.temperature_c)
        out.objection = outside("temperature", "degrees Celsius", *shown.temperature_c, limits.temperature);
    if (!shown.soc_pu) return out;
    const double soc = *shown.soc_pu;
    if (soc < least_soc || soc > most_soc) {
        if (!out.objection && outside("", "", soc, limits.soc))
            out.objection =
                Objection{fmt::format("state of charge {:.4g} pu is none", soc), limits.soc.delay};
        return out;
    }
    if (limits.soc.stop_min && soc < *limits.soc.stop_min) out.heals = Condition::soc_low;
    if (limits.soc.stop_max && soc > *limits.soc.stop_max) out.heals = Condition::soc_high;
    return out;
}

}  // namespace hil::control
