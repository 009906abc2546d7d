// Parameters of the batteries that can be emulated, with where they come from. What a source does not have
// is typical of such cells and said to be so.
//
// All lithium cells: 60 % of a measured resistance acts at once, 25 % with a time constant of 20 s, 15 % with
// one of 300 s (typical); R(T) by 1600 K (between the measurements of the two cells at 10 to 40 °C);
// coulombic efficiency 0.999, self-discharge 2 % a month (typical).
#pragma once

#include "battery/physical_model.hpp"

namespace hil::battery {

// Lithium iron phosphate: Sony US26650, 3 Ah. Open-circuit voltage and resistances as measured for SimSES
// (Möller et al., J. Energy Storage 49, 2022; BSD-3).
Physics lithium_iron_phosphate();

// Lithium nickel manganese cobalt oxide: a Samsung cell as measured for bess-opt-benchmark (MIT), 94 Ah,
// open-circuit voltage at 25 °C, resistances at 25 °C and 1 C.
Physics lithium_nickel_manganese_cobalt();

// Lithium manganese oxide: a cell of the first Nissan Leaf, 30.3 Ah at 1C, fitted to the cycles that ORNL
// measured (nissan-leaf-data, MIT). It ages by the law of NMC for want of one.
Physics lithium_manganese_oxide();

// NMC 811 with graphite and silicon: LG M50, 5 Ah; open-circuit voltages of both electrodes by Chen et al.
// (lg_m50.hpp), 30 mΩ (typical). It ages by the law of NMC 111 for want of one.
Physics lithium_lg_m50();

// Lithium cobalt oxide, estimated: an open-circuit voltage of five points and 1.5 mΩ at 50 Ah, by rules of
// thumb; no cell was measured.
Physics lithium_cobalt_oxide();

}  // namespace hil::battery
