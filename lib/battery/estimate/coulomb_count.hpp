// Charge counted, beside the filter: what it would say by itself, and how far it may be off by now.
#pragma once

namespace hil::battery {

struct CountLimits {
    double bias_a = 0;         // of the current meter at most
    double gain_pu = 0;        // of the current meter at most
    double capacity_pu = 0.1;  // of the capacity at most
};

// Bounds, not deviations: the charge lies within them if the limits hold. They grow with time by the bias,
// with what moved by gain and capacity, and only a known charge makes them narrow again.
class CoulombCount {
  public:
    CoulombCount(double capacity_ah, double coulombic_efficiency, const CountLimits& limits);

    // The charge is known here, to so much.
    void set(double soc_pu, double within_pu);
    // Positive discharges. What is not finite is no reading: the bounds grow as if any current within
    // +-`unknown_a` had flowed.
    void add(double current_a, double dt_s, double unknown_a = 0);

    [[nodiscard]] double soc_pu() const;
    [[nodiscard]] double lowest_pu() const;
    [[nodiscard]] double highest_pu() const;
    // Ampere-hours since it was set, and what they may be off.
    [[nodiscard]] double taken_ah() const { return taken_ah_; }
    [[nodiscard]] double drift_pu() const { return within_ + drift_pu_; }

  private:
    double capacity_ah_, efficiency_;
    CountLimits limits_;
    double start_ = 0.5, within_ = 0.5;
    double taken_ah_ = 0, drift_pu_ = 0;
};

}  // namespace hil::battery
