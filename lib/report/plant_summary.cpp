#include "report/plant_summary.hpp"

#include "measure/shortfall.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hil::report {
namespace {

using measure::Column;
using measure::index;

double largest_of(double a, double b) {
    return std::max(std::abs(a), std::abs(b));
}

double seconds_or_one(Duration time) {
    return time > Duration::zero() ? to_seconds(time) : 1;
}

}  // namespace

SummaryRules rules_for(const config::Plant& plant, const config::Config& config) {
    const auto& limits = plant.model.power_limits;
    const double p = largest_of(limits.p_max_kw, limits.p_min_kw);
    const double q = largest_of(limits.q_max_kvar, limits.q_min_kvar);
    return {.longest_hold = config.compression.max_kept_gap + 2 * config.timing.measurement_period,
            .capacity_kwh = plant.model.capacity_kwh,
            .p_tolerance_kw = plant.safety.follow_tolerance_pu * p,
            .q_tolerance_kvar = plant.safety.follow_tolerance_pu * q,
            .idle_kw = 0.005 * p};
}

Summarizer::Summarizer(std::string plant, config::TransportMode transport, measure::Range range,
                       SummaryRules rules)
    : rules_(rules) {
    out_.plant = std::move(plant);
    out_.transport = transport;
    out_.range = range;
    out_.capacity_kwh = rules.capacity_kwh;
    out_.p.tolerance = rules.p_tolerance_kw;
    out_.q.tolerance = rules.q_tolerance_kvar;
}

void Summarizer::take(const Episode& episode) {
    if (episode.row != nullptr) {
        take_known(episode);
        return;
    }
    if (!unknown_since_) unknown_since_ = episode.from;
    // What happens to the charge while nobody looks is left out, as the energy is.
    if (stretch_soc_) soc_difference_ += *last_soc_ - *std::exchange(stretch_soc_, {});
}

void Summarizer::take_known(const Episode& episode) {
    if (unknown_since_ && out_.recorded) {
        const Duration gap = episode.from - *unknown_since_;
        ++out_.gaps;
        out_.in_gaps += gap;
        if (gap > out_.longest_gap) {
            out_.longest_gap = gap;
            out_.longest_gap_at = unknown_since_;
        }
    }
    unknown_since_.reset();
    if (!out_.recorded) out_.recorded = {episode.from, episode.to};
    out_.recorded->to = episode.to;
    out_.known += episode.length();
    if (episode.from == episode.row->at) ++out_.rows;

    const auto& row = *episode.row;
    for (std::size_t i = 0; i < measure::column_count; ++i) {
        const double value = row.values[i];
        if (std::isnan(value)) continue;
        auto& span = out_.spans[i];
        span.least = std::isnan(span.least) ? value : std::min(span.least, value);
        span.greatest = std::isnan(span.greatest) ? value : std::max(span.greatest, value);
        if (std::isnan(span.first)) span.first = value;
        span.last = value;
        span_sums_[i].integral += value * to_seconds(episode.length());
        span_sums_[i].known += episode.length();
    }
    take_charge(row[Column::soc]);
    take_energy(out_.poi, row[Column::p_poi], episode.length());
    take_energy(out_.battery, row[Column::p_battery], episode.length());
    take_energy(out_.asked, row[Column::p_setpoint], episode.length());

    const auto measured = [&](Column battery, Column poi) {
        return std::isnan(row[battery]) ? row[poi] : row[battery];
    };
    const double p = measured(Column::p_battery, Column::p_poi);
    take_delivery(row[Column::p_setpoint], p, episode.length());
    take_error(out_.p, p_sums_, row[Column::p_setpoint], p, episode);
    take_error(out_.q, q_sums_, row[Column::q_setpoint], measured(Column::q_battery, Column::q_poi), episode);
    if (!std::isnan(p)) {
        auto& where = std::abs(p) <= rules_.idle_kw ? out_.idle : p > 0 ? out_.discharging : out_.charging;
        where += episode.length();
    }
}

void Summarizer::take_charge(double soc) {
    if (std::isnan(soc)) return;
    soc_seen_ = true;
    last_soc_ = soc;
    if (!stretch_soc_) stretch_soc_ = soc;
}

void Summarizer::take_energy(Flow& flow, double kw, Duration time) {
    if (std::isnan(kw)) return;
    flow.known += time;
    const double kwh = kw * to_seconds(time) / 3600;
    (kw > 0 ? flow.discharged_kwh : flow.charged_kwh) += std::abs(kwh);
}

void Summarizer::take_delivery(double asked_kw, double measured_kw, Duration time) {
    if (std::isnan(asked_kw) || std::isnan(measured_kw)) return;
    const auto power = measure::asked_power(asked_kw, measured_kw);
    const double hours = to_seconds(time) / 3600;
    out_.delivery.known += time;
    out_.delivery.asked_kwh += power.asked * hours;
    out_.delivery.delivered_kwh += power.delivered * hours;
}

void Summarizer::take_error(Tracking& tracking, ErrorSum& sums, double setpoint, double measured,
                            const Episode& episode) {
    if (std::isnan(setpoint) || std::isnan(measured) || episode.length() <= Duration::zero()) return;
    const double error = measured - setpoint;
    const double magnitude = std::abs(error);
    const double time = to_seconds(episode.length());
    tracking.known += episode.length();
    sums.magnitude += magnitude * time;
    sums.square += error * error * time;
    sums.distribution.add(magnitude, episode.length());
    if (magnitude > tracking.tolerance) tracking.beyond += episode.length();
    if (!tracking.largest_at || magnitude > std::abs(tracking.largest)) {
        tracking.largest = error;
        tracking.largest_at = episode.from;
    }
}

PlantSummary Summarizer::result() const {
    PlantSummary out = out_;
    out.coverage = to_seconds(out.known) / seconds_or_one(out.range.to - out.range.from);
    for (std::size_t i = 0; i < measure::column_count; ++i) {
        auto& span = out.spans[i];
        const auto& sums = span_sums_[i];
        span.mean = sums.known > Duration::zero() ? sums.integral / to_seconds(sums.known) : span.last;
    }
    const auto finish = [](Tracking& tracking, const ErrorSum& sums) {
        const double time = seconds_or_one(tracking.known);
        tracking.mean_abs = sums.magnitude / time;
        tracking.rms = std::sqrt(sums.square / time);
        tracking.p95 = sums.distribution.quantile(0.95);
    };
    finish(out.p, p_sums_);
    finish(out.q, q_sums_);

    out.place = out.poi.known >= out.battery.known ? PlantSummary::Place::poi : PlantSummary::Place::battery;
    const Flow& cycled = out.battery.known > Duration::zero() ? out.battery : out.poi;
    if (rules_.capacity_kwh > 0)
        out.full_cycles = (cycled.charged_kwh + cycled.discharged_kwh) / (2 * rules_.capacity_kwh);
    if (soc_seen_) {
        const double open = stretch_soc_ ? *last_soc_ - *stretch_soc_ : 0;
        out.stored_kwh = (soc_difference_ + open) * rules_.capacity_kwh;
    }
    const Flow& energy = out.energy();
    out.round_trip =
        report::round_trip(energy.charged_kwh, energy.discharged_kwh, out.stored_kwh, rules_.capacity_kwh);
    return out;
}

}  // namespace hil::report
