// Parameters of the batteries that can be emulated, with where they come from.
#pragma once

#include "plant_sim/physical_model.hpp"

namespace hil::plant_sim {

// Lithium iron phosphate: Sony US26650, 3 Ah. Open-circuit voltage and resistances as measured for SimSES
// (Möller et al., J. Energy Storage 49, 2022; BSD-3).
Physics lithium_iron_phosphate();

// Lithium nickel manganese cobalt oxide: a Samsung cell as measured for bess-opt-benchmark (MIT), 94 Ah,
// open-circuit voltage at 25 °C, resistances at 25 °C and 1 C.
Physics lithium_nickel_manganese_cobalt();

// Vanadium redox flow: open-circuit voltage by Nernst with the protons of 6 M acid and the resistances of the
// stack of Blanc and Rufer, "Understanding the Vanadium Redox Flow Batteries" (2010), the electrolyte used
// from 5 to 95 %. Pumps, crossover and converter so that a plant of 400 kWh and 160 kW lies in the published
// band of 0.60 to 0.72 AC to AC.
Physics vanadium_redox_flow();

// Open-circuit voltage of one vanadium cell; `soc` of the electrolyte, inside 0..1. Volt.
double vanadium_nernst_v(double soc, double temperature_k = 298.15);

}  // namespace hil::plant_sim
