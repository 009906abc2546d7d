#include "plant_sim/physical_model.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hil::plant_sim {
namespace {

constexpr double joule_per_kwh = 3.6e6;

}  // namespace

PhysicalModel::PhysicalModel(const config::PlantModel& model, Physics physics, double initial_soc_pu)
    : capacity_kwh_(model.capacity_kwh),
      v_poi_kv_(model.poi_voltage_kv),
      limits_(model.power_limits),
      rated_kw_(std::max({std::abs(limits_.p_max_kw), std::abs(limits_.p_min_kw), 1e-3})),
      physics_(std::move(physics)),
      cell_(physics_.cell, {.soc_pu = std::clamp(initial_soc_pu, 0.0, 1.0),
                            .pair_v = {},
                            .temperature_k = physics_.ambient_k}),
      cells_(capacity_kwh_ * joule_per_kwh / cell_.nominal_j()) {
    physics_.converter.rated_kw = rated_kw_;
}

double PhysicalModel::stored_kwh() const {
    return cell_.stored_j() * cells_ / joule_per_kwh;
}

Output PhysicalModel::at_rest() const {
    return {.p_poi_kw = -physics_.auxiliary_kw, .v_poi_kv = v_poi_kv_, .soc_pu = cell_.state().soc_pu};
}

// The plant's own limits, and what its controller leaves near the ends of the charge.
double PhysicalModel::limit(double p_kw) const {
    double low = limits_.p_min_kw, high = limits_.p_max_kw;
    if (physics_.taper_soc > 0) {
        const double soc = cell_.state().soc_pu;
        high *= std::clamp(soc / physics_.taper_soc, 0.0, 1.0);
        low *= std::clamp((1 - soc) / physics_.taper_soc, 0.0, 1.0);
    }
    return std::clamp(p_kw, low, high);
}

double PhysicalModel::pump_kw(double ac_kw) const {
    const auto& pumps = physics_.pumps;
    if (pumps.base_pu == 0 && pumps.per_flow_pu == 0) return 0;
    const double soc = cell_.state().soc_pu;
    const double left = std::max(ac_kw > 0 ? soc : 1 - soc, 0.1);
    const double flow = std::abs(ac_kw) / rated_kw_ * 0.5 / left;
    return rated_kw_ * (pumps.base_pu + pumps.per_flow_pu * flow * flow * flow);
}

Output PhysicalModel::advance(const Command& command, Duration dt) {
    const double dt_s = to_seconds(dt);
    const double wanted = command.running ? limit(command.p_kw) : 0;
    const double dc_wanted = physics_.converter.dc_kw(wanted);
    const double per_cell = cells_ > 0 ? 1000 / cells_ : 0;

    double ac = wanted, dc = dc_wanted;
    if (dt_s > 0) {
        const auto step = cell_.advance(dc_wanted * per_cell, dt_s, physics_.ambient_k);
        losses_.cells_kwh += step.loss_j * cells_ / joule_per_kwh;
        const double given = step.energy_j / dt_s / 1000 * cells_;
        if (step.limited) {
            dc = given;
            // While charging less the grid still feeds the converter's own losses.
            ac = wanted < 0 && dc == 0 ? 0 : physics_.converter.ac_kw(dc);
        } else {
            dc = given;  // as wanted but for rounding, which must not vanish from the account
        }
    }
    const double hours = dt_s / 3600;
    // A converter that gets less than it needs for itself passes nothing on.
    if (wanted < 0 && dc_wanted == 0) ac = wanted;
    losses_.converter_kwh += (dc - ac) * hours;

    const double auxiliary = physics_.auxiliary_kw + (command.running ? pump_kw(ac) : 0);
    losses_.auxiliary_kwh += auxiliary * hours;

    Output out;
    out.p_battery_kw = ac;
    out.q_battery_kvar =
        command.running ? std::clamp(command.q_kvar, limits_.q_min_kvar, limits_.q_max_kvar) : 0;
    const double before_line = ac - auxiliary;
    const double p = before_line / rated_kw_, q = out.q_battery_kvar / rated_kw_;
    const double line_kw = physics_.line_resistance_pu * (p * p + q * q) * rated_kw_;
    losses_.line_kwh += line_kw * hours;
    out.p_poi_kw = before_line - line_kw;
    out.q_poi_kvar = out.q_battery_kvar - physics_.line_reactance_pu * (p * p + q * q) * rated_kw_;
    // Power that leaves lifts the voltage at the connection.
    out.v_poi_kv = v_poi_kv_ * (1 + physics_.line_resistance_pu * p + physics_.line_reactance_pu * q);
    delivered_kwh_ += out.p_poi_kw * hours;
    out.soc_pu = cell_.state().soc_pu;
    return out;
}

}  // namespace hil::plant_sim
