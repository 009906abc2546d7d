#include "service/plan_following.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace hil::service {

PlanFollowing::PlanFollowing(const SiteContext& context, const config::Plant& plant)
    : context_(context),
      plant_(plant),
      shortfall_(
          std::max(std::abs(plant.model.power_limits.p_max_kw), std::abs(plant.model.power_limits.p_min_kw))),
      charge_ends_{plant.safety.soc} {}

void PlanFollowing::follow() {
    if (!following_since_) following_since_ = context_.clock.now();
    ran_ = true;
}

void PlanFollowing::unfollow() {
    followed_ = followed();
    following_since_.reset();
}

Duration PlanFollowing::followed() const {
    return followed_ + (following_since_ ? context_.clock.now() - *following_since_ : Duration::zero());
}

void PlanFollowing::sample(EndpointRuntime& runtime, const measure::Row& row) {
    std::optional<measure::Reference> reference;
    const auto setpoint = runtime.setpoints->at(row.at);
    if (following_since_) {
        reference = measure::Reference{setpoint.p.value, setpoint.q.value,
                                       std::max(setpoint.p.active.since, setpoint.q.active.since)};
    }
    runtime.statistics.sample(row, reference);
    judge_feasibility(*runtime.control, row, setpoint.p);
}

void PlanFollowing::sample_failed(EndpointRuntime& runtime) {
    runtime.statistics.gap();
    shortfall_.gap();
}

void PlanFollowing::endpoint_changed() {
    unfollow();
    shortfall_.gap();
    infeasible_notified_ = false;
}

// The plan as the plant's limits leave it, before safety takes anything back: a battery that is derated
// because it is nearly empty does not deliver what was asked either.
void PlanFollowing::judge_feasibility(const control::PlantControl& control, const measure::Row& row,
                                      const control::SignalSetpoint& planned) {
    const bool runs =
        control.state() == control::PlantState::running && control.desired() == control::Desired::running;
    ran_ = ran_ || runs;
    double asked = 0;
    if (!runs || !control.dispatch_enabled()) {
        shortfall_.gap();
    } else {
        asked = planned.derated == control::Stage::normal ? planned.value : planned.before_derating;
        shortfall_.sample(row.at, asked, row[measure::Column::p_battery]);
    }
    const auto notify = [this](Happening what, std::string text) {
        context_.happenings.notify(what, std::move(text), {.plant = plant_.id});
    };
    const auto known = [&row](measure::Column column) {
        return std::isfinite(row[column]) ? std::optional(row[column]) : std::nullopt;
    };
    const control::BatteryDoes does{known(measure::Column::p_battery), known(measure::Column::soc)};
    const auto end = runs && control.dispatch_enabled()
                         ? control::battery_end(plant_.model, charge_ends_, asked, does)
                         : control::BatteryEnd::none;
    // Where the end of the charge tells why, there is nothing to wait for.
    if (!shortfall_.infeasible_since() && end == control::BatteryEnd::none) {
        if (std::exchange(infeasible_notified_, false))
            notify(Happening::feasible_again,
                   fmt::format("the plan is followed again, {:.1f} kWh of it are missing",
                               shortfall_.missing_kwh()));
        return;
    }
    if (std::exchange(infeasible_notified_, true)) return;
    notify(Happening::not_feasible, control::shortfall_text(end, asked, does));
}

}  // namespace hil::service
