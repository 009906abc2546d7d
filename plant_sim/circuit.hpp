// The equivalent circuit of a cell: open-circuit voltage over the state of charge, a series resistance, two
// RC pairs, a coulombic efficiency and one thermal node.
//
//     U = OCV(s) - I R0 - U1 - U2        C_k dU_k/dt = I - U_k / R_k
//     m c dT/dt = losses - (T - ambient) / R_th
//
// Within a step the current is constant; every integral over it is exact, so that energy is conserved to
// rounding whatever the step: what leaves the terminals plus all losses equals what the cell and its RC pairs
// held before minus after.
#pragma once

#include "plant_sim/soc_table.hpp"

#include <array>

namespace hil::plant_sim {

struct RcPair {
    double ohm = 0;
    double tau_s = 1;
};

struct CellParameters {
    double capacity_ah = 1;
    SocTable ocv_v;                      // open-circuit voltage
    SocTable charge_ohm, discharge_ohm;  // series resistance R0 at 25 °C
    double resistance_activation_k = 0;  // R(T) = R(25 °C) * exp(this * (1/T - 1/298.15))
    std::array<RcPair, 2> pairs{};
    double coulombic_efficiency = 1;    // of charging
    double v_min = 0, v_max = 1e9;      // no current leads beyond these
    double heat_capacity_j_k = 50;      // m c
    double thermal_resistance_k_w = 5;  // to the ambient
    // The cell loses charge by itself: share of the present charge in a second.
    double self_discharge_per_s = 0;
};

struct CellState {
    double soc_pu = 0.5;
    std::array<double, 2> pair_v{};
    double temperature_k = 298.15;
};

// Of one step; energies in joule, positive out of the cell.
struct CellStep {
    double current_a = 0;
    double voltage_v = 0;  // mean over the step
    double energy_j = 0;   // through the terminals
    double loss_j = 0;     // all of it: resistances, coulombic, self-discharge
    bool limited = false;  // a bound of charge or voltage kept it from the power asked for
};

class Cell {
  public:
    explicit Cell(CellParameters parameters, CellState state = {});

    // Mean power through the terminals in watt, positive out, for `dt_s` seconds.
    CellStep advance(double power_w, double dt_s, double ambient_k);

    [[nodiscard]] const CellState& state() const { return state_; }
    void set_soc(double soc_pu);
    [[nodiscard]] const CellParameters& parameters() const { return parameters_; }
    // Chemical energy that would leave at the open-circuit voltage, and that of the RC pairs. Joule.
    [[nodiscard]] double stored_j() const;
    // Of the whole range of charge: the cell's nominal energy.
    [[nodiscard]] double nominal_j() const { return parameters_.ocv_v.integral(1) * capacity_c(); }
    // Ageing: what is left of the capacity, and how much the resistance rose. The state of charge stays.
    void age(double capacity_pu, double resistance_pu);

  private:
    [[nodiscard]] double capacity_c() const { return parameters_.capacity_ah * 3600 * capacity_pu_; }
    [[nodiscard]] double resistance(bool charging) const;
    [[nodiscard]] double pair_energy_j() const;

    CellParameters parameters_;
    CellState state_;
    double capacity_pu_ = 1, resistance_pu_ = 1;
    // exp(-dt/tau) for the step length of before.
    void set_step(double dt_s);
    double dt_s_ = -1;
    std::array<double, 2> decay_{}, mean_decay_{};  // at the end of the step, and its mean over it
    double thermal_decay_ = 1;
};

}  // namespace hil::plant_sim
