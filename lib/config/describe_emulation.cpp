#include "config/describe.hpp"
#include "config/names.hpp"

namespace hil::config {
namespace {

void battery(Visitor& v, Emulation& e) {
    v.choice<BatteryKind>(
        {.name = "kind",
         .doc = "ideal: no losses, follows at once; li_ion: cells with losses and heat behind a converter; "
                "vrfb: vanadium redox flow with pumps and crossover; replay: plays back a recording."},
        e.kind, battery_kinds);
    v.choice<Chemistry>({.name = "chemistry",
                         .doc = "Of li_ion: lfp iron phosphate, nmc, lmo manganese spinel, lg_m50 NMC 811 "
                                "with silicon."},
                        e.chemistry, chemistries);
    v.real({.name = "dc_voltage_kv",
            .doc = "Of the battery at half charge, from which its cells in series follow; null: what a "
                   "converter needs for the grid connection up to 1 kV, else 0.8.",
            .nullable = true},
           e.dc_voltage_kv, {0, 10, true});
    v.real({.name = "ambient_c", .doc = "Temperature around the battery, degrees Celsius."}, e.ambient_c,
           {-60, 80});
    v.real({.name = "ageing_factor",
            .doc = "How fast li_ion ages: 0 not at all, 1 as in life, 365 a year in a day."},
           e.ageing_factor, {0, 1e6});
    v.real({.name = "capacity_loss_pu", .doc = "Share of the capacity that is gone at the start."},
           e.capacity_loss_pu, {0, 0.9});
    v.real({.name = "resistance_rise_pu", .doc = "Share by which resistances are higher at the start."},
           e.resistance_rise_pu, {0, 10});
}

void recording(Visitor& v, Emulation& e) {
    v.path(
        {.name = "file",
         .doc = "Of replay: the recording, a CSV file as the service writes them. Its measurements are shown "
                "whatever the setpoints say."},
        e.file);
    v.choice<ReplayTime>(
        {.name = "file_time",
         .doc = "start: the first row is where the run begins; wall_clock: each row is at the "
                "time it was recorded."},
        e.file_time, replay_times);
    v.choice<ReplayGaps>(
        {.name = "file_gaps",
         .doc = "What is not known in the recording: unreadable refuses to be read (exception "
                "4), hold keeps the value before."},
        e.file_gaps, replay_gaps);
}

void grid_side(Visitor& v, Emulation& e) {
    constexpr Real share{0, 1};
    v.seconds({.name = "response_delay_s", .doc = "From a setpoint to the begin of its effect."},
              e.response_delay, {0, 60});
    v.real({.name = "ramp_kw_per_s",
            .doc = "How fast the power follows its setpoint; null: at once.",
            .nullable = true},
           e.ramp_kw_per_s, {0, 1e7, true});
    v.real({.name = "auxiliary_kw", .doc = "Cooling and control, taken at the grid connection at all times."},
           e.auxiliary_kw, {0, 1e6});
    v.real({.name = "line_resistance_pu",
            .doc = "Between battery and grid connection, on the base of the rated power."},
           e.line_resistance_pu, share);
    v.real({.name = "line_reactance_pu", .doc = "The same for reactance."}, e.line_reactance_pu, share);
    v.real({.name = "grid_resistance_pu",
            .doc = "Of the grid behind the connection, on the base of the rated power: the voltage rises by "
                   "this share at full discharge."},
           e.grid_resistance_pu, share);
    v.real({.name = "grid_reactance_pu", .doc = "The same for reactance, with reactive power."},
           e.grid_reactance_pu, share);
}

void meters(Visitor& v, Emulation& e) {
    constexpr Real share{0, 1};
    v.real({.name = "power_noise_pu", .doc = "Standard deviation of the power meters, of the rated power."},
           e.power_noise_pu, share);
    v.real(
        {.name = "voltage_noise_pu", .doc = "Standard deviation of the voltmeter, of the nominal voltage."},
        e.voltage_noise_pu, share);
    v.real({.name = "soc_noise_pu", .doc = "Standard deviation of the state of charge shown."},
           e.soc_noise_pu, share);
    v.real({.name = "power_step_kw",
            .doc = "Power meters show multiples of this, in kW and kvar; 0: what the register can hold."},
           e.power_step_kw, {0, 1e6});
    v.real({.name = "voltage_step_kv", .doc = "The same for the voltmeter."}, e.voltage_step_kv, {0, 1000});
    v.real({.name = "soc_step_pu", .doc = "The same for the state of charge shown."}, e.soc_step_pu, share);
    v.whole({.name = "seed", .doc = "Of the noise, together with the name of the plant."}, e.seed,
            {0, 2'147'483'647});
}

}  // namespace

void describe(Visitor& v, Emulation& e) {
    battery(v, e);
    grid_side(v, e);
    meters(v, e);
    recording(v, e);
}

}  // namespace hil::config
