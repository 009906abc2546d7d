#include "battery/blast.hpp"

#include <algorithm>
#include <cmath>

namespace hil::battery {
namespace {

constexpr double day_in_s = 86'400;

double power_of(double x, double exponent) {
    return std::pow(x, exponent);
}

// Sony: the loss by time bends towards `limit` with the exponent `bend`.
AgeingRates sony_calendar(double kelvin, double soc) {
    const double v = graphite_v(soc), k2 = kelvin * kelvin, k3 = k2 * kelvin;
    const double root = std::sqrt(v), third = std::cbrt(v), fourth = power_of(v, 0.25);
    const double limit =
        0.989687151293590 * std::exp(-2881067.56019324 / k2 * root + 8742.06309157261 / kelvin * root);
    const double bend = 0.000332850281062177 *
                        std::exp(734553185711.369 / (k2 * k2) * third - 2.82161575620780e-06 * k3 * fourth -
                                 3284991315.45121 / k3 * third + 0.00127227593657290 * k2 * fourth);
    const double s = soc - 0.5;
    const double rise =
        3.4194e-10 * std::exp(-71827 / 8.3144 * (1 / kelvin - 1 / 298.15)) * (-3.3903 * s * s * s + 1.5604);
    return {.loss = 0.000130510034211874,
            .rise = std::max(0.0, rise) * day_in_s,
            .loss_power = bend,
            .rise_power = 1,
            .loss_limit = limit};
}

AgeingRates sony_cycle(const CycleConditions& at) {
    constexpr double power = 1.12847759334355;
    const double d = at.depth_pu, c = std::min(at.c_rate, 2.0);  // the fit ends there
    const double rate = std::abs(-6.81260579372875e-06 + 2.59615973160844e-05 * d +
                                 2.11559710307295e-06 * std::exp(d * d * c * c * c));
    const double r = d - 0.5;
    const double rise = (-0.002 * c + 0.0021) * (6.8477 * r * r * r + 0.91882) / 100;
    return {.loss = power_of(rate, power), .rise = std::max(0.0, rise), .loss_power = power, .rise_power = 1};
}

constexpr double normal_k = 273.15 + 35, normal_v = 0.123;

AgeingRates kokam_calendar(double kelvin, double soc) {
    const double t = kelvin / normal_k;
    const double rate = 2.66e7 * std::exp(-17.8 / t) * std::exp(-5.21 * graphite_v(soc) / normal_v / t);
    return {.loss = rate, .rise = 0.0570 * rate, .loss_power = 0.357, .rise_power = 1.25};
}

AgeingRates kokam_cycle(const CycleConditions& at) {
    const double t = at.temperature_k / normal_k;
    const double rate = 3.80e3 * std::exp(-18.4 / t) * std::exp(1.04 * std::exp(at.depth_pu * at.depth_pu));
    return {.loss = rate, .rise = 4.87 * rate, .loss_power = 0.778, .rise_power = 0.712};
}

AgeingRates m50_calendar(double kelvin, double soc) {
    constexpr double power = 0.651697743905278;
    const double t = kelvin / normal_k, t3 = t * t * t, v = graphite_v(soc) / normal_v;
    const double rate = -2.39156628786525 + 2.44205317834185 * std::exp(t3 / std::cbrt(v)) -
                        4.45998246136905 * t3 / std::sqrt(v) +
                        0.448140062203916 * std::exp(std::sqrt(soc) / (t * t)) -
                        0.185337797906876 * std::exp(soc * soc * soc);
    return {
        .loss = std::max(0.0, rate) / power_of(1e4, power), .rise = 0, .loss_power = power, .rise_power = 1};
}

AgeingRates m50_cycle(const CycleConditions& at) {
    constexpr double power = 0.441996792536332;
    const double t = at.temperature_k / normal_k, c = std::min(at.c_rate, 2.0);
    const double rate = 0.181235015387132 * std::exp(-0.123779206033993 * c * c * c) *
                        std::exp(1.24459541295018 * t * t * t * std::sqrt(c));
    return {.loss = rate / power_of(1e4, power), .rise = 0, .loss_power = power, .rise_power = 1};
}

double cobalt_stress(double kelvin, double soc) {
    return std::exp(28'000 / 8.314 * (1 / 298.15 - 1 / kelvin)) *
           (1 + 0.5 * std::max(0.0, (soc - 0.8) / 0.2));
}

}  // namespace

double graphite_v(double soc_pu) {
    const double x = 8.5e-3 + std::clamp(soc_pu, 0.0, 1.0) * (0.78 - 8.5e-3);
    return 0.6379 + 0.5416 * std::exp(-305.5309 * x) + 0.044 * std::tanh(-(x - 0.1958) / 0.1088) -
           0.1978 * std::tanh((x - 1.0571) / 0.0854) - 0.6875 * std::tanh((x + 0.0117) / 0.0529) -
           0.0175 * std::tanh((x - 0.5692) / 0.0875);
}

AgeingRates blast_calendar(AgeingLaw law, double temperature_k, double soc_pu) {
    const double soc = std::clamp(soc_pu, 0.0, 1.0);
    if (law == AgeingLaw::lfp_sony) return sony_calendar(temperature_k, soc);
    if (law == AgeingLaw::nmc111_kokam) return kokam_calendar(temperature_k, soc);
    if (law == AgeingLaw::nmc811_lg_m50) return m50_calendar(temperature_k, soc);
    if (law == AgeingLaw::lmo_leaf_second_life)
        return {.loss = 3.25e8 * std::exp((-7.58e3 + 162 * soc) / temperature_k),
                .rise = 0,
                .loss_power = 0.464,
                .rise_power = 1};
    return {.loss = 1.5e-4 * cobalt_stress(temperature_k, soc),
            .rise = 2.5e-4 / 365,
            .loss_power = 0.5,
            .rise_power = 1};
}

AgeingRates blast_cycle(AgeingLaw law, const CycleConditions& at) {
    if (law == AgeingLaw::lfp_sony) return sony_cycle(at);
    if (law == AgeingLaw::nmc111_kokam) return kokam_cycle(at);
    if (law == AgeingLaw::nmc811_lg_m50) return m50_cycle(at);
    if (law == AgeingLaw::lmo_leaf_second_life)
        return {.loss = 7.58e-5, .rise = 0, .loss_power = 1.08, .rise_power = 1};
    // The rule counts cycles of their depth; here a full equivalent cycle is 1 / depth of them.
    const double depth = std::max(at.depth_pu, 1e-4),
                 f = cobalt_stress(at.temperature_k, at.mean_soc_pu + depth / 2);
    return {.loss = 2.5e-4 * f * power_of(depth, 0.6) / depth,
            .rise = 6e-4 * f / depth,
            .loss_power = 1,
            .rise_power = 1};
}

double bent_loss(double loss, double limit, double rate, double power, double amount) {
    if (!(limit > 0) || !(rate > 0) || loss >= limit) return loss;
    const double share = loss / limit;
    const double z = std::log((1 + share) / (1 - share));
    const double x = power_of(z, 1 / power) / rate + amount;
    const double next = power_of(rate * x, power);
    return next > 40 ? limit : limit * (1 - 2 / (1 + std::exp(next)));
}

double kokam_active_loss(double loss, const CycleConditions& at, double cycles) {
    const double half = 1e4 + 153 * (at.temperature_k - 273.15 - 55) * at.depth_pu * at.mean_soc_pu / 0.6;
    return bent_loss(loss, 1, 1 / std::max(half, 100.0), 10, cycles);
}

AgeingState kokam_state(const AgeingState& lithium, double active_loss) {
    const double left = std::max(1.01 - active_loss, 0.05);
    return {std::max(lithium.capacity_loss_pu, 1 - left),
            std::max(lithium.resistance_rise_pu, -0.08 + 1.09 / left - 1)};
}

}  // namespace hil::battery
