// The state of charge an effective schedule leads to, for the ideal battery that the emulator is by default:
// dE/dt = -P, E held within 0 and the capacity, P within the model's limits. Integrated exactly from
// segment to segment, not sampled.
#pragma once

#include "config/config.hpp"
#include "schedule/effective.hpp"

#include <span>
#include <vector>

namespace hil::schedule {

// A span of constant power. Where a bound is reached inside a segment there are two pieces of it.
struct ProjectedPiece {
    WallTime from, to;
    double asked_kw = 0;      // the plan's value within the power limits
    double delivered_kw = 0;  // 0 while the battery is full or empty and the plan asks for more
    double soc_from = 0, soc_to = 0;
    std::size_t segment = 0;  // position in the schedule given

    // -1: held at empty, 1: held at full, 0: neither.
    int bound = 0;
};

struct Projection {
    std::vector<ProjectedPiece> pieces;
    double soc_start = 0, soc_end = 0, soc_min = 0, soc_max = 0;
    double energy_out_kwh = 0;  // discharged, as delivered
    double energy_in_kwh = 0;   // charged, as delivered; positive

    // The state of charge at `t`, linear in between; the nearest end outside of the range.
    [[nodiscard]] double soc_at(WallTime t) const;
};

// `soc_start` is held within 0..1; without capacity the state of charge is 0 and nothing is delivered.
Projection project(std::span<const EffectiveSegment> schedule, const config::PlantModel& model,
                   double soc_start);

}  // namespace hil::schedule
