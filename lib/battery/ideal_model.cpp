#include "battery/ideal_model.hpp"

#include <algorithm>

namespace hil::battery {
namespace {

double hours(Duration d) {
    return static_cast<double>(d.count()) / 3.6e12;
}

}  // namespace

IdealModel::IdealModel(const config::PlantModel& model, double initial_soc_pu)
    : capacity_kwh_(model.capacity_kwh), v_poi_kv_(model.poi_voltage_kv), limits_(model.power_limits) {
    IdealModel::set_soc(initial_soc_pu);
}

void IdealModel::set_soc(double soc_pu) {
    energy_kwh_ = std::clamp(soc_pu, 0.0, 1.0) * capacity_kwh_;
}

Output IdealModel::at_rest() const {
    return {.v_poi_kv = v_poi_kv_, .soc_pu = soc()};
}

Output IdealModel::advance(const Command& command, Duration dt) {
    if (!command.running) return at_rest();
    Output out;
    out.p_battery_kw = move_energy(std::clamp(command.p_kw, limits_.p_min_kw, limits_.p_max_kw), dt);
    out.q_battery_kvar = std::clamp(command.q_kvar, limits_.q_min_kvar, limits_.q_max_kvar);
    out.p_poi_kw = out.p_battery_kw;
    out.q_poi_kvar = out.q_battery_kvar;
    out.v_poi_kv = v_poi_kv_;
    out.soc_pu = soc();
    return out;
}

// Ends exactly on full or empty when the step reaches it, so that no rounding residue is delivered later.
double IdealModel::move_energy(double p_kw, Duration dt) {
    const double dt_h = hours(dt);
    const double future = energy_kwh_ - p_kw * dt_h;
    const bool charging = p_kw < 0;
    if (charging ? future < capacity_kwh_ : future > 0) {
        energy_kwh_ = future;
        return p_kw;
    }
    const double end = charging ? capacity_kwh_ : 0.0;
    const double available = energy_kwh_ - end;
    if (p_kw == 0 || available == 0) return 0;
    energy_kwh_ = end;
    const double mean = available / dt_h;  // rounding must not lift it above what was asked for
    return charging ? std::max(p_kw, mean) : std::min(p_kw, mean);
}

}  // namespace hil::battery
