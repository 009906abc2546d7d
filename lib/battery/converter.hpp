// The losses of a battery converter, by the usual curve of a constant, a linear and a square part:
//
//     loss = P0 + K1 * p + K2 * p^2      (all in shares of the rated power, p the power that leaves it)
//
// With K1 = 0 this is the efficiency p / (p + P0 + K * p^2) that inverter laboratories publish.
#pragma once

namespace hil::battery {

struct ConverterCurve {
    double p0 = 0, k1 = 0, k2 = 0;

    // Share of the rated power that is lost while `out` leaves; nothing is lost while it is off.
    [[nodiscard]] double loss(double out) const { return p0 + k1 * out + k2 * out * out; }
    // 0 at 0.
    [[nodiscard]] double efficiency(double out) const { return out > 0 ? out / (out + loss(out)) : 0; }
    // What leaves while `in` enters: the inverse, 0 where everything is lost.
    [[nodiscard]] double out(double in) const;
};

// Published fits of a Sungrow hybrid converter (HTW Berlin, efficiency guideline for PV storage systems).
// Charging: grid to battery; discharging: battery to grid.
inline constexpr ConverterCurve sungrow_charge{0.007701864, 0, 0.017290859};
inline constexpr ConverterCurve sungrow_discharge{0.005511580, 0, 0.018772838};

// A converter between a battery (DC) and the grid (AC), rated in kW. Positive is discharge, as everywhere.
struct Converter {
    ConverterCurve charge = sungrow_charge, discharge = sungrow_discharge;
    double rated_kw = 1;

    // What the battery gives (or takes, negative) for this power on the grid's side; 0 for 0: it is off.
    [[nodiscard]] double dc_kw(double ac_kw) const;
    // The inverse: what reaches the grid from this power of the battery.
    [[nodiscard]] double ac_kw(double dc_kw) const;
};

}  // namespace hil::battery
