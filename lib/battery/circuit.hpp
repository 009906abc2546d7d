// The equivalent circuit of a cell: open-circuit voltage over the state of charge, a series resistance, two
// RC pairs, a coulombic efficiency and one thermal node.
//
//     U = OCV(s) - M h - I R0 - U1 - U2        C_k dU_k/dt = I - U_k / R_k
//     dh/dw = g (sign(I) - h)                  m c dT/dt = losses - (T - ambient) / R_th
//
// M h is hysteresis (Plett, Battery Management Systems I, 2015): h goes to 1 while discharging and to -1
// while charging with the charge w that moves. What it holds, M Q h^2 / (2 g), is what makes its loss never
// negative.
//
// Within a step the current is constant; every integral over it is exact, so that energy is conserved to
// rounding whatever the step: what leaves the terminals plus all losses equals what the cell and its RC pairs
// held before minus after.
//
// A cell is kept within its charge and its voltages by the current: a step ends at most on empty, full, v_min
// or v_max. A cell that is beyond a voltage already gives or takes nothing in that direction.
#pragma once

#include "battery/soc_table.hpp"

#include <array>

namespace hil::battery {

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
    double hysteresis_v = 0;            // M: half of what parts charging from discharging at no current
    double hysteresis_rate = 0;         // g: 50 goes over within some percent of the charge
    double coulombic_efficiency = 1;    // of charging
    double v_min = 0, v_max = 1e9;      // no current leads beyond these
    double heat_capacity_j_k = 50;      // m c
    double thermal_resistance_k_w = 5;  // to the ambient
    // The cell loses charge by itself: share of the present charge in a second at 25 °C, and
    // rate(T) = rate(25 °C) * exp(-this * (1/T - 1/298.15)).
    double self_discharge_per_s = 0;
    double self_discharge_activation_k = 0;
};

struct CellState {
    double soc_pu = 0.5;
    std::array<double, 2> pair_v{};
    double temperature_k = 298.15;
    double hysteresis = 0;  // h, -1 to 1
};

// Of one step; energies in joule, positive out of the cell.
struct CellStep {
    double current_a = 0;
    double voltage_v = 0;  // mean over the step
    double end_voltage_v = 0;
    double energy_j = 0;   // through the terminals
    double loss_j = 0;     // all of it: resistances, coulombic, self-discharge
    bool limited = false;  // a bound of charge or voltage kept it from the power asked for
};

class Cell {
  public:
    explicit Cell(CellParameters parameters, CellState state = {});

    // Mean power through the terminals in watt, positive out, for `dt_s` seconds. `more` is what else acts on
    // it meanwhile.
    struct Surroundings {
        double ambient_k = 298.15;
        double self_discharge_share = 1;  // of the rate of the parameters
        double heat_w = 0;                // from elsewhere into the cell
    };
    CellStep advance(double power_w, double dt_s, const Surroundings& more);
    CellStep advance(double power_w, double dt_s, double ambient_k) {
        return advance(power_w, dt_s, Surroundings{.ambient_k = ambient_k});
    }
    // The same with a current in ampere.
    CellStep advance_current(double current_a, double dt_s, const Surroundings& more);

    [[nodiscard]] const CellState& state() const { return state_; }
    void set_soc(double soc_pu);
    [[nodiscard]] const CellParameters& parameters() const { return parameters_; }
    // Chemical energy that would leave at the open-circuit voltage, and that of the RC pairs and of the
    // hysteresis. Joule.
    [[nodiscard]] double stored_j() const;
    // Of the whole range of charge: the cell's nominal energy.
    [[nodiscard]] double nominal_j() const { return parameters_.ocv_v.integral(1) * capacity_c(); }
    // Ageing: what is left of the capacity, and how much the resistance rose. The state of charge stays.
    void age(double capacity_pu, double resistance_pu);

    [[nodiscard]] double capacity_pu() const { return capacity_pu_; }
    // What leaves the terminals at open circuit.
    [[nodiscard]] double rest_voltage_v() const {
        return parameters_.ocv_v.at(state_.soc_pu) - parameters_.hysteresis_v * state_.hysteresis -
               state_.pair_v[0] - state_.pair_v[1];
    }

  private:
    struct Line;  // the circuit over one step, linear in the current but for the open-circuit voltage
    [[nodiscard]] CellStep at_rest() const;  // a step of no length
    [[nodiscard]] double capacity_c() const { return parameters_.capacity_ah * 3600 * capacity_pu_; }
    [[nodiscard]] double resistance(bool charging) const;
    [[nodiscard]] double pair_energy_j() const;
    [[nodiscard]] double hysteresis_energy_j() const;
    [[nodiscard]] Line line(bool charging, double dt_s) const;
    [[nodiscard]] double within_charge(double current_a, double dt_s) const;
    [[nodiscard]] double within_voltage(double current_a, const Line& line) const;
    void finish(const Line& line, double dt_s, const Surroundings& more, CellStep& out);

    CellParameters parameters_;
    CellState state_;
    double capacity_pu_ = 1, resistance_pu_ = 1;
    // exp(-dt/tau) for the step length of before.
    void set_step(double dt_s);
    double dt_s_ = -1;
    std::array<double, 2> decay_{}, mean_decay_{};  // at the end of the step, and its mean over it
    std::array<double, 2> farad_{};
    double thermal_decay_ = 1;
};

}  // namespace hil::battery
