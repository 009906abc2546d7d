// What safety leaves of a plant's setpoints: the last step between plan and dispatch.
#pragma once

#include "control/setpoint.hpp"
#include "control/trip.hpp"

namespace hil::control {

class RestrainedSetpoints final : public SetpointSource {
  public:
    // All three outlive it.
    RestrainedSetpoints(const SetpointSource& inner, const Restraint& restraint,
                        const config::PowerLimits& limits)
        : inner_(inner), restraint_(restraint), limits_(limits) {}

    [[nodiscard]] Target target(WallTime now) const override;
    [[nodiscard]] std::optional<WallTime> next_change(WallTime now) const override {
        return inner_.next_change(now);
    }

  private:
    const SetpointSource& inner_;
    const Restraint& restraint_;
    const config::PowerLimits& limits_;
};

}  // namespace hil::control
