#include "battery/converter.hpp"

#include <algorithm>
#include <cmath>

namespace hil::battery {

double ConverterCurve::out(double in) const {
    // in = p0 + (1 + k1) out + k2 out^2
    const double rest = in - p0;
    if (rest <= 0) return 0;
    const double b = 1 + k1;
    if (k2 == 0) return rest / b;
    return (std::sqrt(b * b + 4 * k2 * rest) - b) / (2 * k2);
}

double Converter::dc_kw(double ac_kw) const {
    if (ac_kw > 0) {
        const double out = ac_kw / rated_kw;
        return (out + discharge.loss(out)) * rated_kw;
    }
    if (ac_kw < 0) return -charge.out(-ac_kw / rated_kw) * rated_kw;
    return 0;
}

double Converter::ac_kw(double dc_kw) const {
    if (dc_kw > 0) return discharge.out(dc_kw / rated_kw) * rated_kw;
    if (dc_kw < 0) {
        const double out = -dc_kw / rated_kw;
        return -(out + charge.loss(out)) * rated_kw;
    }
    return 0;
}

}  // namespace hil::battery
