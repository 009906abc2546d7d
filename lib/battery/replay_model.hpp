// A recording in the place of a battery: the meters show what they showed then, whatever the setpoints say.
// Setpoints and the registers that start and stop the plant are registers as those of any other plant.
#pragma once

#include "battery/battery_model.hpp"
#include "battery/recording.hpp"

namespace hil::battery {

class ReplayModel final : public BatteryModel {
  public:
    // `zero`: which instant of the recording is played at Instant{}: the rest follows from the time the model
    // is told. With ReplayGaps::hold a value that is not known is the one before, otherwise NaN.
    ReplayModel(std::shared_ptr<const Recording> recording, config::ReplayGaps gaps, double capacity_kwh,
                WallTime zero);

    void set_time(Instant now) override;
    Output advance(const Command& command, Duration dt) override;
    [[nodiscard]] Output at_rest() const override { return shown_; }
    [[nodiscard]] double capacity_kwh() const override { return capacity_kwh_; }
    // 0 while the state of charge is not known.
    [[nodiscard]] double energy_kwh() const override;
    void set_soc(double) override {}  // nobody charges the past
    [[nodiscard]] bool seedable() const override { return false; }

  private:
    void take(const Output& output);

    std::shared_ptr<const Recording> recording_;
    config::ReplayGaps gaps_;
    double capacity_kwh_;
    WallTime zero_;
    std::size_t hint_ = 0;
    Output shown_;
};

}  // namespace hil::battery
