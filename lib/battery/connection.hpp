// What lies between a battery's converter and the grid: auxiliary loads, the line to the point of
// interconnection (POI), and the grid behind that, whose voltage gives way.
//
//     converter --"battery"--> auxiliary loads --> line R + jX --> "POI" --> grid R + jX --> stiff voltage
//
// Impedances are in per unit on the base of the plant's rated power and its POI voltage. The line costs
// active and reactive power, R (p^2 + q^2) and X (p^2 + q^2), its own voltage taken as nominal. The grid
// moves the voltage at the POI by R p + X q, the usual short-line approximation: good to some percent of the
// drop while that is small against the voltage.
#pragma once

#include "battery/battery_model.hpp"
#include "config/config.hpp"

namespace hil::battery {

struct Impedance {
    double r_pu = 0, x_pu = 0;
};

struct Connection {
    double rated_kw = 1;
    double voltage_kv = 0;    // nominal, at the POI
    double auxiliary_kw = 0;  // cooling, control: at all times, running or not
    Impedance line{}, grid{};

    struct Flow {
        double p_poi_kw = 0, q_poi_kvar = 0, v_poi_kv = 0;
        double line_kw = 0;  // lost on the line
    };
    // What arrives when the battery gives this much and the auxiliary loads take `more_kw` besides their own.
    [[nodiscard]] Flow flow(double p_battery_kw, double q_battery_kvar, double more_kw = 0) const;
    // Neither loads nor impedances: battery and POI are one.
    [[nodiscard]] bool plain() const {
        return auxiliary_kw == 0 && line.r_pu == 0 && line.x_pu == 0 && grid.r_pu == 0 && grid.x_pu == 0;
    }
};

// As the configuration has it. Rated is the larger of the two power limits.
Connection connection_of(const config::PlantModel& model);

// A connection in front of a battery model that has none of its own.
class ConnectedModel final : public BatteryModel {
  public:
    ConnectedModel(std::unique_ptr<BatteryModel> battery, const Connection& connection)
        : battery_(std::move(battery)), connection_(connection) {}

    Output advance(const Command& command, Duration dt) override {
        return behind(battery_->advance(command, dt));
    }
    Output at_rest() const override { return behind(battery_->at_rest()); }
    double capacity_kwh() const override { return battery_->capacity_kwh(); }
    double energy_kwh() const override { return battery_->energy_kwh(); }
    void set_soc(double soc_pu) override { battery_->set_soc(soc_pu); }
    std::optional<Inside> inside() const override { return battery_->inside(); }

  private:
    [[nodiscard]] Output behind(Output out) const;

    std::unique_ptr<BatteryModel> battery_;
    Connection connection_;
};

}  // namespace hil::battery
