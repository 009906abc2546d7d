// Holds the power at the point of connection at a value, though its meter is late and the devices take their
// time. Pure: no clock, seconds of any origin.
//
// What the meter shows is what nobody controls plus what the own devices gave when it was measured. Who
// corrects what the meter shows, as it comes, corrects the same step once for each period until it is seen:
// that hunts. Here the own part is taken off first, with the response of the devices to what they were told,
// and the rest is the disturbance, which alone is answered. How long a device really takes is known roughly;
// the response is bracketed by a fast and a slow one, and a reading that either of them, or anything between,
// explains with the disturbance that was known already changes nothing.
//
// Signs: export and discharge are positive.
#pragma once

#include "site/response.hpp"

#include <optional>

namespace hil::site {

struct HoldOptions {
    double delay_s = 0.5;        // of the devices, from the command to the first effect; assumed
    double kw_per_s = 1e9;       // of their ramp
    double delay_factor = 2;     // the true delay lies between the assumed one divided and multiplied by it
    double ramp_factor = 1.1;    // the same of the ramp
    double dead_band_kw = 0.01;  // what is wanted changes by more than this, or not at all
};

class PoiHold {
  public:
    explicit PoiHold(const HoldOptions& options);

    // The meter: so much flowed at the POI at `at_s` (export > 0). Readings older than the last are ignored.
    void measured(double poi_kw, double at_s);
    // What the devices are to give together, within [least, most], so that `poi_kw` flows at the POI. None
    // before the first reading.
    std::optional<double> decide(double poi_kw, double least_kw, double most_kw, double now_s);
    // Somebody else decided: the devices are told this.
    void told(double kw, double now_s);

    // What flows without the devices, as far as known: loads (< 0) and whatever is not controlled.
    [[nodiscard]] std::optional<double> disturbance() const { return disturbance_; }

  private:
    HoldOptions options_;
    Response fast_, slow_;
    std::optional<double> disturbance_, measured_at_, told_kw_;
};

}  // namespace hil::site
