// How a lithium-ion cell loses capacity and gains resistance, by time and by use.
//
// Iron phosphate (Sony US26650, 3 Ah): calendar ageing of Naumann et al., "Analysis and modeling of calendar
// aging of a commercial LiFePO4/graphite cell", J. Energy Storage 17 (2018); cycle ageing of the same
// authors, "Analysis and modeling of cycle aging …", J. Power Sources 451 (2020).
//
// NMC (Sanyo UR18650E, 2.15 Ah): Schmalstieg et al., "A holistic aging model for Li(NiMnCo)O2 based 18650
// lithium-ion batteries", J. Power Sources 257 (2014). Cycles were measured at 1C and 35 °C only.
//
// The others: blast.hpp.
//
// Losses that grow with a power of time or of throughput below 1 are continued from the loss already there,
// so that a span may be cut into any number of steps.
#pragma once

#include "battery/rainflow.hpp"
#include "battery/soc_table.hpp"

#include <cstdint>
#include <span>

namespace hil::battery {

// Of the capacity and resistance when new; both begin at 0.
struct AgeingState {
    double capacity_loss_pu = 0, resistance_rise_pu = 0;
};

// Rates at constant conditions: loss = loss_rate * x ^ loss_power, rise = rise_rate * x ^ rise_power. With a
// limit the loss bends towards it: loss = limit * (1 - 2 / (1 + exp((loss_rate * x) ^ loss_power))).
struct AgeingRates {
    double loss = 0, rise = 0;
    double loss_power = 0.5, rise_power = 1;
    double loss_limit = 0;  // 0: none
};

// Iron phosphate, per second. Temperature in kelvin, state of charge 0..1.
AgeingRates calendar_ageing(double temperature_k, double soc_pu);
// Iron phosphate, per full equivalent cycle. C-rate in 1/h, depth of discharge 0..1.
AgeingRates cycle_ageing(double c_rate, double depth_pu);
// NMC, per day. Open-circuit voltage of the cell at rest, in volt.
AgeingRates calendar_ageing_nmc(double temperature_k, double voltage_v);
// NMC, per full equivalent cycle. Mean open-circuit voltage of the cycle.
AgeingRates cycle_ageing_nmc(double mean_voltage_v, double depth_pu);

// The state after `amount` more (of the unit of the rates) at these rates.
AgeingState age(AgeingState state, const AgeingRates& rates, double amount);

enum class AgeingLaw : std::uint8_t {
    none,
    iron_phosphate,  // Naumann
    nmc,             // Schmalstieg
    // blast.hpp
    lfp_sony,
    nmc111_kokam,
    nmc811_lg_m50,
    lmo_leaf_second_life,
    lco_estimated,
};

// What a law is called, where it is from, and how far one cell is from it: the standard deviation of the
// speed of its losses, as a share. The spread is a judgement, told so: the laws of one chemistry differ by so
// much among each other where cells of several makers were measured, and by more where they were not.
struct AgeingLawInfo {
    AgeingLaw law;
    const char *name, *source;
    double spread_pu;
};
std::span<const AgeingLawInfo> ageing_laws();
const AgeingLawInfo& info_of(AgeingLaw law);

// Calendar and cycle ageing of one battery, side by side: their losses add up.
class Ageing {
  public:
    // `factor`: how many times as fast as in life. A battery that begins aged lost half of it by time and
    // half by use. The open-circuit voltage is that of the cell; only the law of NMC looks at it.
    Ageing(AgeingLaw law, SocTable ocv_v, double factor = 1, AgeingState begin = {});

    // What counts the cycles points back.
    Ageing(const Ageing&) = delete;
    Ageing& operator=(const Ageing&) = delete;

    // A span of time at these conditions.
    void rest(double seconds, double temperature_k, double soc_pu);
    // The state of charge reached, with the C-rate it was reached at. Ranges count when rainflow closes them.
    void move(double soc_pu, double c_rate);
    // The state of charge was set, by nothing that the battery did: ages nothing, closes no range.
    void jump(double by_pu);

    [[nodiscard]] AgeingState state() const;
    // Counted, not multiplied by the factor.
    [[nodiscard]] double equivalent_cycles() const { return cycles_; }

  private:
    void count(const Cycle& cycle);

    AgeingLaw law_;
    SocTable ocv_v_;
    double factor_;
    AgeingState calendar_, cyclic_;
    double cycles_ = 0;
    double active_loss_ = 1e-8;  // of active material: begins late, then ends the cell
    double c_rate_ = 0;          // mean of what has not been counted yet, weighted by the way moved
    double warmth_k_ = 298.15, temperature_k_ = 298.15;  // the same mean, and the last temperature
    double way_ = 0;
    double last_soc_ = -1;
    Rainflow rainflow_;
};

}  // namespace hil::battery
