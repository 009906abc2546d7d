#include "measure/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace hil::measure {
namespace {

// How far a register may be from the plan and still be what the plan makes of it: less than one count, and
// what the point says to count as equal.
double slack(const ColumnFormat& format, Column column) {
    const double count = format.count[index(column)], tolerance = format.tolerance[index(column)];
    return (count > 0 ? count * (1 - 1e-6) : 0) + tolerance * (1 + 1e-9);
}

// A plant acts on a setpoint at its own next step, which a sample may come before.
constexpr std::uint64_t settling_samples = 2;

bool apart(double measured, double planned, double slack) {
    if (std::isnan(measured)) return false;
    const double rounding = std::numeric_limits<float>::epsilon() * std::abs(planned);
    return std::abs(measured - planned) > slack + (slack > 0 ? 0 : rounding);
}

}  // namespace

Statistics::Statistics(const ColumnFormat& format)
    : p_slack_(slack(format, Column::p_setpoint)), q_slack_(slack(format, Column::q_setpoint)) {}

bool Statistics::differs(const Row& row, const Reference& reference) const {
    return apart(row[Column::p_setpoint], reference.p_kw, p_slack_) ||
           apart(row[Column::q_setpoint], reference.q_kvar, q_slack_);
}

bool Statistics::steps(const Row& row, const Reference& before, const Reference& after) const {
    const double p = row[Column::p_setpoint];
    const double q = row[Column::q_setpoint];
    return (!apart(p, before.p_kw, p_slack_) || !apart(p, after.p_kw, p_slack_)) &&
           (!apart(q, before.q_kvar, q_slack_) || !apart(q, after.q_kvar, q_slack_));
}

void Statistics::sample(const Row& row, const std::optional<Reference>& reference) {
    const double p = row[Column::p_battery];
    const Duration since = last_ ? row.at - last_->at : Duration::zero();
    if (last_ && since > Duration::zero()) add_energy((*last_)[Column::p_battery], p, since);
    if (reference && !std::isnan(p)) {
        const double error = p - reference->p_kw;
        square_sum_ += error * error;
        ++tracked_;
        if (std::abs(error) > std::abs(worst_kw_)) {
            worst_kw_ = error;
            worst_at_ = row.at;
        }
        since_step_ = settling_kw_ == reference->p_kw ? since_step_ + 1 : 0;
        settling_kw_ = reference->p_kw;
        if (since_step_ >= settling_samples && std::abs(error) > std::abs(settled_worst_kw_)) {
            settled_worst_kw_ = error;
        }
    }
    watch(row, reference, since);
    last_ = row;
    last_reference_ = reference;
}

// The line from a to b, split where it crosses zero.
void Statistics::add_energy(double a, double b, Duration over) {
    if (std::isnan(a) || std::isnan(b)) return;
    constexpr double seconds_per_hour = 3600;
    const double hours = to_seconds(over) / seconds_per_hour;
    if ((a < 0) == (b < 0) || a == 0 || b == 0) {
        const double energy = (a + b) / 2 * hours;
        (energy > 0 ? out_kwh_ : in_kwh_) += std::abs(energy);
        return;
    }
    const double until_zero = a / (a - b);
    (a > 0 ? out_kwh_ : in_kwh_) += std::abs(a) / 2 * until_zero * hours;
    (b > 0 ? out_kwh_ : in_kwh_) += std::abs(b) / 2 * (1 - until_zero) * hours;
}

void Statistics::watch(const Row& row, const std::optional<Reference>& reference, Duration since) {
    if (!reference) {
        interval_ = {};
        return;
    }
    // What a sample finds stands for the time since the one before, held against the plan of that time: a
    // register that still has the value from before a step is off since the step and not longer, be it the
    // only one of the two.
    if (!last_reference_) since = Duration::zero();
    watched_ += since;
    if (!differs(row, *reference)) {
        interval_ = {};
        return;
    }
    Duration off = since;
    if (last_reference_ && reference->since && steps(row, *last_reference_, *reference)) {
        off = std::clamp(row.at - *reference->since, Duration::zero(), since);
        interval_ = {};
    }
    differing_ += off;
    interval_ += off;
    longest_ = std::max(longest_, interval_);
}

void Statistics::gap() {
    last_.reset();
    last_reference_.reset();
}

double Statistics::tracking_rms_kw() const {
    return tracked_ == 0 ? 0 : std::sqrt(square_sum_ / static_cast<double>(tracked_));
}

double Statistics::differing_share() const {
    return watched_ == Duration::zero() ? 0 : to_seconds(differing_) / to_seconds(watched_);
}

}  // namespace hil::measure
