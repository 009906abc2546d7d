// State of health from what is measured in service: series resistance from the steps of the current, capacity
// from the charge between two rests.
#pragma once

#include "battery/circuit.hpp"

#include <cstddef>
#include <deque>
#include <optional>

namespace hil::battery {

struct HealthValue {
    double value = 0, sigma = 0;
    std::size_t count = 0;  // of the measurements it stands on
};

// dU/dI of steps, the median of the last ones, its deviation from their quartiles: one wrong reading in four
// changes little.
class ResistanceWatch {
  public:
    // A step counts from `least_a` on; one of less than `least_steps` steps is no value.
    explicit ResistanceWatch(double least_a, std::size_t least_steps = 10, std::size_t window = 200);

    void add(double current_a, double voltage_v, double dt_s);
    [[nodiscard]] std::optional<HealthValue> ohm() const;

  private:
    double least_a_;
    std::size_t least_steps_, window_;
    double current_a_ = 0, voltage_v_ = 0;
    bool known_ = false;
    std::deque<double> ohms_;
};

// A rest whose voltage tells the charge is a mark; two marks at least `swing_pu` apart tell the capacity by
// the ampere-hours between them. Where the curve is too flat for that a rest tells nothing and is none.
class CapacityWatch {
  public:
    struct Settings {
        double swing_pu = 0.3;  // between two marks, at least
        double rest_s = 1800;   // without current until the voltage counts
        double rest_current_c = 0.02;
        double voltage_v = 0.003;  // what voltage and curve may be off, standard deviation
        double mark_pu = 0.03;     // a mark is at most so uncertain
        double bias_c = 0.002;     // of the current meter
    };
    CapacityWatch(CellParameters parameters, Settings settings);

    void add(double current_a, double voltage_v, double dt_s);
    // Ampere-hours; weighted by what each swing is worth.
    [[nodiscard]] std::optional<HealthValue> capacity_ah() const;
    [[nodiscard]] std::size_t marks() const { return marks_; }

  private:
    struct Mark {
        double soc_pu = 0, sigma_pu = 0;
    };
    [[nodiscard]] std::optional<Mark> mark_at(double voltage_v) const;
    void take(const Mark& mark);

    CellParameters parameters_;
    Settings settings_;
    double rested_s_ = 0, since_mark_s_ = 0, moved_ah_ = 0;
    bool marked_ = false;  // this rest
    std::optional<Mark> last_;
    std::size_t marks_ = 0, swings_ = 0;
    double weight_ = 0, weighted_ah_ = 0;
};

// The charge at an open-circuit voltage, and how far apart the charges are that have it to within `within_v`.
struct SocOfVoltage {
    double soc_pu = 0, half_width_pu = 0;
};
SocOfVoltage soc_of_voltage(const SocTable& ocv_v, double voltage_v, double within_v);

}  // namespace hil::battery
