#include "planner/projection.hpp"

#include "planner/walked_projection.hpp"
#include "schedule/limits.hpp"

#include <algorithm>
#include <cmath>

namespace hil::planner {

namespace {

double hours(Duration d) {
    return to_seconds(d) / 3600.0;
}

Duration from_hours(double h) {
    return Duration(std::llround(h * 3600e9));
}

class Integrator {
  public:
    Integrator(const config::PlantModel& model, double soc_start)
        : capacity_(std::max(model.capacity_kwh, 0.0)), energy_(std::clamp(soc_start, 0.0, 1.0) * capacity_) {
        result_.soc_start = result_.soc_end = result_.soc_min = result_.soc_max = soc();
    }

    void take(const schedule::EffectiveSegment& segment, std::size_t position, double asked_kw) {
        const double change = -asked_kw * hours(segment.to - segment.from);
        // Rounding must not turn a plan that ends exactly at a bound into one that passes it.
        const double tolerance = 1e-9 * capacity_;
        const double room = change < 0 ? energy_ : capacity_ - energy_;
        const int bound = change < 0 ? -1 : 1;
        if (std::abs(change) <= room + tolerance && (capacity_ > 0 || change == 0)) {
            piece(segment.from, segment.to, position, asked_kw, asked_kw, energy_ + change, 0);
            return;
        }
        WallTime reached = segment.from;
        if (room > tolerance) {
            reached = std::min(segment.from + from_hours(room / std::abs(asked_kw)), segment.to);
            piece(segment.from, reached, position, asked_kw, asked_kw, bound < 0 ? 0.0 : capacity_, 0);
        }
        if (reached < segment.to) piece(reached, segment.to, position, asked_kw, 0, energy_, bound);
    }

    Projection finish() {
        result_.soc_end = soc();
        return std::move(result_);
    }

  private:
    [[nodiscard]] double soc() const { return capacity_ > 0 ? energy_ / capacity_ : 0.0; }

    void piece(WallTime from, WallTime to, std::size_t segment, double asked, double delivered,
               double energy_after, int bound) {
        if (to <= from) return;
        const double soc_before = soc();
        const double before = energy_;
        energy_ = std::clamp(energy_after, 0.0, capacity_);
        (energy_ < before ? result_.energy_out_kwh : result_.energy_in_kwh) += std::abs(energy_ - before);
        result_.soc_min = std::min(result_.soc_min, soc());
        result_.soc_max = std::max(result_.soc_max, soc());
        result_.pieces.push_back({from, to, asked, delivered, soc_before, soc(), segment, bound});
    }

    double capacity_;
    double energy_;
    Projection result_;
};

}  // namespace

double Projection::soc_at(WallTime t) const {
    const auto after = std::upper_bound(pieces.begin(), pieces.end(), t,
                                        [](WallTime time, const ProjectedPiece& p) { return time < p.from; });
    if (after == pieces.begin()) return soc_start;
    const ProjectedPiece& piece = *(after - 1);
    if (t >= piece.to) return piece.soc_to;
    const double share = to_seconds(t - piece.from) / to_seconds(piece.to - piece.from);
    return piece.soc_from + share * (piece.soc_to - piece.soc_from);
}

Projection project(std::span<const schedule::EffectiveSegment> schedule, const config::PlantModel& model,
                   double soc_start, const BatteryMaker& battery) {
    const auto made =
        battery && model.capacity_kwh > 0 ? battery(model, std::clamp(soc_start, 0.0, 1.0)) : nullptr;
    if (made) return project_walking(schedule, model, *made);
    Integrator integrator(model, soc_start);
    for (std::size_t i = 0; i < schedule.size(); ++i) {
        integrator.take(
            schedule[i], i,
            schedule::apply_limits(schedule[i].p.value, schedule::Signal::p, model.power_limits).value);
    }
    return integrator.finish();
}

}  // namespace hil::planner
