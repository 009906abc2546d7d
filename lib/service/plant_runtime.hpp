// Everything one plant has in this process, whichever of its endpoints is in use: the emulator when it is the
// local one, the link, control, sampling.
#pragma once

#include "base/blocking_executor.hpp"
#include "base/task_group.hpp"
#include "config/config.hpp"
#include "control/battery_end.hpp"
#include "control/derated_setpoints.hpp"
#include "control/heartbeat.hpp"
#include "control/plant_control.hpp"
#include "control/safety_monitor.hpp"
#include "journal/reasons.hpp"
#include "journal/write_counts.hpp"
#include "measure/live_state.hpp"
#include "measure/recorder.hpp"
#include "measure/sampler.hpp"
#include "measure/shortfall.hpp"
#include "measure/statistics.hpp"
#include "observe/alerts.hpp"
#include "observe/log.hpp"
#include "observe/metrics.hpp"
#include "plant/link.hpp"
#include "plant_sim/plant_server.hpp"
#include "schedule/arbiter.hpp"
#include "service/happenings.hpp"
#include "service/recent_count.hpp"
#include "service/shared_addresses.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace hil::service {

// What parts are made from; all of it outlives them.
struct SiteContext {
    Clock& clock;
    Network& network;
    BlockingExecutor& blocking;
    observe::Log& log;
    observe::EventLog& events;
    observe::Alerts& alerts;
    observe::Metrics& metrics;
    Happenings& happenings;
};

// Who follows a plant from outside, such as a simulation: told after the unit itself. All may be empty.
struct PlantObserver {
    std::function<void(const control::PlantControl::WriteEvent&)> on_write;
    std::function<void(const measure::Row&)> on_sample;
    std::function<void(error_code)> on_sample_failure;
    std::function<void(const plant::LinkStatus&)> on_link;
    std::function<void()> on_bound;  // another transport is in use, and nothing has been asked there yet
};

// What a plant has at one endpoint. Another transport means another one of these: no register value, epoch or
// age of the old endpoint can be taken for one of the new.
struct EndpointRuntime {
    EndpointRuntime(Clock& clock, TaskGroup::FailureHook on_failure) : tasks(clock, std::move(on_failure)) {}

    config::TransportMode mode = config::TransportMode::local;
    const config::ModbusEndpoint* endpoint = nullptr;
    std::unique_ptr<plant_sim::PlantServer> emulator;  // local transport, once opened
    std::unique_ptr<plant::Link> link;
    std::unique_ptr<control::PlanSetpoints> plan;
    std::unique_ptr<control::DeratedSetpoints> setpoints;  // what safety leaves of the plan
    std::unique_ptr<control::PlantControl> control;
    std::unique_ptr<control::SafetyMonitor> monitor;
    std::unique_ptr<control::Heartbeat> heartbeat;  // none: the endpoint demands none
    measure::ColumnFormat format;
    std::unique_ptr<measure::Sampler> sampler;
    measure::Statistics statistics{format};
    Instant anchor;  // of its tickers
    TaskGroup tasks;
};

class PlantRuntime {
  public:
    // What all plants of a site share; outlives them.
    struct Site {
        const config::Config& config;
        const Zone& zone;
        const schedule::Arbiter& arbiter;
        control::Safety& safety;
        journal::Reasons* reasons;  // none: why a value was sent is not kept
        measure::LiveState& live;
        measure::Recorder& recorder;
        std::shared_ptr<measure::FileStore> files;
        Instant anchor;
        bool fresh_start;  // the state of charge begins at startup.initial_soc_pu whatever is recorded
        TaskGroup::FailureHook on_failure;                // of a task or of an emulator
        std::function<void()> on_change;                  // what is shown of the plant may have changed
        const battery::Recordings* recordings = nullptr;  // which plants of kind replay play back
        plant_sim::Faults* faults = nullptr;              // of the emulator; none: it has none
        journal::WriteCounts* write_counts = nullptr;     // none: counts do not outlive the process
        SharedAddresses* shared = nullptr;                // none: every address is one device's own
    };

    PlantRuntime(const SiteContext& context, Site site, std::size_t index, Random random,
                 config::TransportMode mode);
    PlantRuntime(const PlantRuntime&) = delete;
    PlantRuntime& operator=(const PlantRuntime&) = delete;

    // Binds the emulator; nothing to do for a remote plant.
    result<void> open();
    // Starts the link, the dispatch loop and the sampler.
    void begin();
    // Ends them, the session with the plant and the emulator.
    awaitable<void> close();

    // Everything for another transport, emulator listening, but not in use yet. Fails as a listener does.
    result<std::shared_ptr<EndpointRuntime>> prepare(config::TransportMode mode);
    // Ends what is in use and goes on with what was prepared. The plant has been stopped; a coroutine that
    // still uses the control of the old binding holds binding().
    awaitable<void> change(std::shared_ptr<EndpointRuntime> next);

    void observe(PlantObserver observer) { observer_ = std::move(observer); }

    // Waits until the link is up; false: it was not until then (unscaled time).
    awaitable<bool> connected(IoInstant until);
    // From here to unfollow(), samples are judged against the plan.
    void follow();
    void unfollow();
    // For how long that was so, of site time.
    [[nodiscard]] Duration followed() const;
    // Whether the plant ever ran because somebody here wanted it to.
    [[nodiscard]] bool ran() const { return ran_; }
    // What its plan asked while it ran with dispatch enabled, and what it delivered.
    [[nodiscard]] const measure::Shortfall& shortfall() const { return shortfall_; }

    [[nodiscard]] const config::Plant& plant() const { return plant_; }
    [[nodiscard]] std::size_t index() const { return index_; }
    [[nodiscard]] config::TransportMode transport() const { return binding_->mode; }
    [[nodiscard]] const std::shared_ptr<EndpointRuntime>& binding() const { return binding_; }
    [[nodiscard]] const config::ModbusEndpoint& endpoint() const { return *binding_->endpoint; }
    [[nodiscard]] control::PlantControl& control() { return *binding_->control; }
    [[nodiscard]] const control::PlantControl& control() const { return *binding_->control; }
    [[nodiscard]] const plant::Link& link() const { return *binding_->link; }
    [[nodiscard]] const measure::Sampler& sampler() const { return *binding_->sampler; }
    [[nodiscard]] const measure::Statistics& statistics() const { return binding_->statistics; }
    [[nodiscard]] measure::ColumnFormat columns() const { return binding_->format; }
    [[nodiscard]] plant_sim::PlantServer* emulator() { return binding_->emulator.get(); }
    [[nodiscard]] const observe::PlantMetrics& metrics() const { return metrics_; }
    [[nodiscard]] std::size_t tasks() const { return binding_->tasks.size(); }

    struct RoundTrips {
        Duration total{};
        std::uint64_t requests = 0;  // answered or not
        std::uint64_t answers = 0;   // exceptions included
        std::uint64_t errors = 0;    // exceptions, and requests without an answer
    };
    [[nodiscard]] const RoundTrips& round_trips() const { return round_trips_; }
    // Requests that were not answered in the last ten minutes.
    [[nodiscard]] std::uint64_t lost_requests() const { return lost_.count(context_.clock.io_now()); }

  private:
    std::shared_ptr<EndpointRuntime> bind(config::TransportMode mode, Random random);
    [[nodiscard]] std::string dispatch_task() const { return plant_.id + " dispatch"; }
    result<void> open(EndpointRuntime& binding);
    void begin_watching(EndpointRuntime& binding);
    awaitable<void> end(EndpointRuntime& binding);
    control::PlantControl::Hooks control_hooks(EndpointRuntime& binding);
    measure::Sampler::Hooks sampler_hooks(EndpointRuntime& binding);

    void on_link(const EndpointRuntime& binding, const plant::LinkStatus& status);
    void on_trouble(const EndpointRuntime& binding, const plant::LinkStatus& status);
    void on_exchange(const modbus::Exchange& exchange);
    void on_reading(const EndpointRuntime& binding, const plant::ReadingNews& news);
    [[nodiscard]] std::string reading_key(std::string_view point) const {
        return plant_.id + "/reading/" + std::string(point);
    }
    void on_notice(const EndpointRuntime& binding, const control::Notice& notice);
    [[nodiscard]] std::string register_name(const EndpointRuntime& binding, plant::PointId point) const;
    void show_device_alert(const control::Notice& notice, observe::Severity severity);
    void show_expected(const plant::LinkStatus& status);
    void on_idle(const EndpointRuntime& binding, const std::optional<std::string>& idle);
    void on_write(const EndpointRuntime& binding, const control::PlantControl::WriteEvent& write);
    void on_sample(EndpointRuntime& binding, const measure::Row& row, const TickStep& step);
    void judge_feasibility(EndpointRuntime& binding, const measure::Row& row);
    awaitable<result<void>> seed(plant_sim::PlantServer* emulator);

    SiteContext context_;
    Site site_;
    std::size_t index_;
    const config::Plant& plant_;
    observe::PlantMetrics& metrics_;
    Random random_;

    std::optional<Instant> following_since_;
    Duration followed_{};
    bool ran_ = false;
    measure::Shortfall shortfall_;
    control::ChargeEnds charge_ends_{plant_.safety.soc};
    bool infeasible_notified_ = false;
    RoundTrips round_trips_;
    bool one_at_a_time_notified_ = false;
    bool trouble_notified_ = false;  // of a link that stands
    RecentCount lost_;
    AsyncEvent link_changed_;
    PlantObserver observer_;
    std::shared_ptr<EndpointRuntime> binding_;
};

}  // namespace hil::service
