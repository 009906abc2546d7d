#include "battery/estimate/soc_filter.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hil::battery {
namespace {

enum : std::size_t { soc, pair1, pair2, hyst, bias, series_error, pairs_error, curve, capacity };

constexpr double hour_s = 3600;

double squared(double x) {
    return x * x;
}

}  // namespace

// What all filters share in one step.
struct SocFilter::Step {
    double current_a = 0, dt_s = 0, warm = 1;  // the last: of the series resistance by temperature
    std::array<double, 2> decay{};
    double curve_decay = 1;
    double self_discharge = 0;  // share of the charge
};

SocFilter::SocFilter(CellParameters parameters, const FilterSettings& settings)
    : parameters_(std::move(parameters)),
      settings_(settings),
      bias_a_(settings.bias_c * parameters_.capacity_ah) {
    // As many as the range needs, each as wide as their distance.
    const double spread = std::max(settings_.start_spread_pu, 1e-3);
    constexpr double apart = 0.05;
    const int each_side = static_cast<int>(std::min(2.5 * spread / apart, 20.0));
    for (int i = -each_side; i <= each_side; ++i) {
        const double at = settings_.start_soc_pu + i * apart;
        if (at < -apart / 2 || at > 1 + apart / 2) continue;
        Hypothesis one;
        one.x[soc] = std::clamp(at, 0.0, 1.0);
        one.weight = std::exp(-squared(i * apart / spread) / 2);
        one.p[soc][soc] = squared(each_side > 0 ? apart * 0.75 : spread);
        one.p[hyst][hyst] = parameters_.hysteresis_v > 0 ? 0.5 : 0;
        one.p[bias][bias] = squared(bias_a_);
        one.p[series_error][series_error] = squared(settings_.resistance_pu);
        one.p[pairs_error][pairs_error] = squared(settings_.resistance_pu);
        one.p[curve][curve] = squared(settings_.ocv_v);
        one.p[capacity][capacity] = squared(settings_.capacity_pu);
        hypotheses_.push_back(one);
    }
    weigh(std::vector<double>(hypotheses_.size(), 0.0));
    sum_up();
}

void SocFilter::predict(Hypothesis& of, const Step& step) const {
    auto& x = of.x;
    const double current = step.current_a - x[bias];
    const double efficiency = current < 0 ? parameters_.coulombic_efficiency : 1;
    const double per_ampere =
        efficiency * step.dt_s / (parameters_.capacity_ah * hour_s) * std::exp(-x[capacity]);
    const double moved = per_ampere * current;

    // Rows of the transition that are not those of the unit matrix.
    const double keep = 1 - step.self_discharge;
    std::array<double, 2> reach{};
    for (std::size_t k = 0; k < 2; ++k)
        reach[k] = parameters_.pairs[k].ohm * std::exp(x[pairs_error]) * (1 - step.decay[k]);
    const double goal = current > 0 ? 1 : current < 0 ? -1 : x[hyst];
    const double hyst_decay = std::exp(-parameters_.hysteresis_rate * std::abs(moved));

    auto& p = of.p;
    auto before = p;
    const auto row = [&](std::size_t i, double own,
                         std::initializer_list<std::pair<std::size_t, double>> more) {
        for (std::size_t j = 0; j < size; ++j) {
            double sum = own * before[i][j];
            for (const auto& [k, factor] : more)
                sum += factor * before[k][j];
            p[i][j] = sum;
        }
    };
    const auto rows = [&] {
        row(soc, keep, {{bias, per_ampere}, {capacity, moved}});
        row(pair1, step.decay[0], {{bias, -reach[0]}, {pairs_error, reach[0] * current}});
        row(pair2, step.decay[1], {{bias, -reach[1]}, {pairs_error, reach[1] * current}});
        row(hyst, hyst_decay, {});
        row(curve, step.curve_decay, {});
    };
    const auto transpose = [&] {
        for (std::size_t i = 0; i < size; ++i)
            for (std::size_t j = 0; j < size; ++j)
                before[i][j] = p[j][i];
        p = before;
    };
    rows();
    transpose();
    rows();

    x[soc] = std::clamp((x[soc] - moved) * 1.0 - step.self_discharge * x[soc], -0.05, 1.05);
    for (std::size_t k = 0; k < 2; ++k)
        x[pair1 + k] = x[pair1 + k] * step.decay[k] + reach[k] * current;
    x[hyst] = goal + (x[hyst] - goal) * hyst_decay;
    x[curve] *= step.curve_decay;
    loosen(p, step, current, moved, hyst_decay);
}

// What no state explains: wrong time constants, resistances that change with the charge, a drifting meter.
void SocFilter::loosen(std::array<Vector, size>& p, const Step& step, double current, double moved,
                       double hyst_decay) const {
    // meter.
    const double hours = step.dt_s / hour_s;
    p[soc][soc] += squared(0.1 * step.self_discharge) + 1e-8 * hours + squared(0.01 * moved);
    for (std::size_t k = 0; k < 2; ++k)
        p[pair1 + k][pair1 + k] +=
            squared(settings_.time_constant_pu * (1 - step.decay[k]) * parameters_.pairs[k].ohm * current) *
            (1 + parameters_.pairs[k].tau_s / std::max(step.dt_s, 1e-3) * 0.1);
    if (parameters_.hysteresis_v > 0) p[hyst][hyst] += 0.2 * squared(1 - hyst_decay) + 0.01 * hours;
    p[bias][bias] += squared(0.1 * bias_a_) * hours;
    p[series_error][series_error] += squared(0.02) * hours;
    p[pairs_error][pairs_error] += squared(0.02) * hours;
    p[curve][curve] += squared(settings_.ocv_v) * (1 - squared(step.curve_decay));
}

double SocFilter::correct(Hypothesis& of, double voltage_v, const Step& step) const {
    auto& x = of.x;
    auto& p = of.p;
    const double current = step.current_a - x[bias];
    const auto& table = current < 0 ? parameters_.charge_ohm : parameters_.discharge_ohm;
    const double at = std::clamp(x[soc], 0.0, 1.0);
    const double series = table.at(at) * step.warm * std::exp(x[series_error]);
    // The slope over what the charge may be, not that of the nearest point of the table.
    const double reach = std::clamp(std::sqrt(p[soc][soc]), 0.005, 0.04);
    const double low = std::max(0.0, at - reach), high = std::min(1.0, at + reach);
    const double slope = (parameters_.ocv_v.at(high) - parameters_.ocv_v.at(low)) / (high - low);

    const double foretold = parameters_.ocv_v.at(at) + x[curve] - parameters_.hysteresis_v * x[hyst] -
                            series * current - x[pair1] - x[pair2];
    Vector h{};
    h[soc] = slope;
    h[pair1] = h[pair2] = -1;
    h[hyst] = -parameters_.hysteresis_v;
    h[bias] = series;
    h[series_error] = -series * current;
    h[curve] = 1;

    Vector ph{};
    double variance = 0;
    for (std::size_t i = 0; i < size; ++i) {
        for (std::size_t j = 0; j < size; ++j)
            ph[i] += p[i][j] * h[j];
        variance += h[i] * ph[i];
    }
    const double bent =
        (parameters_.ocv_v.at(high) + parameters_.ocv_v.at(low)) / 2 - parameters_.ocv_v.at(at);
    const double noise = squared(settings_.voltage_noise_v) *
                             std::max(1.0, settings_.correlation_s / std::max(step.dt_s, 1e-3)) +
                         squared(bent);
    variance += noise;

    of.innovation = voltage_v - foretold;
    Vector gain{};
    for (std::size_t i = 0; i < size; ++i)
        gain[i] = ph[i] / variance;
    gain[capacity] = 0;
    if (slope < settings_.freeze_below_v) gain[soc] = 0;
    // The form that holds for any gain.
    for (std::size_t i = 0; i < size; ++i)
        for (std::size_t j = 0; j < size; ++j)
            p[i][j] += -gain[i] * ph[j] - ph[i] * gain[j] + gain[i] * gain[j] * variance;
    for (std::size_t i = 0; i < size; ++i)
        x[i] += gain[i] * of.innovation;
    x[soc] = std::clamp(x[soc], -0.05, 1.05);
    x[hyst] = std::clamp(x[hyst], -1.0, 1.0);
    return -(squared(of.innovation) / variance + std::log(variance)) / 2;
}

void SocFilter::weigh(const std::vector<double>& likely) {
    const double best = *std::ranges::max_element(likely);
    double sum = 0;
    for (std::size_t i = 0; i < hypotheses_.size(); ++i)
        sum += hypotheses_[i].weight *= std::exp(likely[i] - best);
    for (auto& one : hypotheses_)
        one.weight /= sum;
    std::erase_if(hypotheses_, [](const Hypothesis& one) { return one.weight < 1e-6; });
}

// One whose charge is known too badly for one slope of the curve becomes three, side by side.
void SocFilter::split() {
    constexpr double widest = 0.07;
    constexpr std::size_t most = 24;
    for (std::size_t i = 0; i < hypotheses_.size() && hypotheses_.size() + 2 <= most; ++i) {
        const double variance = hypotheses_[i].p[soc][soc];
        if (variance <= squared(widest)) continue;
        // Half of the variance goes into the distance of the three, and with it what hangs on the charge.
        auto middle = hypotheses_[i];
        const auto along = hypotheses_[i].p[soc];
        for (std::size_t k = 0; k < size; ++k)
            for (std::size_t l = 0; l < size; ++l)
                middle.p[k][l] -= 0.5 * along[k] * along[l] / variance;
        middle.weight *= 0.5;
        const auto aside = [&](double way) {
            auto out = middle;
            out.weight *= 0.5;
            for (std::size_t k = 0; k < size; ++k)
                out.x[k] += way * along[k] / std::sqrt(variance);
            return out;
        };
        const auto at = hypotheses_.begin() + static_cast<std::ptrdiff_t>(i);
        *at = aside(-1);
        hypotheses_.insert(at + 1, {middle, aside(1)});
        i += 2;
    }
}

// Two that have come together are one, as long as that one is not too wide for one slope of the curve.
void SocFilter::merge() {
    for (std::size_t i = 0; i + 1 < hypotheses_.size();) {
        auto& a = hypotheses_[i];
        const auto& b = hypotheses_[i + 1];
        const double away = squared(a.x[soc] - b.x[soc]);
        constexpr double narrow = 0.045 * 0.045;
        const bool wide = std::max(a.p[soc][soc], b.p[soc][soc]) + away / 4 > narrow;
        if ((wide && away > squared(0.005)) || away > 0.25 * std::min(a.p[soc][soc], b.p[soc][soc])) {
            ++i;
            continue;
        }
        const double sum = a.weight + b.weight, wa = a.weight / sum, wb = b.weight / sum;
        Vector apart{};
        for (std::size_t k = 0; k < size; ++k)
            apart[k] = a.x[k] - b.x[k];
        for (std::size_t k = 0; k < size; ++k) {
            for (std::size_t l = 0; l < size; ++l)
                a.p[k][l] = wa * a.p[k][l] + wb * b.p[k][l] + wa * wb * apart[k] * apart[l];
            a.x[k] = wa * a.x[k] + wb * b.x[k];
        }
        a.weight = sum;
        a.innovation = wa * a.innovation + wb * b.innovation;
        hypotheses_.erase(hypotheses_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    }
}

void SocFilter::sum_up() {
    Vector mean{}, square{};
    estimate_.innovation_v = 0;
    for (const auto& one : hypotheses_) {
        for (std::size_t i = 0; i < size; ++i)
            mean[i] += one.weight * one.x[i];
        estimate_.innovation_v += one.weight * one.innovation;
    }
    for (const auto& one : hypotheses_)
        for (std::size_t i = 0; i < size; ++i)
            square[i] += one.weight * (one.p[i][i] + squared(one.x[i] - mean[i]));
    estimate_.soc_pu = std::clamp(mean[soc], 0.0, 1.0);
    estimate_.sigma_pu = std::sqrt(square[soc]);
    estimate_.bias_a = mean[bias];
    estimate_.bias_sigma_a = std::sqrt(square[bias]);
    estimate_.resistance_factor = std::exp(mean[series_error]);
    estimate_.resistance_sigma = estimate_.resistance_factor * std::sqrt(square[series_error]);
    estimate_.hypotheses = hypotheses_.size();
    const double low = std::max(0.0, estimate_.soc_pu - 0.01), high = std::min(1.0, estimate_.soc_pu + 0.01);
    estimate_.slope_v = (parameters_.ocv_v.at(high) - parameters_.ocv_v.at(low)) / (high - low);
}

const SocEstimate& SocFilter::add(double current_a, double voltage_v, double temperature_k, double dt_s) {
    if (!std::isfinite(current_a) || !(dt_s > 0)) return estimate_;
    Step step{.current_a = current_a, .dt_s = dt_s};
    if (parameters_.resistance_activation_k != 0 && temperature_k > 0)
        step.warm = std::exp(parameters_.resistance_activation_k * (1 / temperature_k - 1 / 298.15));
    for (std::size_t k = 0; k < 2; ++k)
        step.decay[k] = std::exp(-dt_s / parameters_.pairs[k].tau_s);
    step.curve_decay = std::exp(-dt_s / (settings_.ocv_hours * hour_s));
    step.self_discharge = parameters_.self_discharge_per_s * dt_s;

    const bool heard = std::isfinite(voltage_v);
    std::vector<double> likely;
    likely.reserve(hypotheses_.size());
    for (auto& one : hypotheses_) {
        predict(one, step);
        likely.push_back(heard ? correct(one, voltage_v, step) : 0);
    }
    weigh(likely);
    merge();
    split();
    sum_up();
    estimate_.frozen = !heard || estimate_.slope_v < settings_.freeze_below_v;
    return estimate_;
}

}  // namespace hil::battery
