// State of charge from current and voltage: a sum of extended Kalman filters over the circuit of circuit.hpp.
//
// Each filter carries nine states: state of charge, the voltages of both RC pairs, hysteresis, bias of the
// current meter, the errors (logarithms) of the series resistance and of the pairs, an error of the
// open-circuit voltage that changes within hours, and the error of the capacity. The last is only carried
// along (Schmidt, "Application of state-space methods to navigation problems", 1966): voltage says nothing of
// it, but what it costs is in the variance.
//
// A voltage corrects the charge by what it tells of it: on a flat part of the curve the slope is small
// against noise, hysteresis and the error of the curve, and the correction fades by itself. Since a curve
// with flats has several charges for one voltage, filters begin side by side over the whole range that the
// start allows, are weighed by how well they foretell the voltage, and are merged when they have come
// together (Alspach and Sorenson, "Nonlinear Bayesian estimation using Gaussian sum approximations", 1972).
//
// Pure: values in, values out; no clock, no chance. Of one cell; positive current discharges.
#pragma once

#include "battery/circuit.hpp"

#include <array>
#include <cstddef>
#include <vector>

namespace hil::battery {

// What is known of the meters and of the model: standard deviations.
struct FilterSettings {
    double voltage_noise_v = 0.005;
    double correlation_s = 10;  // voltages closer than this tell nothing new: their errors belong together
    double bias_c = 0.005;      // of the current meter, in multiples of the current that empties in an hour
    double resistance_pu = 0.12, capacity_pu = 0.10;
    double ocv_v = 0.002;  // of the curve
    double ocv_hours = 4;  // and within how long it is another one
    double time_constant_pu = 0.1;
    double start_soc_pu = 0.5, start_spread_pu = 0.3;
    // No correction by voltage where the curve rises less than so many volts from empty to full: 0: never.
    // What is usual; the weight of the slope needs no such limit.
    double freeze_below_v = 0;
};

struct SocEstimate {
    double soc_pu = 0.5;
    double sigma_pu = 0.3;  // standard deviation
    double bias_a = 0, bias_sigma_a = 0;
    double resistance_factor = 1, resistance_sigma = 0;  // of the series resistance of the parameters
    double slope_v = 0;       // of the curve at the estimate, volts from empty to full
    double innovation_v = 0;  // measured minus foretold
    std::size_t hypotheses = 1;
    bool frozen = false;  // this voltage corrected nothing
};

class SocFilter {
  public:
    SocFilter(CellParameters parameters, const FilterSettings& settings);

    // `dt_s` seconds at this current, and the voltage at their end. A value that is not finite: only what is
    // known is used.
    const SocEstimate& add(double current_a, double voltage_v, double temperature_k, double dt_s);
    [[nodiscard]] const SocEstimate& estimate() const { return estimate_; }
    [[nodiscard]] const CellParameters& parameters() const { return parameters_; }

  private:
    static constexpr std::size_t size = 9;
    using Vector = std::array<double, size>;
    struct Hypothesis {
        Vector x{};
        std::array<Vector, size> p{};
        double weight = 1;
        double innovation = 0;
    };
    struct Step;

    void predict(Hypothesis& of, const Step& step) const;
    void loosen(std::array<Vector, size>& p, const Step& step, double current, double moved,
                double hyst_decay) const;
    // The logarithm of how likely the voltage was.
    double correct(Hypothesis& of, double voltage_v, const Step& step) const;
    void weigh(const std::vector<double>& likely);
    void merge();
    void split();
    void sum_up();

    CellParameters parameters_;
    FilterSettings settings_;
    double bias_a_;
    std::vector<Hypothesis> hypotheses_;
    SocEstimate estimate_;
};

}  // namespace hil::battery
