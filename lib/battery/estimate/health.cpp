#include "battery/estimate/health.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace hil::battery {

ResistanceWatch::ResistanceWatch(double least_a, std::size_t least_steps, std::size_t window)
    : least_a_(least_a), least_steps_(least_steps), window_(window) {}

void ResistanceWatch::add(double current_a, double voltage_v, double dt_s) {
    const bool heard = std::isfinite(current_a) && std::isfinite(voltage_v);
    if (heard && known_ && dt_s <= 2 && std::abs(current_a - current_a_) >= least_a_) {
        ohms_.push_back((voltage_v_ - voltage_v) / (current_a - current_a_));
        if (ohms_.size() > window_) ohms_.pop_front();
    }
    known_ = heard;
    current_a_ = current_a;
    voltage_v_ = voltage_v;
}

std::optional<HealthValue> ResistanceWatch::ohm() const {
    if (ohms_.size() < least_steps_) return std::nullopt;
    std::vector<double> sorted(ohms_.begin(), ohms_.end());
    std::ranges::sort(sorted);
    const auto at = [&](double share) {
        return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
    };
    // Of a normal distribution: the quartiles lie 1.349 deviations apart, the median scatters 1.253 times as
    // much as the mean.
    const double deviation = (at(0.75) - at(0.25)) / 1.349;
    return HealthValue{at(0.5), 1.253 * deviation / std::sqrt(static_cast<double>(sorted.size())),
                       sorted.size()};
}

SocOfVoltage soc_of_voltage(const SocTable& ocv_v, double voltage_v, double within_v) {
    constexpr int steps = 1000;
    double low = 2, high = -1, nearest = 0, least = 1e9;
    for (int i = 0; i <= steps; ++i) {
        const double s = static_cast<double>(i) / steps;
        const double off = std::abs(ocv_v.at(s) - voltage_v);
        if (off < least) least = off, nearest = s;
        if (off <= within_v) low = std::min(low, s), high = std::max(high, s);
    }
    if (high < low) low = high = nearest;
    return {(low + high) / 2, (high - low) / 2};
}

CapacityWatch::CapacityWatch(CellParameters parameters, Settings settings)
    : parameters_(std::move(parameters)), settings_(settings) {}

std::optional<CapacityWatch::Mark> CapacityWatch::mark_at(double voltage_v) const {
    // Hysteresis is of unknown sign after a rest: it widens what the voltage may be off.
    const double within = settings_.voltage_v + parameters_.hysteresis_v;
    const auto found = soc_of_voltage(parameters_.ocv_v, voltage_v, within);
    if (found.half_width_pu > settings_.mark_pu) return std::nullopt;
    return Mark{found.soc_pu, std::max(found.half_width_pu, 0.002)};
}

void CapacityWatch::add(double current_a, double voltage_v, double dt_s) {
    if (!std::isfinite(current_a) || !(dt_s > 0)) {
        last_.reset();  // what moved meanwhile is not known
        rested_s_ = 0;
        return;
    }
    moved_ah_ += (current_a < 0 ? current_a * parameters_.coulombic_efficiency : current_a) * dt_s / 3600;
    since_mark_s_ += dt_s;
    if (std::abs(current_a) > settings_.rest_current_c * parameters_.capacity_ah) {
        rested_s_ = 0;
        marked_ = false;
        return;
    }
    rested_s_ += dt_s;
    if (marked_ || rested_s_ < settings_.rest_s || !std::isfinite(voltage_v)) return;
    marked_ = true;
    if (const auto mark = mark_at(voltage_v)) take(*mark);
}

void CapacityWatch::take(const Mark& mark) {
    ++marks_;
    if (last_ && std::abs(mark.soc_pu - last_->soc_pu) >= settings_.swing_pu) {
        const double swing = last_->soc_pu - mark.soc_pu;
        const double ah = moved_ah_ / swing;
        const double bias_ah = settings_.bias_c * parameters_.capacity_ah * since_mark_s_ / 3600;
        const double sigma =
            std::hypot(bias_ah / swing, ah * std::hypot(mark.sigma_pu, last_->sigma_pu) / swing);
        if (ah > 0) {
            weight_ += 1 / (sigma * sigma);
            weighted_ah_ += ah / (sigma * sigma);
            ++swings_;
        }
    } else if (last_ && mark.sigma_pu >= last_->sigma_pu) {
        return;  // too near for a swing: the better mark stays
    }
    last_ = mark;
    moved_ah_ = since_mark_s_ = 0;
}

std::optional<HealthValue> CapacityWatch::capacity_ah() const {
    if (swings_ == 0) return std::nullopt;
    return HealthValue{weighted_ah_ / weight_, std::sqrt(1 / weight_), swings_};
}

}  // namespace hil::battery
