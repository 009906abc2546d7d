// What the summary at the end of a run says of one plant.
#pragma once

#include "base/time.hpp"
#include "measure/row.hpp"

#include <cstdint>
#include <optional>

namespace hil::measure {

// What the plant should be doing at a sample, after limits: kW and kvar.
struct Reference {
    double p_kw = 0, q_kvar = 0;
    std::optional<WallTime> since = std::nullopt;  // since when both are so; none: since ever
};

class Statistics {
  public:
    // Setpoint registers differ from the plan when they are a whole count or more away, writes truncate,
    // beyond what their points say to count as equal.
    explicit Statistics(const ColumnFormat& format);

    // One sample. `reference` is none outside the time in which the plant is to follow its plan.
    void sample(const Row& row, const std::optional<Reference>& reference);
    // A sample failed: nothing is known until the next one.
    void gap();

    // kWh by trapezoids between neighbouring samples, gaps excluded; both positive.
    [[nodiscard]] double energy_out_kwh() const { return out_kwh_; }
    [[nodiscard]] double energy_in_kwh() const { return in_kwh_; }

    // Measured active power of the battery less the reference, kW; 0 without samples.
    [[nodiscard]] double tracking_rms_kw() const;
    [[nodiscard]] double tracking_worst_kw() const { return worst_kw_; }
    [[nodiscard]] WallTime tracking_worst_at() const { return worst_at_; }
    // The same without the first two samples after each step of the reference.
    [[nodiscard]] double settled_worst_kw() const { return settled_worst_kw_; }
    [[nodiscard]] std::uint64_t tracked_samples() const { return tracked_; }

    // Time with a setpoint register that differs from the plan, of the time in which both were known.
    [[nodiscard]] Duration watched() const { return watched_; }
    [[nodiscard]] Duration differing() const { return differing_; }
    [[nodiscard]] Duration longest_differing() const { return longest_; }
    [[nodiscard]] double differing_share() const;

  private:
    [[nodiscard]] bool differs(const Row& row, const Reference& reference) const;
    // Each register is as before a step or as after it: one of them may have been written already.
    [[nodiscard]] bool steps(const Row& row, const Reference& before, const Reference& after) const;
    void add_energy(double a, double b, Duration over);
    void watch(const Row& row, const std::optional<Reference>& reference, Duration since);

    double p_slack_, q_slack_;
    std::optional<Row> last_;
    std::optional<Reference> last_reference_;
    double out_kwh_ = 0, in_kwh_ = 0;
    double square_sum_ = 0, worst_kw_ = 0;
    WallTime worst_at_{};
    double settled_worst_kw_ = 0;
    std::optional<double> settling_kw_;  // the reference that is being settled on
    std::uint64_t since_step_ = 0;
    std::uint64_t tracked_ = 0;
    Duration watched_{}, differing_{}, longest_{}, interval_{};
};

}  // namespace hil::measure
