// Watches one plant for Safety: reads what the limits concern in its own period, with its own deadline, and
// does not depend on the sampler. Made for one link and control; another one is made at a transport switch.
#pragma once

#include "base/async_event.hpp"
#include "base/ticker.hpp"
#include "control/idle_watch.hpp"
#include "control/safety.hpp"

#include <cstdint>

namespace hil::control {

class SafetyMonitor {
  public:
    // The link, the control and safety outlive it.
    SafetyMonitor(Clock& clock, plant::Link& link, const PlantControl& control, const config::Plant& plant,
                  std::size_t index, Safety& safety);
    SafetyMonitor(const SafetyMonitor&) = delete;
    SafetyMonitor& operator=(const SafetyMonitor&) = delete;

    // Polls at anchor + k·poll_period_s until cancelled. A reading that takes longer than its period counts
    // as stale data at the next step, whether it comes or not.
    awaitable<void> run(Instant anchor);

    // The plant gives nothing though told to: a sentence; none: that is over.
    std::function<void(const std::optional<std::string>&)> on_idle;

    struct Statistics {
        std::uint64_t polls = 0, failed = 0, skipped = 0;
        Duration worst_lateness{};
    };
    [[nodiscard]] const Statistics& statistics() const { return statistics_; }

  private:
    awaitable<void> keep_reading();
    awaitable<void> read();
    void judge();
    void watch_idleness(std::optional<double> p_kw);
    [[nodiscard]] std::string unknown_of(const plant::Reading& values) const;
    [[nodiscard]] std::optional<double> deviation(std::optional<double> p_kw,
                                                  std::optional<double> q_kvar) const;

    Clock& clock_;
    plant::Link& link_;
    const PlantControl& control_;
    const config::Plant& plant_;
    std::size_t index_;
    Safety& safety_;
    plant::ReadBatch read_batch_;
    std::optional<std::size_t> temperature_at_;  // in the plan
    AsyncEvent asked_;
    bool reading_ = false;
    bool arrived_ = false;  // since the last step
    Observation seen_;
    IdleWatch idle_;
    Statistics statistics_;
    TaskGroup tasks_;
};

}  // namespace hil::control
