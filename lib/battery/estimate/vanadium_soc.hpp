// State of charge of a vanadium flow battery without its current: from the open-circuit voltage of a
// reference cell, or from the balance of power.
#pragma once

#include "battery/vanadium.hpp"

namespace hil::battery {

struct VanadiumSoc {
    double soc_pu = 0.5, sigma_pu = 0.5;
};

// Of the electrolyte: the inverse of vanadium_nernst_v(), which rises everywhere. `voltage_sigma_v` is what
// the reading may be off.
VanadiumSoc vanadium_soc_of_ocv(double voltage_v, double temperature_k, double voltage_sigma_v = 0.003);

// What goes in and out on the grid's side, less what converter, stack and crossover take: good to some
// percent of what it moved, and corrected by every reading of a reference cell.
class VanadiumPowerBalance {
  public:
    struct Settings {
        double capacity_kwh = 400;  // electrical, between empty and full at the open-circuit voltage
        double charge_efficiency = 0.88,
               discharge_efficiency = 0.88;  // grid to electrolyte and back, no pumps
        double pump_kw = 0;
        double crossover_per_day = 0.14;
        double efficiency_pu = 0.05;  // what the efficiencies may be off, standard deviation
    };
    VanadiumPowerBalance(Settings settings, VanadiumSoc begin) : settings_(settings), now_(begin) {}

    // At the grid, positive discharges; pumps are part of it while they run.
    void add(double power_kw, bool running, double dt_s);
    // A reading of the cell's voltage, weighed against what is known.
    void correct(const VanadiumSoc& seen);
    [[nodiscard]] const VanadiumSoc& soc() const { return now_; }

  private:
    Settings settings_;
    VanadiumSoc now_;
};

}  // namespace hil::battery
