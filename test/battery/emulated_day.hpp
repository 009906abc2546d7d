// A day of an emulated cell that is not as the filter believes: parameters off by a tenth, a current meter
// with bias, noise, and a start that is 30 points off.
#pragma once

#include "base/random.hpp"
#include "battery/batteries.hpp"
#include "battery/estimate/soc_filter.hpp"
#include "battery/vanadium.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

namespace hil::battery {

enum class EmulatedKind : std::uint8_t { nmc, vanadium, iron_phosphate };

struct EmulatedDay {
    EmulatedKind kind = EmulatedKind::nmc;
    std::uint64_t seed = 1;
    double dt_s = 1;
    double freeze_below_v = 0;
};

struct EmulatedResult {
    double error_when_due = 0;  // after 30 min, of iron phosphate after an hour
    double rms = 0;             // from then on
    double worst_after_steep = 0;
    bool steep_passed = false;
    double inside_two_sigma = 0;  // share of the day
};

inline SocTable scaled_table(const SocTable& table, double factor) {
    std::vector<std::pair<double, double>> points;
    for (int i = 0; i <= 200; ++i)
        points.emplace_back(i / 200.0, table.at(i / 200.0) * factor);
    return SocTable(points);
}

inline EmulatedResult emulated_day(const EmulatedDay& day) {
    Random random(day.seed * 77);
    const bool iron = day.kind == EmulatedKind::iron_phosphate;
    auto truth = iron                                 ? lithium_iron_phosphate().cell
                 : day.kind == EmulatedKind::vanadium ? vanadium_redox_flow().cell
                                                      : lithium_nickel_manganese_cobalt().cell;
    if (iron) {
        truth.hysteresis_v = 0.0125;
        truth.hysteresis_rate = 40;
    }
    const auto tenth = [&random] { return random.chance(0.5) ? 0.9 : 1.1; };
    auto believed = truth;
    believed.capacity_ah *= tenth();
    const double ohm = tenth();
    believed.charge_ohm = scaled_table(truth.charge_ohm, ohm);
    believed.discharge_ohm = scaled_table(truth.discharge_ohm, ohm);
    for (auto& pair : believed.pairs) {
        pair.ohm *= tenth();
        pair.tau_s *= tenth();
    }
    believed.hysteresis_v *= tenth();
    believed.hysteresis_rate *= tenth();
    believed.self_discharge_per_s *= tenth();

    const double capacity = truth.capacity_ah, begin = random.uniform(0.2, 0.8);
    const double told = begin > 0.5 ? begin - 0.3 : begin + 0.3;
    const double bias = (random.chance(0.5) ? 1 : -1) * 0.005 * capacity;
    const double most = (day.kind == EmulatedKind::vanadium ? 0.4 : 0.5) * capacity;
    Cell cell(truth, {.soc_pu = begin});
    SocFilter filter(believed,
                     {.start_soc_pu = told, .start_spread_pu = 0.3, .freeze_below_v = day.freeze_below_v});

    EmulatedResult out;
    const double due = iron ? 3600 : 1800;
    double current = 0, square = 0, next_s = 60;  // it stands for a minute before it is started
    int count = 0, inside = 0, all = 0;
    for (double t = 0; t < 86'400; t += day.dt_s) {
        if (t >= next_s) {
            const double wanted = random.uniform(-1, 1) + (cell.state().soc_pu - 0.5) * 1.2;
            current = random.chance(0.2) ? 0 : std::clamp(wanted, -1.0, 1.0) * most;
            next_s = std::floor(t / 900 + 1) * 900;
        }
        const auto step = cell.advance_current(current, day.dt_s, {.ambient_k = 298.15});
        const auto& told_now =
            filter.add(step.current_a + bias + 0.001 * capacity * random.normal(),
                       step.end_voltage_v + 0.005 * random.normal(), cell.state().temperature_k, day.dt_s);
        const double soc = cell.state().soc_pu, error = told_now.soc_pu - soc;
        ++all;
        inside += std::abs(error) <= 2 * told_now.sigma_pu ? 1 : 0;
        if (t + day.dt_s < due) continue;
        if (count++ == 0) out.error_when_due = error;
        square += error * error;
        out.steep_passed = out.steep_passed || soc < 0.12 || soc > 0.985;
        if (out.steep_passed) out.worst_after_steep = std::max(out.worst_after_steep, std::abs(error));
    }
    out.rms = std::sqrt(square / count);
    out.inside_two_sigma = static_cast<double>(inside) / all;
    return out;
}

}  // namespace hil::battery
