// The way from a setpoint to power: a dead time, then a ramp, in front of any battery model.
#pragma once

#include "battery/battery_model.hpp"

#include <list>
#include <optional>

namespace hil::battery {

class Actuator final : public BatteryModel {
  public:
    // What is asked for beyond the limits is cut before it takes its way, so that the ramp does not run on
    // past them.
    Actuator(std::unique_ptr<BatteryModel> battery, Duration delay, std::optional<double> ramp_kw_per_s,
             const config::PowerLimits& limits);

    // A plant that is stopped drops its power at once.
    Output advance(const Command& command, Duration dt) override;
    Output at_rest() const override { return battery_->at_rest(); }
    double capacity_kwh() const override { return battery_->capacity_kwh(); }
    double energy_kwh() const override { return battery_->energy_kwh(); }
    void set_soc(double soc_pu) override { battery_->set_soc(soc_pu); }
    std::optional<Inside> inside() const override { return battery_->inside(); }

  private:
    struct Coming {
        Duration at;  // of this model's own time
        Command command;
    };
    Output piece(Duration length);

    std::unique_ptr<BatteryModel> battery_;
    Duration delay_;
    std::optional<double> ramp_kw_per_s_;
    config::PowerLimits limits_;
    Duration now_{};
    std::list<Coming> coming_;
    Command in_force_;
    double power_kw_ = 0;  // where the ramp is
};

}  // namespace hil::battery
