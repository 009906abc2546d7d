// The plant models against published and measured values, and how fast they are.
// Writes JSON to standard output and a table to standard error. Exit status 1 when a value lies outside of
// its tolerance; speed is only told.
//
//   models_bench [--cpu N] [--seconds S]     S seconds per speed (default 1)
#include "battery/ageing.hpp"
#include "battery/batteries.hpp"
#include "battery/converter.hpp"
#include "battery/ideal_model.hpp"
#include "battery/lg_m50.hpp"
#include "battery/rainflow.hpp"
#include "battery/vanadium.hpp"
#include "test/bench/reference_table.hpp"

#include <sched.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace hil;
using namespace hil::battery;
using hil::bench::Table;
using namespace std::chrono_literals;

config::PlantModel plant(config::BatteryKind kind, double kwh, double kw, double poi_kv) {
    config::PlantModel out;
    out.capacity_kwh = kwh;
    out.power_limits = {kw, -kw, kw * 0.6, -kw * 0.6};
    out.poi_voltage_kv = poi_kv;
    out.emulation.kind = kind;
    return out;
}

config::PlantModel lithium_plant(config::Chemistry chemistry = config::Chemistry::lfp) {
    auto out = plant(config::BatteryKind::li_ion, 500, 1000, 20);
    out.emulation.chemistry = chemistry;
    return out;
}

config::PlantModel vanadium_plant() {
    return plant(config::BatteryKind::vrfb, 400, 160, 0.22);
}

// Energy out over energy in at the POI, between two states of charge, at one power; ends with the charge it
// began with, after a first turn that settles what a circuit remembers.
double round_trip(const config::PlantModel& model, double share, double low, double high) {
    PhysicalModel battery(model, physics_of(model.emulation), low);
    const double power = model.power_limits.p_max_kw * share;
    double out = 0, in = 0;
    const auto drive = [&](double p_kw, double goal) {
        double dt_s = 10;
        // Near its ends a plant may not get any further.
        for (int idle = 0; idle < 100;) {
            const double before = battery.energy_kwh() / battery.capacity_kwh();
            const auto step =
                battery.advance({.p_kw = p_kw, .q_kvar = 0, .running = true}, hil::seconds(dt_s));
            (step.p_poi_kw > 0 ? out : in) += std::abs(step.p_poi_kw) * dt_s;
            idle = std::abs(step.p_battery_kw) < power * 1e-3 ? idle + 1 : 0;
            const double left = (goal - step.soc_pu) / (step.soc_pu - before) * dt_s;
            if (left < 1e-6) return;
            dt_s = std::min(dt_s, left);  // the last step ends on it
        }
    };
    for (int turn = 0; turn < 2; ++turn) {
        out = in = 0;
        drive(-power, high);
        drive(power, low);
    }
    return out / in;
}

void cycles(Table& table) {
    table.group("Rainflow, ASTM E1049-85: -2, 1, -3, 5, -1, 3, -4, 4, -2");
    const std::vector<double> history{-2, 1, -3, 5, -1, 3, -4, 4, -2};
    std::map<double, double> counts;
    for (const auto& cycle : rainflow(history))
        counts[cycle.range] += cycle.count;
    for (const auto& [range, count] : std::map<double, double>{{3, .5}, {4, 1.5}, {6, .5}, {8, 1}, {9, .5}}) {
        table.value("cycles of range " + std::to_string(static_cast<int>(range)), count, counts[range], 0);
        counts.erase(range);
    }
    table.value("other ranges", 0, static_cast<double>(counts.size()), 0);
    std::mt19937_64 random(7);
    std::uniform_real_distribution<double> draw(0, 1);
    std::vector<double> walk{draw(random)};
    double variation = 0, counted = 0;
    for (int i = 0; i < 100'000; ++i) {
        walk.push_back(draw(random));
        variation += std::abs(walk.back() - walk[walk.size() - 2]);
    }
    for (const auto& cycle : rainflow(walk))
        counted += cycle.range * cycle.count;
    table.value("sum of range times count of 100000 random turns, of half their variation", 1,
                counted / (variation / 2), 1e-9);
}

void ageing(Table& table) {
    constexpr double year_s = 365 * 86'400.0;
    table.group("Ageing, Sony LFP (Naumann)");
    const auto shelf = calendar_ageing(298.15, 0.5);
    const auto year = age({}, shelf, year_s), cycled = age({}, cycle_ageing(0.5, 0.8), 300);
    table.value("loss after 365 d at 25 °C, 50 %", 0.042516, year.capacity_loss_pu, 1e-6);
    table.value("resistance rise", 0.016826, year.resistance_rise_pu, 1e-6);
    table.value("loss after 300 cycles, C 0.5, depth 0.8", 0.025047, cycled.capacity_loss_pu, 1e-6);
    table.value("resistance rise", 0.003640, cycled.resistance_rise_pu, 1e-6);
    table.value("loss after twice the time, of that after the time", std::sqrt(2.0),
                age({}, shelf, 2 * year_s).capacity_loss_pu / year.capacity_loss_pu, 1e-12);
    AgeingState cut;
    for (int i = 0; i < 8760; ++i)
        cut = age(cut, shelf, 3600);
    table.value("loss after 365 d by the hour, of that in one step", 1,
                cut.capacity_loss_pu / year.capacity_loss_pu, 1e-9);
    // The plant itself, a hundred times as fast: what it shows is what the law says.
    auto model = lithium_plant();
    model.emulation.ageing_factor = 100;
    PhysicalModel battery(model, physics_of(model.emulation), 0.5);
    for (int i = 0; i < 365 * 24 * 60 / 100; ++i)
        battery.advance({.p_kw = 0, .q_kvar = 0, .running = false}, 60s);
    // It discharges itself a little meanwhile, which the law does not know.
    table.value("loss of a plant at rest, 365 d in 3.65 d", 0.042516, battery.inside()->capacity_loss_pu,
                1e-5);
}

void converter(Table& table) {
    table.group("Converter, Sungrow (HTW Berlin): efficiency at a share of the rated power");
    const struct {
        double p, charge, discharge;
    } published[] = {{0.02, 0.721793, 0.783727},
                     {0.1, 0.927001, 0.946080},
                     {0.5, 0.976516, 0.979999},
                     {1, 0.975617, 0.976291}};
    for (const auto& point : published) {
        char name[64];
        std::snprintf(name, sizeof name, "charging at %.2f", point.p);
        table.value(name, point.charge, sungrow_charge.efficiency(point.p), 1e-6);
        std::snprintf(name, sizeof name, "discharging at %.2f", point.p);
        table.value(name, point.discharge, sungrow_discharge.efficiency(point.p), 1e-6);
    }
}

void lg_m50_cell(Table& table) {
    table.group("LG M50 (Chen 2020): capacities of the electrodes, voltages at stoichiometries");
    table.value("negative electrode, Ah", 5.827615, lg_m50::negative_ah, 1e-6);
    table.value("positive electrode, Ah", 8.732319, lg_m50::positive_ah, 1e-6);
    const struct {
        double at, negative, positive;
    } published[] = {{0.1, 0.406516, 4.594483},
                     {0.25, 0.195062, 4.336596},
                     {0.5, 0.133086, 3.971959},
                     {0.75, 0.092028, 3.689615},
                     {0.9, 0.092020, 3.568200}};
    for (const auto& point : published) {
        char name[64];
        std::snprintf(name, sizeof name, "graphite at %.2f, V", point.at);
        table.value(name, point.negative, lg_m50::negative_v(point.at), 1e-6);
        std::snprintf(name, sizeof name, "NMC at %.2f, V", point.at);
        table.value(name, point.positive, lg_m50::positive_v(point.at), 1e-6);
    }
}

// Between the points of our tables.
void open_circuit(Table& table) {
    char name[64];
    table.group(
        "Open-circuit voltages as measured: Sony LFP (SimSES), Samsung NMC at 25 °C (bess-opt-benchmark)");
    const std::pair<double, double> lfp[] = {
        {0.125, 3.206753}, {0.33, 3.277956}, {0.62, 3.304427}, {0.88, 3.341587}, {0.975, 3.347070}};
    const auto lfp_v = lithium_iron_phosphate().cell.ocv_v;
    for (const auto& [soc, volt] : lfp) {
        std::snprintf(name, sizeof name, "LFP at %.3f, V", soc);
        table.value(name, volt, lfp_v.at(soc), 0.005);
    }
    const std::pair<double, double> nmc[] = {
        {0.125, 3.4923}, {0.33, 3.6236}, {0.62, 3.7684}, {0.88, 3.9916}, {0.975, 4.1007}};
    const auto nmc_v = lithium_nickel_manganese_cobalt().cell.ocv_v;
    for (const auto& [soc, volt] : nmc) {
        std::snprintf(name, sizeof name, "NMC at %.3f, V", soc);
        table.value(name, volt, nmc_v.at(soc), 0.005);
    }
}

// As the cell was cycled: full, 30.6 A down to 3.0 V, half an hour of rest, 15.3 A up to 4.2 V and there
// until 1 A is left.
void leaf(Table& table) {
    table.group("ORNL Leaf cell, 1C (30.6 A), measured over 4 cycles; the lmo chemistry was fitted to them");
    Cell cell(lithium_manganese_oxide().cell, {.soc_pu = 1});
    double seconds = 0, out_ah = 0, out_wh = 0, in_ah = 0, in_wh = 0, first_v = 0;
    for (bool limited = false; !limited;) {
        const auto step = cell.advance_current(30.6, 1, {});
        limited = step.limited;
        if (limited) break;
        seconds += 1;
        if (seconds == 1) first_v = step.end_voltage_v;
        out_ah += step.current_a / 3600;
        out_wh += step.energy_j / 3600;
    }
    cell.advance_current(0, 1800, {});
    for (double current = 15.3; current > 1;) {
        const auto step = cell.advance_current(-15.3, 1, {});
        current = -step.current_a;
        in_ah -= step.current_a / 3600;
        in_wh -= step.energy_j / 3600;
    }
    table.value("voltage after the first second of discharge, V", 4.128, first_v, 0.05);
    table.band("discharged, Ah", 30.297, 30.344, out_ah, 0.1);
    table.band("discharged, Wh", 113.60, 113.80, out_wh, 0.5);
    table.band("time of discharge, s", 3563, 3569, seconds, 10);
    table.band("charged, Ah", 30.20, 30.25, in_ah, 0.2);
    table.band("charged, Wh", 119.3, 119.5, in_wh, 0.6);
    table.value("energy efficiency", 0.9522, out_wh / in_wh, 0.003);
}

// Charged and discharged as in the reference: steps of 100 s from 2.5 % until 97.5 % are reached, then from
// there.
void stack(Table& table) {
    table.group("Redox-flow stack (Blanc and Rufer)");
    constexpr double lowest = 0.02, highest = 0.98;
    const auto at = [](double soc) { return (soc - lowest) / (highest - lowest); };
    const struct {
        double current, efficiency, hours;
    } published[] = {{10, 0.970069, 22.25}, {20, 0.940707, 11.1389}};
    for (const auto& point : published) {
        auto parameters = vanadium_cell({}, lowest, highest, 960);
        Cell cell(parameters, {.soc_pu = at(0.025)});
        double in_j = 0, out_j = 0;
        int in = 0, out = 0;
        for (; cell.state().soc_pu < at(0.975); ++in)
            in_j -= cell.advance_current(-point.current, 100, {}).energy_j;
        cell.set_soc(at(0.975));
        for (; cell.state().soc_pu > at(0.025); ++out)
            out_j += cell.advance_current(point.current, 100, {}).energy_j;
        char name[64];
        std::snprintf(name, sizeof name, "voltage efficiency at %.0f A", point.current);
        table.value(name, point.efficiency, (out_j / out) / (in_j / in), 5e-6);
        std::snprintf(name, sizeof name, "coulombic efficiency at %.0f A", point.current);
        table.value(name, 1, static_cast<double>(out) / in, 0);
        std::snprintf(name, sizeof name, "time of charge at %.0f A, h", point.current);
        table.value(name, point.hours, in / 36.0, 5e-5);
    }
    for (const auto& [soc, volt] :
         std::map<double, double>{{0.1, 1.210014}, {0.5, 1.326183}, {0.9, 1.442156}}) {
        char name[64];
        std::snprintf(name, sizeof name, "Nernst voltage of a cell at %.1f, V", soc);
        table.value(name, volt, vanadium_nernst_v(soc), 1e-6);
    }
}

void efficiencies(Table& table) {
    table.group("Round trip AC to AC, vrfb 400 kWh, 160 kW: published band 0.60 to 0.72 at 30 to 100 %");
    char name[96];
    const struct {
        double low, high;
    } windows[] = {{0.1, 0.3}, {0.4, 0.6}, {0.7, 0.9}, {0.1, 0.9}};
    for (const auto& [low, high] : windows) {
        for (const double share : {1.0, 0.75, 0.5, 0.3}) {
            std::snprintf(name, sizeof name, "at %3.0f %% of the power, charge %.0f to %.0f %%", share * 100,
                          low * 100, high * 100);
            table.band(name, 0.60, 0.72, round_trip(vanadium_plant(), share, low, high));
        }
    }
    double before = round_trip(vanadium_plant(), 0.3, 0.4, 0.6);
    for (const double share : {0.2, 0.15, 0.1, 0.05}) {
        const double now = round_trip(vanadium_plant(), share, 0.4, 0.6);
        std::snprintf(name, sizeof name, "at %3.0f %% of the power, charge 40 to 60 %%: below that before",
                      share * 100);
        table.band(name, 0, before, now);
        before = now;
    }
    // 5 kW with pumps and auxiliaries at 8 to 9 % of the rated power, constant.
    auto small = plant(config::BatteryKind::vrfb, 20, 5, 0.4);
    small.emulation.auxiliary_kw = 0.02 * 5;
    table.value("a plant of 5 kW and 20 kWh at full power, auxiliaries 2 %, full cycle", 0.65,
                round_trip(small, 1, 0.02, 0.98), 0.05);

    table.group(
        "Round trip AC to AC, li_ion 500 kWh, 1000 kW (the planning cases assume 0.95 each way: 0.9025)");
    const struct {
        const char* name;
        config::Chemistry chemistry;
    } cells[] = {{"lfp", config::Chemistry::lfp},
                 {"nmc", config::Chemistry::nmc},
                 {"lmo", config::Chemistry::lmo},
                 {"lg_m50", config::Chemistry::lg_m50}};
    for (const auto& [label, chemistry] : cells) {
        for (const double share : {0.05, 0.1, 0.25, 0.5, 1.0}) {
            std::snprintf(name, sizeof name, "%s at %3.0f %% of the power, charge 40 to 60 %%", label,
                          share * 100);
            table.figure(name, round_trip(lithium_plant(chemistry), share, 0.4, 0.6));
        }
    }
    for (const auto& [low, high] : windows) {
        std::snprintf(name, sizeof name, "lfp at  25 %% of the power, charge %.0f to %.0f %%", low * 100,
                      high * 100);
        table.figure(name, round_trip(lithium_plant(), 0.25, low, high));
    }
}

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// Steps a second of processor time of one plant whose setpoint changes now and then, as a plan's does: the
// median of five.
double steps_a_second(const config::PlantModel& model, double seconds) {
    const auto battery = make_model(model, 0.5);
    constexpr int block = 10'000;
    double sum = 0;
    const auto run = [&](std::uint64_t& steps, double time) {
        const double begin = cpu_seconds();
        double took = 0;
        do {
            for (int i = 0; i < block; ++i) {
                const double p = (i / 450 % 4 - 1.5) / 1.5 * model.power_limits.p_max_kw * 0.5;
                sum += battery->advance({.p_kw = p, .q_kvar = 10, .running = true}, 2s).p_poi_kw;
            }
            steps += block;
            took = cpu_seconds() - begin;
        } while (took < time);
        return took;
    };
    std::uint64_t warm = 0;
    run(warm, seconds / 5);
    std::vector<double> rates;
    for (int i = 0; i < 5; ++i) {
        std::uint64_t steps = 0;
        const double took = run(steps, seconds / 5);
        rates.push_back(static_cast<double>(steps) / took);
    }
    if (!std::isfinite(sum)) std::abort();
    std::ranges::sort(rates);
    return rates[2];
}

void speed(Table& table, double seconds) {
    table.group("Million plant steps a second on one core, 2 s each (goals: ideal 10, li_ion 2)");
    table.figure("ideal", steps_a_second(plant(config::BatteryKind::ideal, 500, 1000, 20), seconds) / 1e6);
    table.figure("li_ion lfp", steps_a_second(lithium_plant(), seconds) / 1e6);
    table.figure("li_ion nmc", steps_a_second(lithium_plant(config::Chemistry::nmc), seconds) / 1e6);
    auto ageing = lithium_plant();
    ageing.emulation.ageing_factor = 365;
    table.figure("li_ion lfp that ages", steps_a_second(ageing, seconds) / 1e6);
    table.figure("vrfb", steps_a_second(vanadium_plant(), seconds) / 1e6);
    auto whole = lithium_plant();
    whole.emulation.response_delay = 300ms;
    whole.emulation.ramp_kw_per_s = 200;
    whole.emulation.auxiliary_kw = 3;
    whole.emulation.line_reactance_pu = 0.05;
    whole.emulation.ageing_factor = 365;
    table.figure("li_ion lfp with delay, ramp, line and ageing", steps_a_second(whole, seconds) / 1e6);
}

}  // namespace

int main(int argc, char** argv) {
    double seconds = 1;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view option = argv[i];
        if (option == "--seconds") {
            seconds = std::atof(argv[i + 1]);
        } else if (option == "--cpu") {
            cpu_set_t cpus;
            CPU_ZERO(&cpus);
            CPU_SET(static_cast<std::size_t>(std::atoi(argv[i + 1])), &cpus);
            sched_setaffinity(0, sizeof cpus, &cpus);
        } else {
            std::fprintf(stderr, "models_bench: unknown option %s\n", argv[i]);
            return 2;
        }
    }
    Table table;
    std::fprintf(stderr, "  %-66s %23s %12s  deviation\n", "", "reference", "ours");
    cycles(table);
    ageing(table);
    converter(table);
    lg_m50_cell(table);
    open_circuit(table);
    leaf(table);
    stack(table);
    efficiencies(table);
    speed(table, seconds);
    table.print_json();
    return table.good() ? 0 : 1;
}
