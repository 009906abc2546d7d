// How a lithium iron phosphate cell loses capacity and gains resistance, by time and by use.
//
// Empirical models of a Sony US26650 cell: calendar ageing of Naumann et al., "Analysis and modeling of
// calendar aging of a commercial LiFePO4/graphite cell", J. Energy Storage 17 (2018); cycle ageing of the
// same authors, "Analysis and modeling of cycle aging …", J. Power Sources 451 (2020).
//
// Losses that grow with the square root of time or of throughput are continued from the loss already there,
// so that a span may be cut into any number of steps.
#pragma once

#include "plant_sim/rainflow.hpp"

namespace hil::plant_sim {

// Of the capacity and resistance when new; both begin at 0.
struct AgeingState {
    double capacity_loss_pu = 0, resistance_rise_pu = 0;
};

// Rates at constant conditions: loss = loss_rate * sqrt(x), rise = rise_rate * x.
struct AgeingRates {
    double loss = 0, rise = 0;
};

// Per second. Temperature in kelvin, state of charge 0..1.
AgeingRates calendar_ageing(double temperature_k, double soc_pu);
// Per full equivalent cycle. C-rate in 1/h, depth of discharge 0..1.
AgeingRates cycle_ageing(double c_rate, double depth_pu);

// The state after `amount` more (seconds, cycles) at these rates.
AgeingState age(AgeingState state, const AgeingRates& rates, double amount);

// Calendar and cycle ageing of one battery, side by side: their losses add up.
class Ageing {
  public:
    Ageing();

    // A span of time at these conditions.
    void rest(double seconds, double temperature_k, double soc_pu);
    // The state of charge reached, with the C-rate it was reached at. Ranges count when rainflow closes them.
    void move(double soc_pu, double c_rate);

    [[nodiscard]] AgeingState state() const;
    [[nodiscard]] double equivalent_cycles() const { return cycles_; }

  private:
    void count(const Cycle& cycle);

    AgeingState calendar_, cyclic_;
    double cycles_ = 0;
    double c_rate_ = 0;  // mean of what has not been counted yet, weighted by the way moved
    double way_ = 0;
    double last_soc_ = -1;
    Rainflow rainflow_;
};

}  // namespace hil::plant_sim
