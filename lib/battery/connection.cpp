#include "battery/connection.hpp"

#include <algorithm>
#include <cmath>

namespace hil::battery {

Connection::Flow Connection::flow(double p_battery_kw, double q_battery_kvar, double more_kw) const {
    const double before_line = p_battery_kw - auxiliary_kw - more_kw;
    const double p = before_line / rated_kw, q = q_battery_kvar / rated_kw;
    const double square_kw = (p * p + q * q) * rated_kw;
    Flow out;
    out.line_kw = line.r_pu * square_kw;
    out.p_poi_kw = before_line - out.line_kw;
    out.q_poi_kvar = q_battery_kvar - line.x_pu * square_kw;
    // Power that leaves lifts the voltage at the connection.
    out.v_poi_kv = voltage_kv * (1 + (grid.r_pu * out.p_poi_kw + grid.x_pu * out.q_poi_kvar) / rated_kw);
    return out;
}

Connection connection_of(const config::PlantModel& model) {
    const auto& emulation = model.emulation;
    const auto& limits = model.power_limits;
    return {.rated_kw = std::max({std::abs(limits.p_max_kw), std::abs(limits.p_min_kw), 1e-3}),
            .voltage_kv = model.poi_voltage_kv,
            .auxiliary_kw = emulation.auxiliary_kw,
            .line = {emulation.line_resistance_pu, emulation.line_reactance_pu},
            .grid = {emulation.grid_resistance_pu, emulation.grid_reactance_pu}};
}

Output ConnectedModel::behind(Output out) const {
    const auto flow = connection_.flow(out.p_battery_kw, out.q_battery_kvar);
    out.p_poi_kw = flow.p_poi_kw;
    out.q_poi_kvar = flow.q_poi_kvar;
    out.v_poi_kv = flow.v_poi_kv;
    return out;
}

}  // namespace hil::battery
