#include "battery/circuit.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hil::battery {
namespace {

constexpr double rated_k = 298.15;

}  // namespace

// Mean and end voltage of a step at a current: OCV - pairs - R0 * current. What the pairs add is linear in
// it.
struct Cell::Line {
    const SocTable& ocv_v;
    double soc = 0, integral = 0, ocv = 0;  // at the begin
    double r0 = 0;
    double pair_offset = 0, pair_slope = 0;  // their mean over the step
    double end_offset = 0, end_slope = 0;    // at its end
    double per_ampere = 0;                   // change of the state of charge by one ampere
    double coulombic_efficiency = 1;
    double hysteresis_v = 0, hysteresis_rate = 0, hysteresis = 0;  // the last as it is at the begin

    [[nodiscard]] double moved(double current) const {
        return (current < 0 ? current * coulombic_efficiency : current) * per_ampere;
    }
    // Mean open-circuit voltage on the way, without hysteresis.
    [[nodiscard]] double pure_ocv(double current) const {
        const double way = moved(current);
        if (std::abs(way) < 1e-9) return ocv;
        return (integral - ocv_v.integral(soc - way)) / way;
    }
    [[nodiscard]] double mean_hysteresis(double current) const {
        const double x = hysteresis_rate * std::abs(moved(current));
        if (x < 1e-12) return hysteresis;
        const double goal = current > 0 ? 1 : -1;
        return goal - (hysteresis - goal) * std::expm1(-x) / x;
    }
    [[nodiscard]] double end_hysteresis(double current) const {
        const double goal = current > 0 ? 1 : -1;
        return goal + (hysteresis - goal) * std::exp(-hysteresis_rate * std::abs(moved(current)));
    }
    // Mean voltage at no current on the way.
    [[nodiscard]] double mean_ocv(double current) const {
        const double pure = pure_ocv(current);
        return hysteresis_v == 0 ? pure : pure - hysteresis_v * mean_hysteresis(current);
    }
    [[nodiscard]] double end_voltage(double current) const {
        const double held = hysteresis_v == 0 ? 0 : hysteresis_v * end_hysteresis(current);
        return ocv_v.at(soc - moved(current)) - held - end_offset - (r0 + end_slope) * current;
    }
};

Cell::Cell(CellParameters parameters, CellState state) : parameters_(std::move(parameters)), state_(state) {
    set_soc(state.soc_pu);
    for (std::size_t k = 0; k < 2; ++k) {
        const auto& pair = parameters_.pairs[k];
        if (pair.ohm > 0) farad_[k] = pair.tau_s / pair.ohm;
    }
}

void Cell::set_soc(double soc_pu) {
    state_.soc_pu = std::clamp(soc_pu, 0.0, 1.0);
}

double Cell::resistance(bool charging) const {
    const auto& table = charging ? parameters_.charge_ohm : parameters_.discharge_ohm;
    const double ohm = table.at(state_.soc_pu) * resistance_pu_;
    if (parameters_.resistance_activation_k == 0) return ohm;
    return ohm * std::exp(parameters_.resistance_activation_k * (1 / state_.temperature_k - 1 / rated_k));
}

double Cell::pair_energy_j() const {
    return (state_.pair_v[0] * state_.pair_v[0] * farad_[0] +
            state_.pair_v[1] * state_.pair_v[1] * farad_[1]) /
           2;
}

double Cell::hysteresis_energy_j() const {
    if (parameters_.hysteresis_v == 0) return 0;
    return parameters_.hysteresis_v * capacity_c() * state_.hysteresis * state_.hysteresis /
           (2 * parameters_.hysteresis_rate);
}

double Cell::stored_j() const {
    return parameters_.ocv_v.integral(state_.soc_pu) * capacity_c() + pair_energy_j() + hysteresis_energy_j();
}

void Cell::age(double capacity_pu, double resistance_pu) {
    capacity_pu_ = capacity_pu;
    resistance_pu_ = resistance_pu;
}

void Cell::set_step(double dt_s) {
    if (dt_s == dt_s_) return;
    dt_s_ = dt_s;
    for (std::size_t k = 0; k < 2; ++k) {
        const double x = dt_s / parameters_.pairs[k].tau_s;
        decay_[k] = std::exp(-x);
        mean_decay_[k] = x > 1e-9 ? -std::expm1(-x) / x : 1;
    }
    thermal_decay_ = std::exp(-dt_s / (parameters_.heat_capacity_j_k * parameters_.thermal_resistance_k_w));
}

Cell::Line Cell::line(bool charging, double dt_s) const {
    Line out{.ocv_v = parameters_.ocv_v};
    out.soc = state_.soc_pu;
    out.integral = parameters_.ocv_v.integral(state_.soc_pu);
    out.ocv = parameters_.ocv_v.at(state_.soc_pu);
    out.r0 = resistance(charging);
    for (std::size_t k = 0; k < 2; ++k) {
        const double ohm = parameters_.pairs[k].ohm;
        out.pair_offset += state_.pair_v[k] * mean_decay_[k];
        out.pair_slope += ohm * (1 - mean_decay_[k]);
        out.end_offset += state_.pair_v[k] * decay_[k];
        out.end_slope += ohm * (1 - decay_[k]);
    }
    out.per_ampere = dt_s / capacity_c();
    out.coulombic_efficiency = parameters_.coulombic_efficiency;
    out.hysteresis_v = parameters_.hysteresis_v;
    out.hysteresis_rate = parameters_.hysteresis_rate;
    out.hysteresis = state_.hysteresis;
    return out;
}

// No more than is there, no more than fits.
double Cell::within_charge(double current_a, double dt_s) const {
    const double capacity = capacity_c();
    const double most = state_.soc_pu * capacity / dt_s;
    const double least = (state_.soc_pu - 1) * capacity / parameters_.coulombic_efficiency / dt_s;
    return std::clamp(current_a, std::min(least, 0.0), std::max(most, 0.0));
}

// The current nearest to the one wanted that ends the step within the voltages; the end voltage falls with
// the current.
double Cell::within_voltage(double current_a, const Line& line) const {
    if (current_a == 0) return 0;
    const auto inside = [&](double current) {
        const double end = line.end_voltage(current);
        return current > 0 ? end >= parameters_.v_min : end <= parameters_.v_max;
    };
    if (inside(current_a)) return current_a;
    double good = 0, bad = current_a;
    for (int i = 0; i < 48; ++i) {
        const double middle = (good + bad) / 2;
        (inside(middle) ? good : bad) = middle;
    }
    return good;
}

CellStep Cell::at_rest() const {
    CellStep out;
    out.voltage_v = out.end_voltage_v = rest_voltage_v();
    return out;
}

CellStep Cell::advance(double power_w, double dt_s, const Surroundings& more) {
    if (dt_s <= 0) return at_rest();
    CellStep out;
    set_step(dt_s);
    const auto way = line(power_w < 0, dt_s);
    double current = 0;
    if (power_w != 0) {
        // Power over current is a parabola but for the open-circuit voltage, which hardly moves: its root is
        // near, and Newton's method ends on the true one.
        const double slope = way.r0 + way.pair_slope;
        const double flat = way.ocv - way.pair_offset;
        const double root = flat * flat - 4 * slope * power_w;
        current =
            root > 0 && flat > 0 ? 2 * power_w / (flat + std::sqrt(root)) : std::max(flat, 0.0) / (2 * slope);
        for (int round = 0; round < 12; ++round) {
            const double mean = way.mean_ocv(current) - way.pair_offset;
            const double derivative = mean - 2 * slope * current;
            // Beyond the highest power the circuit gives there is nothing to be found.
            if (derivative <= 0) {
                current = std::max(mean, 0.0) / (2 * slope);
                out.limited = true;
                break;
            }
            const double next = current - ((mean - slope * current) * current - power_w) / derivative;
            const bool settled = std::abs(next - current) <= 1e-12 * std::abs(next);
            current = next;
            if (settled) break;
        }
        // Beyond full or empty the search saw a made-up voltage; the bound decides there anyway.
        const double bound = within_voltage(within_charge(current, dt_s), way);
        out.limited = out.limited || bound != current;
        current = bound;
    }
    out.current_a = current;
    finish(way, dt_s, more, out);
    return out;
}

CellStep Cell::advance_current(double current_a, double dt_s, const Surroundings& more) {
    if (dt_s <= 0) return at_rest();
    CellStep out;
    set_step(dt_s);
    const auto way = line(current_a < 0, dt_s);
    out.current_a = within_voltage(within_charge(current_a, dt_s), way);
    out.limited = out.current_a != current_a;
    finish(way, dt_s, more, out);
    return out;
}

void Cell::finish(const Line& line, double dt_s, const Surroundings& more, CellStep& out) {
    const double current = out.current_a;
    const double mean_flat = line.mean_ocv(current);
    const double pair_mean = line.pair_offset + line.pair_slope * current;
    out.voltage_v = mean_flat - line.r0 * current - pair_mean;
    out.energy_j = out.voltage_v * current * dt_s;

    const double pairs_before = pair_energy_j();
    for (std::size_t k = 0; k < 2; ++k) {
        state_.pair_v[k] =
            state_.pair_v[k] * decay_[k] + parameters_.pairs[k].ohm * current * (1 - decay_[k]);
    }
    const double pairs_gained = pair_energy_j() - pairs_before;
    const double joule = line.r0 * current * current * dt_s;
    const double pair_loss = pair_mean * current * dt_s - pairs_gained;
    // Charge that entered and was not stored, at the voltage it was paid with.
    const double unstored =
        current < 0 ? -current * (1 - parameters_.coulombic_efficiency) * mean_flat * dt_s : 0;

    double hysteresis = 0;
    if (line.hysteresis_v != 0 && current != 0) {
        const double before = hysteresis_energy_j();
        state_.hysteresis = line.end_hysteresis(current);
        hysteresis = line.hysteresis_v * line.mean_hysteresis(current) * line.moved(current) * capacity_c() -
                     (hysteresis_energy_j() - before);
    }

    // Rounding must not leave a residue beyond full or empty.
    const double soc = state_.soc_pu - line.moved(current);
    state_.soc_pu = soc < 1e-12 ? 0.0 : std::min(soc, 1.0);
    out.end_voltage_v = rest_voltage_v() - line.r0 * current;

    double self = 0;
    const double rate = parameters_.self_discharge_per_s * more.self_discharge_share;
    if (rate > 0) {
        const double activation = parameters_.self_discharge_activation_k;
        const double warm =
            activation == 0 ? 1 : std::exp(-activation * (1 / state_.temperature_k - 1 / rated_k));
        const double before = parameters_.ocv_v.integral(state_.soc_pu);
        state_.soc_pu *= 1 + std::expm1(-rate * warm * dt_s);
        self = (before - parameters_.ocv_v.integral(state_.soc_pu)) * capacity_c();
    }
    out.loss_j = joule + pair_loss + unstored + hysteresis + self;

    const double heat_w = out.loss_j / dt_s + more.heat_w;
    const double rest_k = more.ambient_k + heat_w * parameters_.thermal_resistance_k_w;
    state_.temperature_k = rest_k + (state_.temperature_k - rest_k) * thermal_decay_;
}

}  // namespace hil::battery
