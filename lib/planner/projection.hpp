// The state of charge an effective schedule leads to.
//
// Without more, for the ideal battery that the emulator is by default: dE/dt = -P, E held within 0 and the
// capacity, P within the model's limits, integrated exactly from segment to segment. Handed a battery of
// another kind, the projection walks that one through the schedule in steps and takes what it delivers: its
// losses and its limits near both ends of the charge are then those of the plant.
#pragma once

#include "config/config.hpp"
#include "schedule/effective.hpp"

#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace hil::planner {

// A battery to be walked through a schedule. It runs all the time and follows at once.
class ProjectedBattery {
  public:
    virtual ~ProjectedBattery() = default;

    struct Step {
        double delivered_kw = 0;  // mean over the step, at the terminals that the setpoint is about
        double soc_pu = 0;        // at its end
    };
    // Precondition: within the power limits of its plant, dt above zero.
    virtual Step advance(double p_kw, Duration dt) = 0;
    [[nodiscard]] virtual double soc_pu() const = 0;

  protected:
    ProjectedBattery() = default;
    ProjectedBattery(const ProjectedBattery&) = default;
    ProjectedBattery& operator=(const ProjectedBattery&) = default;
};
// The battery of a plant at a state of charge; null for the ideal one. May be called off the reactor.
using BatteryMaker =
    std::function<std::unique_ptr<ProjectedBattery>(const config::PlantModel& model, double soc_start)>;

// A span of constant power. Where a bound is reached inside a segment there are two pieces of it; a battery
// that was handed in may give a segment in several.
struct ProjectedPiece {
    WallTime from, to;
    double asked_kw = 0;  // the plan's value within the power limits
    double delivered_kw =
        0;  // less while the battery is full or empty, or nearly, and the plan asks for more
    double soc_from = 0, soc_to = 0;
    std::size_t segment = 0;  // position in the schedule given

    // What holds the power back. -1: empty, or nearly; 1: full, or nearly; 0: nothing.
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
Projection project(std::span<const schedule::EffectiveSegment> schedule, const config::PlantModel& model,
                   double soc_start, const BatteryMaker& battery = {});

}  // namespace hil::planner
