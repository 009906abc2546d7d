#include "battery/vanadium.hpp"

#include <cmath>
#include <utility>
#include <vector>

namespace hil::battery {
namespace {

constexpr double faraday = 96485.33212;  // C/mol
constexpr double celsius_zero = 273.15;

}  // namespace

double vanadium_nernst_v(double soc, double temperature_k) {
    constexpr double gas_constant = 8.314462618;
    const double protons = 6 + soc;
    return 1.23 + 2 * gas_constant * temperature_k / faraday * std::log(soc / (1 - soc) * protons);
}

double VanadiumStack::electrolyte_ah() const {
    return tank_l * vanadium_mol_l * faraday / 3600 / cells;
}

CellParameters vanadium_cell(const VanadiumStack& stack, double lowest, double highest,
                             std::size_t resolution) {
    // Change of charge from inlet to the mean of inlet and outlet, by one ampere.
    const double way = stack.cells / (2 * faraday * stack.flow_l_s * stack.vanadium_mol_l);
    std::vector<std::pair<double, double>> ocv, charge, discharge;
    for (std::size_t i = 0; i <= resolution; ++i) {
        const double share = static_cast<double>(i) / static_cast<double>(resolution);
        const double soc = lowest + (highest - lowest) * share;
        constexpr double near = 1e-6;
        const double slope = (vanadium_nernst_v(soc + near) - vanadium_nernst_v(soc - near)) / (2 * near);
        ocv.emplace_back(share, vanadium_nernst_v(soc));
        charge.emplace_back(share, stack.charge_ohm / stack.cells + slope * way);
        discharge.emplace_back(share, stack.discharge_ohm / stack.cells + slope * way);
    }
    return {.capacity_ah = stack.electrolyte_ah() * (highest - lowest),
            .ocv_v = SocTable(ocv, resolution),
            .charge_ohm = SocTable(charge, resolution),
            .discharge_ohm = SocTable(discharge, resolution)};
}

Physics vanadium_redox_flow() {
    constexpr double lowest = 0.05, highest = 0.95, day = 86'400;
    VanadiumStack stack;
    stack.tank_l *= 150 / (stack.electrolyte_ah() * (highest - lowest));
    Physics out{.cell = vanadium_cell(stack, lowest, highest)};
    out.cell.resistance_activation_k = 1000;
    out.cell.v_min = 0.8;
    out.cell.v_max = 1.65;
    out.cell.heat_capacity_j_k = 24'000;  // 5.6 l of electrolyte at 1.35 kg/l and 3.2 kJ/(kg K)
    out.cell.thermal_resistance_k_w = 3.6;
    out.cell.self_discharge_per_s = 0.14 / day;
    out.cell.self_discharge_activation_k = 2200;
    out.pumps = {.base_pu = 0.042, .per_flow_pu = 0.02, .heat_share = 0.5, .standing_self_discharge = 0.03};
    out.temperature = {.no_charge_k = celsius_zero,
                       .full_charge_k = celsius_zero + 5,
                       .full_k = celsius_zero + 40,
                       .none_k = celsius_zero + 45};
    out.taper_soc = 0.05;
    return out;
}

}  // namespace hil::battery
