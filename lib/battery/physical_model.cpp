#include "battery/physical_model.hpp"

#include "base/mutation.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hil::battery {
namespace {

constexpr double joule_per_kwh = 3.6e6;
// Ageing is slow: once a minute is often enough.
constexpr double ageing_period_s = 60;

// For the counting of cycles, so that a spiral of ever smaller ones has an end.
double counted(double soc_pu) {
    return std::round(soc_pu * 1e4) / 1e4;
}

double default_dc_kv(double poi_kv) {
    // A converter needs a DC voltage above the peak of the line voltage; behind a transformer it has its own.
    return poi_kv > 0 && poi_kv <= 1 ? 1.15 * std::sqrt(2.0) * poi_kv : 0.8;
}

double ramp(double from, double to, double at) {
    return to > from ? std::clamp((at - from) / (to - from), 0.0, 1.0) : 1;
}

}  // namespace

double TemperatureLimits::share(bool charging, double temperature_k) const {
    const double warm = 1 - ramp(full_k, none_k, temperature_k);
    return charging ? std::min(warm, ramp(no_charge_k, full_charge_k, temperature_k)) : warm;
}

PhysicalModel::PhysicalModel(const config::PlantModel& model, Physics physics, double initial_soc_pu)
    : capacity_kwh_(model.capacity_kwh),
      limits_(model.power_limits),
      connection_(connection_of(model)),
      rated_kw_(connection_.rated_kw),
      physics_(std::move(physics)),
      cell_(physics_.cell, {.soc_pu = std::clamp(initial_soc_pu, 0.0, 1.0),
                            .pair_v = {},
                            .temperature_k = physics_.ambient_k}),
      cells_(capacity_kwh_ * joule_per_kwh / cell_.nominal_j()) {
    physics_.converter.rated_kw = rated_kw_;
    const double half = physics_.cell.ocv_v.at(0.5);
    const double dc_kv = model.emulation.dc_voltage_kv.value_or(default_dc_kv(connection_.voltage_kv));
    series_ = std::max(1.0, std::round(dc_kv * 1000 / half));
    if (cells_ > 0) rated_cell_a_ = rated_kw_ * 1000 / cells_ / half;
    cell_v_ = cell_.rest_voltage_v();

    const auto& aged = physics_.aged;
    cell_.age(1 - aged.capacity_loss_pu, 1 + aged.resistance_rise_pu);
    if (physics_.ageing_factor > 0 && physics_.ageing != AgeingLaw::none)
        ageing_.emplace(physics_.ageing, physics_.cell.ocv_v, physics_.ageing_factor, aged);
    soc_then_ = cell_.state().soc_pu;
}

double PhysicalModel::stored_kwh() const {
    return cell_.stored_j() * cells_ / joule_per_kwh;
}

Output PhysicalModel::at_rest() const {
    const auto flow = connection_.flow(0, 0);
    return {.p_poi_kw = flow.p_poi_kw,
            .q_poi_kvar = flow.q_poi_kvar,
            .v_poi_kv = flow.v_poi_kv,
            .soc_pu = cell_.state().soc_pu};
}

// The plant's own limits, and what its controller leaves near the ends of the charge and of the temperature.
double PhysicalModel::limit(double p_kw) const {
    if (cells_ == 0) return 0;
    const bool charging = p_kw < 0;
    double most = charging ? limits_.p_min_kw : limits_.p_max_kw;
    most *= physics_.temperature.share(charging, cell_.state().temperature_k);
    if (physics_.taper_soc > 0) {
        const double soc = cell_.state().soc_pu;
        most *= std::clamp((charging ? 1 - soc : soc) / physics_.taper_soc, 0.0, 1.0);
    }
    return charging ? std::max(p_kw, most) : std::min(p_kw, most);
}

double PhysicalModel::pump_kw(double cell_a) const {
    const auto& pumps = physics_.pumps;
    if (pumps.base_pu == 0 && pumps.per_flow_pu == 0) return 0;
    const double soc = cell_.state().soc_pu;
    const double left = cell_a > 0 ? soc : 1 - soc;
    const double turned = std::abs(cell_a) / rated_cell_a_ * 0.5;
    const double flow = turned < pumps.most_flow * left ? turned / left : pumps.most_flow;
    return rated_kw_ * (pumps.base_pu + pumps.per_flow_pu * (turned > 0 ? flow * flow : 0));
}

Output PhysicalModel::advance(const Command& command, Duration dt) {
    const double dt_s = to_seconds(dt), hours = dt_s / 3600;
    const double wanted = command.running ? limit(command.p_kw) : 0;
    const double dc_wanted = physics_.converter.dc_kw(wanted);
    const double per_cell = cells_ > 0 ? 1000 / cells_ : 0;

    double ac = wanted, dc = dc_wanted;
    cell_a_ = cell_v_ > 0 ? dc_wanted * per_cell / cell_v_ : 0;
    if (dt_s > 0) {
        const bool standing = !command.running;
        const auto step =
            cell_.advance(dc_wanted * per_cell, dt_s,
                          {.ambient_k = physics_.ambient_k,
                           .self_discharge_share = standing ? physics_.pumps.standing_self_discharge : 1,
                           .heat_w = standing ? 0 : pump_kw_ * physics_.pumps.heat_share * per_cell});
        cell_a_ = step.current_a;
        cell_v_ = step.end_voltage_v;
        losses_.cells_kwh += step.loss_j * cells_ / joule_per_kwh;
        // As wanted but for rounding, which must not vanish from the account, unless the cells gave less.
        dc = step.energy_j / dt_s / 1000 * cells_;
        // While charging less the grid still feeds the converter's own losses.
        if (step.limited) ac = wanted < 0 && dc == 0 ? 0 : physics_.converter.ac_kw(dc);
    }
    // A converter that gets less than it needs for itself passes nothing on.
    if (wanted < 0 && dc_wanted == 0) ac = wanted;
    if (!mutated(Mutation::losses_forgotten)) losses_.converter_kwh += (dc - ac) * hours;

    pump_kw_ = command.running ? pump_kw(cell_a_) : 0;
    losses_.auxiliary_kwh += (connection_.auxiliary_kw + pump_kw_) * hours;

    Output out;
    out.p_battery_kw = ac;
    out.q_battery_kvar =
        command.running ? std::clamp(command.q_kvar, limits_.q_min_kvar, limits_.q_max_kvar) : 0;
    const auto flow = connection_.flow(ac, out.q_battery_kvar, pump_kw_);
    losses_.line_kwh += flow.line_kw * hours;
    out.p_poi_kw = flow.p_poi_kw;
    out.q_poi_kvar = flow.q_poi_kvar;
    out.v_poi_kv = flow.v_poi_kv;
    delivered_kwh_ += out.p_poi_kw * hours;
    if (ageing_) grow_older(dt_s);
    out.soc_pu = cell_.state().soc_pu;
    return out;
}

void PhysicalModel::set_soc(double soc_pu) {
    const double before = cell_.state().soc_pu;
    cell_.set_soc(soc_pu);
    const double after = cell_.state().soc_pu;
    soc_then_ += after - before;
    if (ageing_) ageing_->jump(counted(after) - counted(before));
}

void PhysicalModel::grow_older(double dt_s) {
    lived_s_ += dt_s;
    warmth_ks_ += cell_.state().temperature_k * dt_s;
    if (lived_s_ < ageing_period_s) return;
    const double soc = counted(cell_.state().soc_pu);
    ageing_->rest(lived_s_, warmth_ks_ / lived_s_, soc);
    ageing_->move(soc, std::abs(cell_.state().soc_pu - soc_then_) / lived_s_ * 3600);
    soc_then_ = cell_.state().soc_pu;
    lived_s_ = warmth_ks_ = 0;

    constexpr double most_loss = 0.9;  // the fits end long before
    const auto state = ageing_->state();
    const double before = stored_kwh();
    cell_.age(1 - std::min(state.capacity_loss_pu, most_loss), 1 + state.resistance_rise_pu);
    losses_.ageing_kwh += before - stored_kwh();
}

std::optional<Inside> PhysicalModel::inside() const {
    const auto state = ageing_ ? ageing_->state() : physics_.aged;
    return Inside{.temperature_c = cell_.state().temperature_k - 273.15,
                  .dc_voltage_v = cell_v_ * series_,
                  .dc_current_a = cell_a_ * cells_ / series_,
                  .cells_in_series = series_,
                  .strings = cells_ / series_,
                  .capacity_loss_pu = 1 - cell_.capacity_pu(),
                  .resistance_rise_pu = state.resistance_rise_pu,
                  .equivalent_cycles = ageing_ ? ageing_->equivalent_cycles() : 0,
                  .stored_kwh = stored_kwh(),
                  .losses_kwh = losses_.total()};
}

}  // namespace hil::battery
