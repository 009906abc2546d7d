// The setpoint of one plant at an instant: what the plan says, then the limits, each step kept as the reason.
#pragma once

#include "control/held_why.hpp"
#include "control/trip.hpp"
#include "plant/codec.hpp"
#include "schedule/arbiter.hpp"
#include "schedule/limits.hpp"

#include <optional>
#include <string>
#include <vector>

namespace hil::control {

// One change of a value on its way, as people and programs are told of it.
struct SetpointStep {
    std::string stage;  // "layer", "limits", "device_limit", "allocation", "ramp", "safety", "device", …
    std::optional<double> from, to;  // kW or kvar; none: not known
    std::string why;                 // a sentence

    friend bool operator==(const SetpointStep&, const SetpointStep&) = default;
};

struct SignalSetpoint {
    double value = 0;              // what is to be written: kW or kvar
    schedule::ActiveEntry active;  // whose plan, which version, why
    schedule::Limit limit = schedule::Limit::none;
    double asked = 0;  // before the limit
    // What was changed between the limits of the plant and safety, in order; whoever stands there adds to it.
    std::vector<SetpointStep> steps = {};
    // What safety took back after the limit; stage normal: nothing.
    Stage derated = Stage::normal;
    std::optional<Condition> condition;  // why; none at stage stop: the emergency stop
    double before_derating = 0;          // before safety; meaningful unless normal
    // What the plant is known to hold instead, and why; meaningless with HeldWhy::none.
    HeldWhy held_why = HeldWhy::none;
    double held = 0;
    std::string held_text = {};  // "device holds 100.0 of 100.5"

    // The plan gave something that is no number: 0 is sent, and said to be a failure.
    [[nodiscard]] bool faulty() const {
        return limit == schedule::Limit::not_a_number || active.reason == schedule::Reason::not_a_number;
    }
    [[nodiscard]] bool changed() const {
        return faulty() || limit != schedule::Limit::none || derated != Stage::normal ||
               !active.narrowed.empty() || !steps.empty();
    }
};

struct Setpoint {
    SignalSetpoint p, q;

    // What limits or faults changed, as a sentence; empty when nothing did.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] bool changed() const { return p.changed() || q.changed(); }
};

// Where a plant's setpoints come from; what stands between plan and dispatch (ramps, site limits, vetoes)
// becomes another implementation around this one.
class SetpointSource {
  public:
    virtual ~SetpointSource() = default;
    [[nodiscard]] virtual Setpoint at(WallTime now) const = 0;
    // The first instant after `now` at which the setpoint may change by itself.
    [[nodiscard]] virtual std::optional<WallTime> next_change(WallTime now) const = 0;
};

// Arbiter, then the limits of the plant's model, then what its setpoint registers can hold. Without `q_codec`
// the plant takes no reactive power: none is planned for it, whatever a plan says.
class PlanSetpoints final : public SetpointSource {
  public:
    PlanSetpoints(const schedule::Arbiter& arbiter, schedule::PlantIndex plant,
                  const config::PowerLimits& limits, const plant::Codec& p_codec,
                  const std::optional<plant::Codec>& q_codec);

    [[nodiscard]] Setpoint at(WallTime now) const override;
    [[nodiscard]] std::optional<WallTime> next_change(WallTime now) const override;

  private:
    [[nodiscard]] SignalSetpoint one(schedule::Signal signal, WallTime now) const;

    const schedule::Arbiter& arbiter_;
    schedule::PlantIndex plant_;
    config::PowerLimits limits_;
    bool takes_q_;
};

}  // namespace hil::control
