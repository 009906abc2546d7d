#include "planner/walked_projection.hpp"

#include "schedule/limits.hpp"

#include <algorithm>
#include <cmath>

namespace hil::planner {

namespace {

using namespace std::chrono_literals;

// How far a piece may be from what the battery did: a tenth of a per cent of charge, half of one of power.
constexpr double soc_tolerance = 1e-3, power_tolerance = 5e-3;

Duration step_length(std::span<const schedule::EffectiveSegment> schedule) {
    constexpr std::int64_t most_steps = 20'000;
    const Duration range = schedule.back().to - schedule.front().from;
    return std::clamp<Duration>(range / most_steps, 60s, 900s);
}

int held_back(double asked_kw, double delivered_kw) {
    if (std::abs(asked_kw) - std::abs(delivered_kw) <= std::max(1e-3 * std::abs(asked_kw), 1e-6)) return 0;
    return asked_kw > 0 ? -1 : 1;
}

class Walk {
  public:
    explicit Walk(ProjectedBattery& battery) : battery_(battery) {
        result_.soc_start = result_.soc_end = result_.soc_min = result_.soc_max = battery.soc_pu();
    }

    void take(const schedule::EffectiveSegment& segment, std::size_t position, double asked_kw,
              Duration longest) {
        const Duration length = segment.to - segment.from;
        const auto steps = std::max<std::int64_t>(1, (length + longest - 1ns) / longest);
        // The length times a step would not fit for a segment of a year.
        const auto begin_of = [&](std::int64_t i) {
            return segment.from + length / steps * i + length % steps * i / steps;
        };
        begin_piece(segment.from, position, asked_kw);
        for (std::int64_t i = 0; i < steps; ++i)
            step(begin_of(i), begin_of(i + 1), position, asked_kw);
        end_piece();
    }

    Projection finish() {
        result_.soc_end = battery_.soc_pu();
        return std::move(result_);
    }

  private:
    void begin_piece(WallTime at, std::size_t position, double asked_kw) {
        piece_ = {
            .from = at, .to = at, .asked_kw = asked_kw, .soc_from = battery_.soc_pu(), .segment = position};
        piece_.soc_to = piece_.soc_from;
        kwh_ = 0;
    }

    void end_piece() {
        if (piece_.to > piece_.from) {
            piece_.delivered_kw = kwh_ / (to_seconds(piece_.to - piece_.from) / 3600);
            result_.pieces.push_back(piece_);
        }
    }

    void step(WallTime from, WallTime to, std::size_t position, double asked_kw) {
        const double soc_before = battery_.soc_pu();
        const auto done = battery_.advance(asked_kw, to - from);
        const int bound = held_back(asked_kw, done.delivered_kw);
        const double slope = (done.soc_pu - soc_before) / to_seconds(to - from);
        if (piece_.to > piece_.from && !continues(done, bound, to)) {
            end_piece();
            piece_ = {
                .from = from, .to = from, .asked_kw = asked_kw, .soc_from = soc_before, .segment = position};
            kwh_ = 0;
        }
        if (piece_.to == piece_.from) {
            piece_.bound = bound;
            slope_ = slope;
            power_ = done.delivered_kw;
        }
        piece_.to = to;
        piece_.soc_to = done.soc_pu;
        const double kwh = done.delivered_kw * to_seconds(to - from) / 3600;
        kwh_ += kwh;
        (kwh > 0 ? result_.energy_out_kwh : result_.energy_in_kwh) += std::abs(kwh);
        result_.soc_min = std::min(result_.soc_min, done.soc_pu);
        result_.soc_max = std::max(result_.soc_max, done.soc_pu);
    }

    [[nodiscard]] bool continues(const ProjectedBattery::Step& done, int bound, WallTime to) const {
        const double expected = piece_.soc_from + slope_ * to_seconds(to - piece_.from);
        return bound == piece_.bound && std::abs(expected - done.soc_pu) <= soc_tolerance &&
               std::abs(done.delivered_kw - power_) <= power_tolerance * std::abs(piece_.asked_kw);
    }

    ProjectedBattery& battery_;
    Projection result_;
    ProjectedPiece piece_;
    double kwh_ = 0;                // of the piece
    double slope_ = 0, power_ = 0;  // of its first step
};

}  // namespace

Projection project_walking(std::span<const schedule::EffectiveSegment> schedule,
                           const config::PlantModel& model, ProjectedBattery& battery) {
    Walk walk(battery);
    if (schedule.empty()) return walk.finish();
    const Duration longest = step_length(schedule);
    for (std::size_t i = 0; i < schedule.size(); ++i) {
        walk.take(schedule[i], i,
                  schedule::apply_limits(schedule[i].p.value, schedule::Signal::p, model.power_limits).value,
                  longest);
    }
    return walk.finish();
}

}  // namespace hil::planner
