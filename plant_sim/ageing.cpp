#include "plant_sim/ageing.hpp"

#include <algorithm>
#include <cmath>

namespace hil::plant_sim {
namespace {

constexpr double gas_constant = 8.314462618;  // J/(mol K)
constexpr double reference_k = 298.15;

double arrhenius(double activation_j_mol, double temperature_k) {
    return std::exp(-activation_j_mol / gas_constant * (1 / temperature_k - 1 / reference_k));
}

}  // namespace

AgeingRates calendar_ageing(double temperature_k, double soc_pu) {
    const double s = std::clamp(soc_pu, 0.0, 1.0) - 0.5;
    return {1.2571e-5 * arrhenius(17126, temperature_k) * (2.8575 * s * s * s + 0.60225),
            3.4194e-10 * arrhenius(71827, temperature_k) * (-3.3903 * s * s + 1.5604)};
}

AgeingRates cycle_ageing(double c_rate, double depth_pu) {
    const double loss_at = depth_pu - 0.6, rise_at = depth_pu - 0.5;
    // The fits leave the range they were made for at extreme rates; nothing heals.
    return {
        std::max(0.0, (0.0630 * c_rate + 0.0971) * (4.0253 * loss_at * loss_at * loss_at + 1.0923)) / 100,
        std::max(0.0, (-0.0020 * c_rate + 0.0021) * (6.8477 * rise_at * rise_at * rise_at + 0.9182)) / 100};
}

AgeingState age(AgeingState state, const AgeingRates& rates, double amount) {
    if (amount <= 0) return state;
    if (rates.loss > 0) {
        const double root = state.capacity_loss_pu / rates.loss;
        state.capacity_loss_pu = rates.loss * std::sqrt(root * root + amount);
    }
    state.resistance_rise_pu += rates.rise * amount;
    return state;
}

Ageing::Ageing() : rainflow_([this](const Cycle& cycle) { count(cycle); }) {}

void Ageing::rest(double seconds, double temperature_k, double soc_pu) {
    calendar_ = age(calendar_, calendar_ageing(temperature_k, soc_pu), seconds);
}

void Ageing::move(double soc_pu, double c_rate) {
    if (last_soc_ >= 0) {
        const double way = std::abs(soc_pu - last_soc_);
        if (way > 0) {
            c_rate_ = (c_rate_ * way_ + std::abs(c_rate) * way) / (way_ + way);
            // Old ways fade once a few full cycles lie between.
            way_ = std::min(way_ + way, 8.0);
        }
    }
    last_soc_ = soc_pu;
    rainflow_.add(soc_pu);
}

void Ageing::count(const Cycle& cycle) {
    // A full equivalent cycle moves the whole capacity down and up.
    const double equivalent = cycle.count * cycle.range;
    cycles_ += equivalent;
    cyclic_ = age(cyclic_, cycle_ageing(c_rate_, cycle.range), equivalent);
}

AgeingState Ageing::state() const {
    return {calendar_.capacity_loss_pu + cyclic_.capacity_loss_pu,
            calendar_.resistance_rise_pu + cyclic_.resistance_rise_pu};
}

}  // namespace hil::plant_sim
