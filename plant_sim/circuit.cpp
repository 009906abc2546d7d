#include "plant_sim/circuit.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hil::plant_sim {

Cell::Cell(CellParameters parameters, CellState state) : parameters_(std::move(parameters)), state_(state) {
    set_soc(state.soc_pu);
}

void Cell::set_soc(double soc_pu) {
    state_.soc_pu = std::clamp(soc_pu, 0.0, 1.0);
}

double Cell::resistance(bool charging) const {
    const auto& table = charging ? parameters_.charge_ohm : parameters_.discharge_ohm;
    return table.at(state_.soc_pu) * resistance_pu_ *
           std::exp(parameters_.resistance_activation_k * (1 / state_.temperature_k - 1 / 298.15));
}

double Cell::pair_energy_j() const {
    double out = 0;
    for (std::size_t k = 0; k < 2; ++k) {
        const auto& pair = parameters_.pairs[k];
        if (pair.ohm > 0) out += state_.pair_v[k] * state_.pair_v[k] / 2 * pair.tau_s / pair.ohm;
    }
    return out;
}

double Cell::stored_j() const {
    return parameters_.ocv_v.integral(state_.soc_pu) * capacity_c() + pair_energy_j();
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

CellStep Cell::advance(double power_w, double dt_s, double ambient_k) {
    CellStep out;
    if (dt_s <= 0) {
        out.voltage_v = parameters_.ocv_v.at(state_.soc_pu) - state_.pair_v[0] - state_.pair_v[1];
        return out;
    }
    set_step(dt_s);

    const double capacity = capacity_c();
    const double ocv = parameters_.ocv_v.at(state_.soc_pu);
    const bool charging = power_w < 0;
    const double r0 = resistance(charging);

    // Mean voltage over the step: what the pairs add is linear in the current.
    double pair_offset = 0, pair_slope = 0, end_offset = 0, end_slope = 0;
    for (std::size_t k = 0; k < 2; ++k) {
        const double ohm = parameters_.pairs[k].ohm;
        pair_offset += state_.pair_v[k] * mean_decay_[k];
        pair_slope += ohm * (1 - mean_decay_[k]);
        end_offset += state_.pair_v[k] * decay_[k];
        end_slope += ohm * (1 - decay_[k]);
    }
    const double stored_before = parameters_.ocv_v.integral(state_.soc_pu);
    const auto charge_moved = [&](double current) {
        return (current < 0 ? current * parameters_.coulombic_efficiency : current) * dt_s / capacity;
    };
    const auto mean_ocv = [&](double current) {
        const double moved = charge_moved(current);
        if (std::abs(moved) < 1e-9) return ocv;
        return (stored_before - parameters_.ocv_v.integral(state_.soc_pu - moved)) / moved;
    };

    // The bounds: charge that is there or fits, and the voltage at the end of the step.
    const double most = std::max(0.0, std::min(state_.soc_pu * capacity / dt_s,
                                               (ocv - end_offset - parameters_.v_min) / (r0 + end_slope)));
    const double least =
        std::min(0.0, std::max((state_.soc_pu - 1) * capacity / parameters_.coulombic_efficiency / dt_s,
                               (ocv - end_offset - parameters_.v_max) / (r0 + end_slope)));

    double current = 0;
    if (power_w != 0) {
        const double low = charging ? least : 0, high = charging ? 0 : most;
        const double slope = r0 + pair_slope;
        current = std::clamp(power_w / std::max(ocv - pair_offset, 0.1), low, high);
        for (int round = 0; round < 12; ++round) {
            const double flat = mean_ocv(current) - pair_offset;
            const double derivative = flat - 2 * slope * current;
            // Beyond the highest power the circuit gives there is nothing to be found.
            if (derivative <= 0) {
                current = std::clamp(flat / (2 * slope), low, high);
                out.limited = true;
                break;
            }
            const double error = (flat - slope * current) * current - power_w;
            const double next = std::clamp(current - error / derivative, low, high);
            const bool settled = std::abs(next - current) <= 1e-14 * std::abs(next);
            current = next;
            if (settled) break;
        }
        out.limited = out.limited || current == (charging ? low : high);
    }

    const double moved = charge_moved(current);
    const double mean_flat = mean_ocv(current);
    const double pair_mean = pair_offset + pair_slope * current;
    out.current_a = current;
    out.voltage_v = mean_flat - r0 * current - pair_mean;
    out.energy_j = out.voltage_v * current * dt_s;

    const double pairs_before = pair_energy_j();
    for (std::size_t k = 0; k < 2; ++k) {
        state_.pair_v[k] =
            state_.pair_v[k] * decay_[k] + parameters_.pairs[k].ohm * current * (1 - decay_[k]);
    }
    const double pairs_gained = pair_energy_j() - pairs_before;
    const double joule = r0 * current * current * dt_s;
    const double pair_loss = pair_mean * current * dt_s - pairs_gained;
    // Charge that entered and was not stored, at the voltage it was paid with.
    const double unstored =
        current < 0 ? -current * (1 - parameters_.coulombic_efficiency) * mean_flat * dt_s : 0;

    double soc = state_.soc_pu - moved;
    // Rounding must not leave a residue beyond full or empty.
    soc = current == most && current > 0 && soc < 1e-12 ? 0 : soc;
    state_.soc_pu = std::clamp(soc, 0.0, 1.0);

    double self = 0;
    if (parameters_.self_discharge_per_s > 0) {
        const double kept = std::exp(-parameters_.self_discharge_per_s * dt_s);
        const double before = parameters_.ocv_v.integral(state_.soc_pu);
        state_.soc_pu *= kept;
        self = (before - parameters_.ocv_v.integral(state_.soc_pu)) * capacity;
    }
    out.loss_j = joule + pair_loss + unstored + self;

    const double rest_k = ambient_k + out.loss_j / dt_s * parameters_.thermal_resistance_k_w;
    state_.temperature_k = rest_k + (state_.temperature_k - rest_k) * thermal_decay_;
    return out;
}

}  // namespace hil::plant_sim
