// What a battery does with a command over a span of time. Models know nothing of registers, time or Modbus.
//
// Signs as everywhere: positive is discharge, export to the grid. Units: kW, kvar, kWh, kV, state of charge
// 0..1.
#pragma once

#include "base/time.hpp"
#include "config/config.hpp"

#include <memory>
#include <optional>

namespace hil::battery {

struct Command {
    double p_kw = 0, q_kvar = 0;  // finite
    bool running = false;         // a plant that does not run gives and takes nothing
};

// What the plant's meters show. Battery and point of interconnection differ only in models with losses
// between. NaN: the meter does not answer.
struct Output {
    double p_battery_kw = 0, q_battery_kvar = 0;
    double p_poi_kw = 0, q_poi_kvar = 0;
    double v_poi_kv = 0;
    double soc_pu = 0;
};

// What the plant's controller knows beside its meters. Losses since the model was made.
struct Inside {
    double temperature_c = 0;                   // of cells or electrolyte
    double dc_voltage_v = 0, dc_current_a = 0;  // of the battery
    double cells_in_series = 0;                 // whole
    double strings = 0;                         // in parallel; not rounded, so that the kWh are exact
    double capacity_loss_pu = 0, resistance_rise_pu = 0;  // by ageing, of the values when new
    double equivalent_cycles = 0;                         // full ones, as rainflow counted them while it aged
    double stored_kwh = 0;                                // by the cells, at their open-circuit voltage
    double losses_kwh = 0;                                // cells, converter, auxiliary loads, line, ageing
};

class BatteryModel {
  public:
    virtual ~BatteryModel() = default;

    // What time it is at the end of the span that follows. Only models that go by the clock care.
    virtual void set_time(Instant) {}

    // Applies the command for `dt` and returns what it led to: powers are the mean over `dt`, the state of
    // charge is that at its end. It matters little how a span is cut: the same command in one
    // step or in many gives the same energy, but for what a model resolves only by its steps (circuits).
    // dt = 0 moves no energy and shows the power that would start to
    // flow.
    virtual Output advance(const Command& command, Duration dt) = 0;

    // The meters of the plant at rest, as after power is switched on.
    [[nodiscard]] virtual Output at_rest() const = 0;
    [[nodiscard]] virtual double capacity_kwh() const = 0;
    [[nodiscard]] virtual double energy_kwh() const = 0;
    // Clamped to 0..1. Precondition: finite.
    virtual void set_soc(double soc_pu) = 0;
    [[nodiscard]] virtual bool seedable() const { return true; }
    // Nothing for a model without an inside.
    [[nodiscard]] virtual std::optional<Inside> inside() const { return std::nullopt; }

  protected:
    BatteryModel() = default;
    BatteryModel(const BatteryModel&) = default;
    BatteryModel& operator=(const BatteryModel&) = default;
};

// The model that model.emulation of the configuration asks for, at this state of charge.
// Precondition: the kind is not replay, whose recording is not in the configuration.
std::unique_ptr<BatteryModel> make_model(const config::PlantModel& model, double initial_soc_pu);

}  // namespace hil::battery
