#include "battery/ageing.hpp"

#include "battery/blast.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hil::battery {
namespace {

constexpr double gas_constant = 8.314462618;  // J/(mol K)
constexpr double reference_k = 298.15;

double arrhenius(double activation_j_mol, double temperature_k) {
    return std::exp(-activation_j_mol / gas_constant * (1 / temperature_k - 1 / reference_k));
}

// value = rate * x^power, `amount` further on.
double continued(double value, double rate, double power, double amount) {
    if (rate <= 0) return value;
    if (power == 1) return value + rate * amount;
    if (power == 0.5) {
        const double root = value / rate;
        return rate * std::sqrt(root * root + amount);
    }
    return rate * std::pow(std::pow(value / rate, 1 / power) + amount, power);
}

constexpr AgeingLawInfo known_laws[] = {
    {AgeingLaw::none, "none", "does not age", 0},
    {AgeingLaw::iron_phosphate, "lfp_naumann",
     "Naumann et al., J. Energy Storage 17 (2018), J. Power Sources 451 (2020)", 0.2},
    {AgeingLaw::nmc, "nmc111_schmalstieg", "Schmalstieg et al., J. Power Sources 257 (2014)", 0.3},
    {AgeingLaw::lfp_sony, "lfp_sony", "NREL BLAST-Lite, Sony-Murata 3 Ah 2018 (BSD-3-Clause)", 0.2},
    {AgeingLaw::nmc111_kokam, "nmc111_kokam", "NREL BLAST-Lite, Kokam 75 Ah 2017 (BSD-3-Clause)", 0.25},
    {AgeingLaw::nmc811_lg_m50, "nmc811_lg_m50", "NREL BLAST-Lite, LG M50 5 Ah 2021 (BSD-3-Clause)", 0.25},
    {AgeingLaw::lmo_leaf_second_life, "lmo_leaf_second_life",
     "NREL BLAST-Lite, Nissan Leaf 66 Ah second life 2020 (BSD-3-Clause)", 0.3},
    {AgeingLaw::lco_estimated, "lco_estimated", "estimated: no measurement of a cell stands behind it", 0.5}};

}  // namespace

std::span<const AgeingLawInfo> ageing_laws() {
    return known_laws;
}

const AgeingLawInfo& info_of(AgeingLaw law) {
    return *std::ranges::find(known_laws, law, &AgeingLawInfo::law);
}

AgeingRates calendar_ageing(double temperature_k, double soc_pu) {
    const double s = std::clamp(soc_pu, 0.0, 1.0) - 0.5;
    return {.loss = 1.2571e-5 * arrhenius(17126, temperature_k) * (2.8575 * s * s * s + 0.60225),
            .rise = 3.4194e-10 * arrhenius(71827, temperature_k) * (-3.3903 * s * s + 1.5604)};
}

AgeingRates cycle_ageing(double c_rate, double depth_pu) {
    const double loss_at = depth_pu - 0.6, rise_at = depth_pu - 0.5;
    // The fits leave the range they were made for at extreme rates; nothing heals.
    const double loss = (0.0630 * c_rate + 0.0971) * (4.0253 * loss_at * loss_at * loss_at + 1.0923);
    const double rise = (-0.0020 * c_rate + 0.0021) * (6.8477 * rise_at * rise_at * rise_at + 0.9182);
    return {.loss = std::max(0.0, loss) / 100, .rise = std::max(0.0, rise) / 100};
}

AgeingRates calendar_ageing_nmc(double temperature_k, double voltage_v) {
    return {.loss = std::max(0.0, 7.543 * voltage_v - 23.75) * 1e6 * std::exp(-6976 / temperature_k),
            .rise = std::max(0.0, 5.270 * voltage_v - 16.32) * 1e5 * std::exp(-5986 / temperature_k),
            .loss_power = 0.75,
            .rise_power = 0.75};
}

AgeingRates cycle_ageing_nmc(double mean_voltage_v, double depth_pu) {
    constexpr double ampere_hours = 2 * 2.15;  // through the cell of the fit, both ways, in one cycle
    const double loss_at = mean_voltage_v - 3.667, rise_at = mean_voltage_v - 3.725;
    const double loss = 7.348e-3 * loss_at * loss_at + 7.600e-4 + 4.081e-3 * depth_pu;
    const double rise = 2.153e-4 * rise_at * rise_at - 1.521e-5 + 2.798e-4 * depth_pu;
    return {.loss = loss * std::sqrt(ampere_hours), .rise = std::max(0.0, rise) * ampere_hours};
}

AgeingState age(AgeingState state, const AgeingRates& rates, double amount) {
    if (amount <= 0) return state;
    const double loss =
        rates.loss_limit > 0
            ? bent_loss(state.capacity_loss_pu, rates.loss_limit, rates.loss, rates.loss_power, amount)
            : continued(state.capacity_loss_pu, rates.loss, rates.loss_power, amount);
    return {.capacity_loss_pu = loss,
            .resistance_rise_pu = continued(state.resistance_rise_pu, rates.rise, rates.rise_power, amount)};
}

Ageing::Ageing(AgeingLaw law, SocTable ocv_v, double factor, AgeingState begin)
    : law_(law),
      ocv_v_(std::move(ocv_v)),
      factor_(factor),
      calendar_{begin.capacity_loss_pu / 2, begin.resistance_rise_pu / 2},
      cyclic_(calendar_),
      rainflow_([this](const Cycle& cycle) { count(cycle); }) {}

void Ageing::rest(double seconds, double temperature_k, double soc_pu) {
    constexpr double day = 86'400;
    const double lived = seconds * factor_;
    if (law_ == AgeingLaw::iron_phosphate)
        calendar_ = age(calendar_, calendar_ageing(temperature_k, soc_pu), lived);
    if (law_ == AgeingLaw::nmc)
        calendar_ = age(calendar_, calendar_ageing_nmc(temperature_k, ocv_v_.at(soc_pu)), lived / day);
    if (law_ > AgeingLaw::nmc)
        calendar_ = age(calendar_, blast_calendar(law_, temperature_k, soc_pu), lived / day);
    temperature_k_ = temperature_k;
}

void Ageing::move(double soc_pu, double c_rate) {
    if (last_soc_ >= 0) {
        const double way = std::abs(soc_pu - last_soc_);
        if (way > 0) {
            c_rate_ = (c_rate_ * way_ + std::abs(c_rate) * way) / (way_ + way);
            warmth_k_ = (warmth_k_ * way_ + temperature_k_ * way) / (way_ + way);
            // Old ways fade once a few full cycles lie between.
            way_ = std::min(way_ + way, 8.0);
        }
    }
    last_soc_ = soc_pu;
    rainflow_.add(soc_pu);
}

void Ageing::jump(double by_pu) {
    if (last_soc_ < 0) return;  // nothing has moved yet
    last_soc_ += by_pu;
    rainflow_.shift(by_pu);
}

void Ageing::count(const Cycle& cycle) {
    // A full equivalent cycle moves the whole capacity down and up.
    const double equivalent = cycle.count * cycle.range;
    cycles_ += equivalent;
    const double lived = equivalent * factor_;
    if (law_ == AgeingLaw::iron_phosphate) cyclic_ = age(cyclic_, cycle_ageing(c_rate_, cycle.range), lived);
    if (law_ == AgeingLaw::nmc)
        cyclic_ = age(cyclic_, cycle_ageing_nmc(ocv_v_.at(cycle.mean), cycle.range), lived);
    if (law_ <= AgeingLaw::nmc) return;
    const CycleConditions at{
        .temperature_k = warmth_k_, .depth_pu = cycle.range, .mean_soc_pu = cycle.mean, .c_rate = c_rate_};
    cyclic_ = age(cyclic_, blast_cycle(law_, at), lived);
    if (law_ == AgeingLaw::nmc111_kokam) active_loss_ = kokam_active_loss(active_loss_, at, lived);
}

AgeingState Ageing::state() const {
    if (law_ == AgeingLaw::nmc111_kokam)
        return kokam_state({calendar_.capacity_loss_pu + cyclic_.capacity_loss_pu,
                            calendar_.resistance_rise_pu + cyclic_.resistance_rise_pu},
                           active_loss_);
    return {calendar_.capacity_loss_pu + cyclic_.capacity_loss_pu,
            calendar_.resistance_rise_pu + cyclic_.resistance_rise_pu};
}

}  // namespace hil::battery
