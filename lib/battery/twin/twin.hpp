// A battery beside the battery: what a profile of power would do to it, with what is not known about it drawn
// many times.
//
// The same physics as the emulated plants (physical_model.hpp). One path is one battery: its state of charge,
// capacity, resistance, ambient temperature and speed of ageing drawn around what is believed. Results are
// quantiles over the paths, and the limits that would have bound. The first path is what is believed itself.
// Pure: one seed, one result.
#pragma once

#include "battery/physical_model.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace hil::battery {

// Power from `from_s` on, until the next one or the end. Positive discharges.
struct ProfileStep {
    double from_s = 0, p_kw = 0;
};

struct TwinCase {
    config::PlantModel model;
    Physics physics;
    double soc_pu = 0.5;
    std::vector<ProfileStep> profile;  // from_s increase strictly; nothing before the first
    double length_s = 86'400;
    bool repeat = false;  // the profile begins again when `period_s` has passed
    double period_s = 86'400;
    double step_s = 1, report_s = 300;
};

// Standard deviations.
struct TwinSpread {
    double soc_pu = 0.02, capacity_pu = 0.03, resistance_pu = 0.10, ambient_k = 2;
    std::optional<double> ageing_pu = {};  // none: that of the law
};

enum class TwinQuantity : std::uint8_t {
    voltage_v,
    current_a,
    temperature_c,
    soc_pu,
    losses_kwh,
    capacity_loss_pu,
    resistance_rise_pu
};
inline constexpr std::size_t twin_quantities = 7;
const char* name_of(TwinQuantity quantity);

// What kept the battery from the power that was asked for.
enum class Binding : std::uint8_t { none, power, temperature, taper, empty, full, voltage };
inline constexpr std::size_t bindings = 7;
const char* name_of(Binding binding);

struct BindingTime {
    double seconds = 0;      // mean over the paths
    double share_pu = 0;     // of the paths in which it happened
    double first_s = -1;     // earliest of all paths; below 0: never
    double missing_kwh = 0;  // mean, energy asked for and not delivered or taken
};

struct Quantiles {
    double low = 0, middle = 0, high = 0;  // 5, 50, 95 %
};

struct TwinResult {
    std::vector<double> at_s;
    // Of each instant and quantity.
    std::vector<std::array<Quantiles, twin_quantities>> course;
    std::array<BindingTime, bindings> binding{};
    Quantiles delivered_kwh, losses_kwh, end_soc_pu, capacity_loss_pu, resistance_rise_pu, warmest_c;
    std::size_t paths = 0;
};

TwinResult run_twin(const TwinCase& of, const TwinSpread& spread, std::size_t paths, std::uint64_t seed);

// Whether a plant that runs beside its twin still is what the twin takes it for: what is measured less what
// the twin foretells, smoothed, against what both may be off. It alarms when the smoothed residual stays
// beyond `limit` for `hold_s`, and is quiet again below half of it.
class ResidualAlarm {
  public:
    ResidualAlarm(double limit, double smooth_s, double hold_s)
        : limit_(limit), smooth_s_(smooth_s), hold_s_(hold_s) {}
    // True while it alarms. What is not finite changes nothing.
    bool add(double measured, double foretold, double dt_s);
    [[nodiscard]] double residual() const { return residual_; }
    [[nodiscard]] bool alarmed() const { return alarmed_; }

  private:
    double limit_, smooth_s_, hold_s_;
    double residual_ = 0, beyond_s_ = 0;
    bool alarmed_ = false;
};

}  // namespace hil::battery
