// Round-trip efficiency of a range in which the state of charge did not end where it began.
//
// By definition (IEC 62933-2-1; the Sandia/PNNL protocol for energy storage performance, SAND2016-3078) it is
// energy discharged over energy charged between two instants of equal state of charge. Recorded ranges seldom
// end so. The difference that stayed in the battery, dE = sum of (SoC at end - SoC at begin) x capacity over
// the stretches that are known, is taken into account with equal losses on the way in and on the way out, n
// each way:
//     charged * n - discharged / n = dE   =>   n = (dE + sqrt(dE^2 + 4 charged discharged)) / (2 charged)
// and the efficiency is n^2, which is discharged / charged where dE = 0. It is given only where it says
// something; otherwise the reason is.
#pragma once

#include <optional>
#include <string>

namespace hil::report {

struct RoundTrip {
    std::optional<double> efficiency;  // 0..1, a little above where registers are coarse
    std::string why_not;               // a sentence; empty where there is an efficiency
    bool corrected = false;            // the state of charge ended elsewhere than it began
};

// Energies in kWh, not negative. `stored_kwh`: dE; none: the state of charge was not known.
RoundTrip round_trip(double charged_kwh, double discharged_kwh, std::optional<double> stored_kwh,
                     double capacity_kwh);

}  // namespace hil::report
