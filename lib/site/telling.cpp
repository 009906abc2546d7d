#include "site/making.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hil::site {

Making::Making(const Making& of, std::vector<Device> devices, std::size_t asking)
    : limits_(of.limits_),
      programme_(of.programme_),
      devices_(std::move(devices)),
      load_kw_(of.load_kw_),
      kvar_(of.kvar_),
      rows_(of.rows_),
      row_count_(of.row_count_),
      fixed_(of.fixed_),
      paused_(of.paused_),
      rounded_(of.rounded_) {
    out_.devices = of.out_.devices;
    fixed_[asking] = paused_[asking] = false;
}

double Making::whole(const Device& device, double kw) const {
    if (!device.whole_amperes) return kw;
    const double per_ampere = static_cast<double>(device.phases.count()) * limits_.voltage_v / 1000;
    return -std::floor(-kw / per_ampere + 1e-6) * per_ampere;
}

// Stations that count in whole amperes take the next lower ones; the others settle around them.
void Making::round_down() {
    bool again = false;
    for (std::size_t i = 0; i < devices_.size(); ++i) {
        const auto& device = devices_[i];
        auto& value = out_.devices[i];
        if (device.kind != Kind::evse || fixed_[i] || value.kw >= 0) continue;
        const double rounded = whole(device, value.kw);
        if (std::abs(rounded - value.kw) <= nothing) continue;
        value.kw = rounded;
        // ask() leaves it at that.
        fixed_[i] = true;
        rounded_[i] = true;
        again = true;
    }
    if (again) settle();
}

// Whether the minimum of each station that stands still would have fitted.
void Making::look_for_room() {
    for (std::size_t i = 0; i < devices_.size(); ++i) {
        if (!paused_[i]) continue;
        auto trial = devices_;
        trial[i].held = false;
        trial[i].request_kw = -trial[i].least_kw;
        trial[i].whole_amperes = false;
        Making other(*this, std::move(trial), i);
        out_.would_fit[i] = other.fits(i);
    }
}

bool Making::fits(std::size_t i) {
    if (devices_[i].least_kw > -devices_[i].min_kw + nothing) return false;
    settle();
    for (std::size_t r = 0; r < row_count_; ++r)
        if (short_[r] > nothing) return false;
    return true;
}

void Making::tell() {
    for (std::size_t i = 0; i < devices_.size(); ++i) {
        auto& value = out_.devices[i];
        const auto kind = devices_[i].kind;
        value.paused = kind == Kind::evse && value.kw == 0 && value.asked_kw < 0;
        if (value.binding == Rule::none) value.binding = bound_by(i);
        (kind == Kind::pv ? out_.pv_kw : kind == Kind::evse ? out_.evse_kw : out_.battery_kw) += value.kw;
        for (std::size_t p = 0; p < phase_count; ++p)
            out_.phase_kw[p] += value.kw * devices_[i].phases.share(p);
    }
    for (std::size_t p = 0; p < phase_count; ++p) {
        out_.load_kw += load_kw_[p];
        out_.phase_kw[p] += load_kw_[p];
        out_.phase_kvar[p] = kvar_[p];
        out_.current_a[p] = current_a(out_.phase_kw[p], kvar_[p], limits_.voltage_v);
    }
    out_.poi_kw = out_.pv_kw + out_.load_kw + out_.battery_kw + out_.evse_kw;
    for (std::size_t r = 0; r < row_count_; ++r) {
        if (const double worst = std::max(short_[r], excess_[r]); worst > out_.excess_kw + nothing) {
            out_.excess_kw = worst;
            out_.overloaded = rows_[r].broken_by(short_[r] > excess_[r]);
        }
    }
}

Rule Making::bound_by(std::size_t i) const {
    const auto& value = out_.devices[i];
    const auto& device = devices_[i];
    if (std::abs(value.kw - value.asked_kw) <= nothing) return Rule::none;
    Rule rule = Rule::device_limit;
    double most = -infinite;
    if (std::abs(value.kw - std::clamp(value.asked_kw, device.min_kw, device.max_kw)) <= nothing) return rule;
    // A row that stands at its bound, or else one that what was asked broke; phases first, then the
    // worst.
    const bool up = value.kw > value.asked_kw;
    int best = 0;
    for (std::size_t r = 0; r < row_count_; ++r) {
        if (rows_[r].share(device.phases) <= 0) continue;
        const double at = flow(rows_[r]), bound = up ? rows_[r].lower : rows_[r].upper;
        const double broken = up ? bound - asked_[r] : asked_[r] - bound;
        const bool stands = up ? at <= bound + 1e-6 : at >= bound - 1e-6;
        if (!stands && broken <= nothing) continue;
        const int rank = (stands ? 2 : 0) + (rows_[r].phase != phase_count ? 1 : 0) + 1;
        if (rank < best || (rank == best && broken <= most)) continue;
        best = rank;
        most = broken;
        rule = rows_[r].broken_by(up);
    }
    return rule;
}

}  // namespace hil::site
