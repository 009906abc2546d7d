#include "battery/estimate/vanadium_soc.hpp"

#include <algorithm>
#include <cmath>

namespace hil::battery {

VanadiumSoc vanadium_soc_of_ocv(double voltage_v, double temperature_k, double voltage_sigma_v) {
    double low = 1e-6, high = 1 - 1e-6;
    for (int i = 0; i < 50; ++i) {
        const double middle = (low + high) / 2;
        (vanadium_nernst_v(middle, temperature_k) < voltage_v ? low : high) = middle;
    }
    const double soc = (low + high) / 2, near = std::clamp(soc, 0.001, 0.999);
    constexpr double step = 1e-4;
    const double slope =
        (vanadium_nernst_v(near + step, temperature_k) - vanadium_nernst_v(near - step, temperature_k)) /
        (2 * step);
    return {soc, voltage_sigma_v / slope};
}

void VanadiumPowerBalance::add(double power_kw, bool running, double dt_s) {
    if (!(dt_s > 0) || !std::isfinite(power_kw)) return;
    const double hours = dt_s / 3600;
    const double converter_kw = power_kw + (running ? settings_.pump_kw : 0);
    const double efficiency =
        converter_kw < 0 ? settings_.charge_efficiency : 1 / settings_.discharge_efficiency;
    const double moved = converter_kw * efficiency * hours / settings_.capacity_kwh;
    const double crossover = running ? now_.soc_pu * settings_.crossover_per_day * hours / 24 : 0;
    // Errors of the efficiencies stay the same from step to step, so that they add up as they are.
    now_.sigma_pu += std::abs(moved) * settings_.efficiency_pu + 0.3 * crossover;
    now_.soc_pu = std::clamp(now_.soc_pu - moved - crossover, 0.0, 1.0);
}

void VanadiumPowerBalance::correct(const VanadiumSoc& seen) {
    const double own = now_.sigma_pu * now_.sigma_pu, other = seen.sigma_pu * seen.sigma_pu;
    const double gain = own / (own + other);
    now_.soc_pu = std::clamp(now_.soc_pu + gain * (seen.soc_pu - now_.soc_pu), 0.0, 1.0);
    now_.sigma_pu = std::sqrt((1 - gain) * own);
}

}  // namespace hil::battery
