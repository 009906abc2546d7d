// What safety leaves of a plant's setpoints: the last step between plan and dispatch.
#pragma once

#include "control/setpoint.hpp"
#include "control/trip.hpp"

namespace hil::control {

class DeratedSetpoints final : public SetpointSource {
  public:
    // All three outlive it.
    DeratedSetpoints(const SetpointSource& inner, const Derating& derating, const config::PowerLimits& limits)
        : inner_(inner), derating_(derating), limits_(limits) {}

    [[nodiscard]] Setpoint at(WallTime now) const override;
    [[nodiscard]] std::optional<WallTime> next_change(WallTime now) const override {
        return inner_.next_change(now);
    }

  private:
    const SetpointSource& inner_;
    const Derating& derating_;
    const config::PowerLimits& limits_;
};

}  // namespace hil::control
