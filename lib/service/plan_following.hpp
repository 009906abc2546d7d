// How a plant follows its plan: for how long it was asked to, whether it ever ran because of it, and what its
// plan asked that it did not give.
#pragma once

#include "control/battery_end.hpp"
#include "measure/shortfall.hpp"
#include "measure/statistics.hpp"
#include "service/endpoint_runtime.hpp"

#include <optional>

namespace hil::service {

class PlanFollowing {
  public:
    PlanFollowing(const SiteContext& context, const config::Plant& plant);

    // From here to unfollow(), samples are judged against the plan.
    void follow();
    void unfollow();
    // For how long that was so, of site time.
    [[nodiscard]] Duration followed() const;
    // Whether the plant ever ran because somebody here wanted it to.
    [[nodiscard]] bool ran() const { return ran_; }
    // What its plan asked while it ran with dispatch enabled, and what it delivered.
    [[nodiscard]] const measure::Shortfall& shortfall() const { return shortfall_; }

    void sample(EndpointRuntime& runtime, const measure::Row& row);
    void sample_failed(EndpointRuntime& runtime);
    // Another endpoint is used from now on.
    void endpoint_changed();

  private:
    void judge_feasibility(const control::PlantControl& control, const measure::Row& row,
                           const control::SignalSetpoint& planned);

    const SiteContext& context_;
    const config::Plant& plant_;
    std::optional<Instant> following_since_;
    Duration followed_{};
    bool ran_ = false;
    measure::Shortfall shortfall_;
    control::ChargeEnds charge_ends_;
    bool infeasible_notified_ = false;
};

}  // namespace hil::service
