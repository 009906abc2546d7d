// Everything one plant has in this process: the emulator when it is a local one, the link, control, sampling.
#pragma once

#include "base/blocking.hpp"
#include "base/task_group.hpp"
#include "config/config.hpp"
#include "control/plant_control.hpp"
#include "measure/live_state.hpp"
#include "measure/recorder.hpp"
#include "measure/sampler.hpp"
#include "measure/statistics.hpp"
#include "observe/alerts.hpp"
#include "observe/log.hpp"
#include "observe/metrics.hpp"
#include "plant/link.hpp"
#include "plant_sim/plant_server.hpp"
#include "schedule/arbiter.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace hil::app {

// What parts are made from; all of it outlives them.
struct Surroundings {
    Clock& clock;
    Network& network;
    Blocking& blocking;
    observe::Log& log;
    observe::EventLog& events;
    observe::Alerts& alerts;
    observe::Metrics& metrics;
};

// Who follows a plant from outside, such as a simulation: told after the unit itself. All may be empty.
struct PlantObserver {
    std::function<void(const control::PlantControl::WriteEvent&)> on_write;
    std::function<void(const measure::Row&)> on_sample;
    std::function<void(error_code)> on_sample_failure;
    std::function<void(const plant::LinkStatus&)> on_link;
};

class PlantUnit {
  public:
    PlantUnit(const Surroundings& around, const config::Config& config, const Zone& zone, std::size_t index,
              Random random, const schedule::Arbiter& arbiter, measure::LiveState& live,
              measure::Recorder& recorder, std::shared_ptr<measure::FileStore> files, Instant anchor,
              bool fresh_start);
    PlantUnit(const PlantUnit&) = delete;
    PlantUnit& operator=(const PlantUnit&) = delete;

    // Binds the emulator; nothing to do for a remote plant.
    result<void> open(const plant_sim::PlantServerOptions& options);
    // Starts the link, the dispatch loop and the sampler as tasks of the group.
    void begin(TaskGroup& tasks);
    // Ends the session with the plant and the emulator. The tasks have been cancelled.
    awaitable<void> close();

    void observe(PlantObserver observer) { observer_ = std::move(observer); }

    // Waits until the link is up.
    awaitable<void> connected();
    // From here to unfollow(), samples are judged against the plan.
    void follow() { following_ = true; }
    void unfollow() { following_ = false; }

    [[nodiscard]] const config::Plant& plant() const { return plant_; }
    [[nodiscard]] const config::ModbusEndpoint& endpoint() const { return endpoint_; }
    [[nodiscard]] control::PlantControl& control() { return *control_; }
    [[nodiscard]] const control::PlantControl& control() const { return *control_; }
    [[nodiscard]] const plant::Link& link() const { return *link_; }
    [[nodiscard]] const measure::Sampler& sampler() const { return *sampler_; }
    [[nodiscard]] const measure::Statistics& statistics() const { return statistics_; }
    [[nodiscard]] measure::ColumnFormat columns() const { return format_; }
    [[nodiscard]] plant_sim::PlantServer* emulator() { return emulator_.get(); }
    [[nodiscard]] const observe::PlantMetrics& metrics() const { return metrics_; }

    struct RoundTrips {
        Duration total{};
        std::uint64_t answers = 0, errors = 0;
    };
    [[nodiscard]] const RoundTrips& round_trips() const { return round_trips_; }

  private:
    void on_link(const plant::LinkStatus& status);
    void on_exchange(const modbus::Exchange& exchange);
    void on_notice(const control::Notice& notice);
    void on_write(const control::PlantControl::WriteEvent& write);
    void on_sample(const measure::Row& row, const TickStep& step);
    awaitable<result<void>> seed();

    Surroundings around_;
    const config::Config& config_;
    const Zone& zone_;
    const config::Plant& plant_;
    const config::ModbusEndpoint& endpoint_;
    observe::PlantMetrics& metrics_;
    Instant anchor_;
    bool fresh_start_;  // the state of charge begins at startup.initial_soc_pu whatever is recorded
    std::shared_ptr<measure::FileStore> files_;

    std::unique_ptr<plant_sim::PlantServer> emulator_;
    std::unique_ptr<plant::Link> link_;
    std::unique_ptr<control::PlanSetpoints> setpoints_;
    std::unique_ptr<control::PlantControl> control_;
    measure::ColumnFormat format_;
    std::unique_ptr<measure::Sampler> sampler_;
    measure::Statistics statistics_;
    bool following_ = false;
    RoundTrips round_trips_;
    Wakeup link_changed_;
    PlantObserver observer_;
};

}  // namespace hil::app
