// Ageing of cells by the equations that NREL published with BLAST-Lite (github.com/NREL/BLAST-Lite, commits
// 039b74d and 7536216, BSD-3-Clause, copyright 2023 Alliance for Sustainable Energy, LLC; Gasper et al.,
// "Machine-learning assisted identification of accurate battery lifetime models with uncertainty", J.
// Electrochem. Soc. 169 (2022) 080518). The equations and their constants only; they are continued here
// exactly from the loss already there, so that a span may be cut into any number of steps, and fed with the
// cycles of rainflow counting instead of with days.
//
//   lfp_sony              the cell of Naumann's measurements, identified anew. Break-in of tests with more
//   than
//                         three cycles a day is left out. Cycled at 25 and 45 °C; no effect of temperature on
//                         cycles.
//   nmc111_kokam          75 Ah pouch, 0 to 45 °C, depth 0.8 to 1, 1C. Loss of lithium, and of active
//   material, which
//                         begins late: the knee. No effect of the C-rate.
//   nmc811_lg_m50         5 Ah, graphite with silicon; cycled at 0 to 25 °C, full depth. No resistance.
//   lmo_leaf_second_life  half-modules at about 70 % of what they were; losses are relative to the capacity
//   they
//                         begin with. Cycled at 25 °C, 1C, full depth only. No resistance.
//
// And one that is nobody's: lco_estimated, after rules of thumb for cobalt oxide, for want of a measured law.
#pragma once

#include "battery/ageing.hpp"

namespace hil::battery {

struct CycleConditions {
    double temperature_k = 298.15, depth_pu = 1, mean_soc_pu = 0.5, c_rate = 1;
};

// Per day; per full equivalent cycle. Precondition: one of the laws named above.
AgeingRates blast_calendar(AgeingLaw law, double temperature_k, double soc_pu);
AgeingRates blast_cycle(AgeingLaw law, const CycleConditions& at);

// Potential of a graphite electrode against lithium over the cell's charge (Safari and Delacourt, J.
// Electrochem. Soc. 158 (2011) A562). Volt.
double graphite_v(double soc_pu);

// loss = limit (1 - 2 / (1 + exp((rate x)^power))), `amount` further on. Beyond the limit it stands still.
double bent_loss(double loss, double limit, double rate, double power, double amount);

// Kokam: the share of active material lost after more cycles, and what is left of the cell by both.
double kokam_active_loss(double loss, const CycleConditions& at, double cycles);
AgeingState kokam_state(const AgeingState& lithium, double active_loss);

}  // namespace hil::battery
