// A battery without losses: it follows its setpoint at once, within its power limits, until it is full or
// empty.
#pragma once

#include "battery/battery_model.hpp"

namespace hil::battery {

// Active power is clamped to the limits of the plant, then to what the stored energy allows over the step:
// a step that would end below empty or above full delivers exactly what is left. The state of charge wins
// over the power limits. Reactive power is clamped to its own limits only. Voltage is nominal.
class IdealModel final : public BatteryModel {
  public:
    // Precondition: limits ordered, capacity not negative; 0 gives a plant that can only serve reactive
    // power.
    IdealModel(const config::PlantModel& model, double initial_soc_pu);

    Output advance(const Command& command, Duration dt) override;
    Output at_rest() const override;
    double capacity_kwh() const override { return capacity_kwh_; }
    double energy_kwh() const override { return energy_kwh_; }
    void set_soc(double soc_pu) override;

  private:
    [[nodiscard]] double soc() const { return capacity_kwh_ > 0 ? energy_kwh_ / capacity_kwh_ : 0.0; }
    double move_energy(double p_kw, Duration dt);

    double capacity_kwh_;
    double energy_kwh_ = 0;
    double v_poi_kv_;
    config::PowerLimits limits_;
};

}  // namespace hil::battery
