// Vanadium redox flow: the stack and tanks of Blanc and Rufer, "Understanding the Vanadium Redox Flow
// Batteries", in Paths to Sustainable Energy (2010), and a plant made of such stacks.
#pragma once

#include "battery/physical_model.hpp"

namespace hil::battery {

// Open-circuit voltage of one cell by Nernst, standard potential 1.23 V and 6 mol/l of protons when
// discharged; `soc` of the electrolyte, inside 0..1. Volt.
double vanadium_nernst_v(double soc, double temperature_k = 298.15);

// Cells in series on a pair of tanks.
struct VanadiumStack {
    double cells = 19;
    double tank_l = 83;  // each
    double vanadium_mol_l = 2;
    double flow_l_s = 2;
    double charge_ohm = 0.037, discharge_ohm = 0.039;  // of the stack

    // One cell's share of the tanks, all of it used. Ampere-hours.
    [[nodiscard]] double electrolyte_ah() const;
};

// One cell of a stack between two states of charge of its electrolyte. What the cells see is the mean of
// what enters and what leaves them: a resistance, dU/ds times half the change of charge on the way through.
CellParameters vanadium_cell(const VanadiumStack& stack, double lowest, double highest,
                             std::size_t resolution = 200);

// A plant of such stacks with electrolyte for 2.5 h at 60 A, used from 5 to 95 %.
//
// Crossover: 14 % of the charge a day while the pumps run, at 25 °C: the order of the diffusion coefficients
// of Sun et al., J. Power Sources 195 (2010) 890, set so that the coulombic efficiency of a cycle at rated
// power is 0.985. It rises with temperature by 2200 K (typical); at rest only the 3 % of the electrolyte that
// stand in the stack take part. Resistance falls with temperature by 1000 K, about 1.1 % a kelvin (typical).
// Pumps: 4.2 % of the rated power and more with the flow, so that a plant of 400 kWh and 160 kW lies in the
// published band of 0.60 to 0.72 from AC to AC; half of their power warms the electrolyte (typical).
// Power is taken back over the last 5 % of charge on both ends, and above 40 °C, where vanadium(V) begins to
// precipitate: none at 45 °C. None is charged near freezing either.
Physics vanadium_redox_flow();

}  // namespace hil::battery
