// Open-circuit voltages of the electrodes of an LG M50 cell, and that of the whole cell.
//
// Chen et al., "Development of Experimental Techniques for Parameterization of Multi-scale Lithium-ion
// Battery Models", J. Electrochem. Soc. 167 (2020) 080534. Volt against lithium; stoichiometry 0..1 is the
// share of an electrode's sites that hold lithium.
#pragma once

#include "battery/soc_table.hpp"

namespace hil::battery::lg_m50 {

double negative_v(double stoichiometry);  // graphite and silicon
double positive_v(double stoichiometry);  // NMC 811

// Of each electrode over all stoichiometries: thickness, area, share of active material and concentration of
// the paper. Ampere-hours.
inline constexpr double faraday = 96485.33212;
inline constexpr double area_m2 = 0.1027;
inline constexpr double negative_ah = 85.2e-6 * area_m2 * 0.75 * 33133 * faraday / 3600;
inline constexpr double positive_ah = 75.6e-6 * area_m2 * 0.665 * 63104 * faraday / 3600;
inline constexpr double capacity_ah = 5;  // nominal, of the cell

// Of the cell from 2.5 V (empty) to 4.2 V (full): the lithium of the paper's full cell, spread over both
// electrodes.
SocTable open_circuit();

}  // namespace hil::battery::lg_m50
