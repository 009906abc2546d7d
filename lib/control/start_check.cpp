#include "control/start_check.hpp"

#include "control/safety_words.hpp"

namespace hil::control {
namespace {

// No battery is so empty or so full: whatever the register holds, it is no state of charge.
constexpr double least_soc = -0.05, most_soc = 1.05;

std::optional<Objection> outside(Watched what, double value, const config::SafetyWindow& window) {
    if (window.stop_min && value < *window.stop_min)
        return Objection{limit_text(what, value, false, Stage::stop, *window.stop_min), window.delay};
    if (window.stop_max && value > *window.stop_max)
        return Objection{limit_text(what, value, true, Stage::stop, *window.stop_max), window.delay};
    return std::nullopt;
}

}  // namespace

StartCheck check_before_start(const config::PlantSafety& limits, double nominal_kv, const Readings& shown) {
    StartCheck out;
    if (shown.voltage_kv && nominal_kv > 0 && limits.voltage_before_start)
        out.objection = outside(Watched::voltage, *shown.voltage_kv / nominal_kv, limits.voltage);
    if (!out.objection && shown.temperature_c)
        out.objection = outside(Watched::temperature, *shown.temperature_c, limits.temperature);
    if (!shown.soc_pu) return out;
    const double soc = *shown.soc_pu;
    if (soc < least_soc || soc > most_soc) {
        if (!out.objection && outside(Watched::soc, soc, limits.soc))
            out.objection = Objection{value_text(Watched::soc, soc) + " cannot be", limits.soc.delay};
        return out;
    }
    if (limits.soc.stop_min && soc < *limits.soc.stop_min) out.heals = Condition::soc_low;
    if (limits.soc.stop_max && soc > *limits.soc.stop_max) out.heals = Condition::soc_high;
    return out;
}

}  // namespace hil::control
