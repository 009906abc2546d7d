// What a plant has at one of its endpoints: the emulator when it is the local one, the link, control, safety
// monitor, sampling. It is made here; what becomes of what happens at it is PlantReporter's.
#pragma once

#include "base/random.hpp"
#include "base/task_group.hpp"
#include "config/config.hpp"
#include "control/derated_setpoints.hpp"
#include "control/heartbeat.hpp"
#include "control/plant_control.hpp"
#include "control/safety_monitor.hpp"
#include "journal/reasons.hpp"
#include "journal/write_counts.hpp"
#include "measure/live_state.hpp"
#include "measure/recorder.hpp"
#include "measure/sampler.hpp"
#include "measure/statistics.hpp"
#include "plant/link.hpp"
#include "plant_sim/plant_server.hpp"
#include "schedule/arbiter.hpp"
#include "service/shared_addresses.hpp"
#include "service/site_context.hpp"

#include <functional>
#include <memory>
#include <string>

namespace hil::service {

class PlantReporter;

// What all plants of a site share; outlives them.
struct PlantSite {
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
    plant::RegisterMaps* maps = nullptr;              // of all plants; none: each has a map of its own
    Duration spread{};  // how far apart the instants of the first and the last are
};

// Another transport means another one of these: no register value, epoch or age of the old endpoint can be
// taken for one of the new.
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

// Makes what a plant (by its index) has at the endpoint of a transport. All but the result outlive it.
class EndpointMaker {
  public:
    EndpointMaker(const SiteContext& context, const PlantSite& site, std::size_t index,
                  PlantReporter& reporter);

    [[nodiscard]] std::shared_ptr<EndpointRuntime> make(config::TransportMode mode, Random random);
    // Binds the emulator; nothing to do at a remote endpoint. Fails as a listener does.
    result<void> open(EndpointRuntime& runtime);
    // Starts the link, dispatch, sampling, the safety monitor and the heartbeat.
    void begin(EndpointRuntime& runtime);
    // Ends them, the session with the plant and the emulator.
    static awaitable<void> end(EndpointRuntime& runtime);

  private:
    [[nodiscard]] std::string dispatch_task() const { return plant_.id + " dispatch"; }
    [[nodiscard]] Instant anchor_now() const;
    [[nodiscard]] plant::RegisterMap map_of(const config::ModbusEndpoint& endpoint) const;
    void make_link(EndpointRuntime& runtime, Random random);
    void make_control(EndpointRuntime& runtime);
    void make_sampler(EndpointRuntime& runtime);
    control::PlantControl::Hooks control_hooks(EndpointRuntime& runtime);
    [[nodiscard]] std::function<std::int64_t(WallTime)> day_counter() const;
    awaitable<result<void>> seed(plant_sim::PlantServer* emulator);

    const SiteContext& context_;
    const PlantSite& site_;
    std::size_t index_;
    const config::Plant& plant_;
    PlantReporter& reporter_;
};

// "lib/local/p_setpoint": what counts of writes are kept by.
std::string register_name(const EndpointRuntime& runtime, std::string_view plant, plant::PointId point);

}  // namespace hil::service
