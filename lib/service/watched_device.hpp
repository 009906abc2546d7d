// A device that is only watched: its emulator where it is local, its link, its sampler. It has no dispatch,
// no start and no stop.
#pragma once

#include "base/task_group.hpp"
#include "config/config.hpp"
#include "measure/live_state.hpp"
#include "measure/recorder.hpp"
#include "measure/sampler.hpp"
#include "plant/link.hpp"
#include "plant_sim/device_server.hpp"
#include "service/plant_runtime.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hil::service {

// Who follows a device from outside, such as a simulation. May be empty.
struct DeviceObserver {
    std::function<void(const measure::Row&)> on_sample;
    std::function<void(error_code)> on_sample_failure;
    std::function<void(plant_sim::DeviceEmulator&)> on_emulator;  // another one is there
};

class WatchedDevice {
  public:
    // What all of them share; outlives them.
    struct Site {
        const config::Config& config;
        const Zone& zone;
        measure::LiveState& live;
        measure::Recorder& recorder;
        Instant anchor;
        TaskGroup::FailureHook on_failure;
        std::function<void()> on_change;      // what is shown of a device may have changed
        plant_sim::Faults* faults = nullptr;  // of the emulators; none: they have none
        SharedAddresses* shared = nullptr;    // none: every address is one device\'s own
    };

    WatchedDevice(const SiteContext& context, Site site, std::size_t index, Random random,
                  config::TransportMode mode);
    WatchedDevice(const WatchedDevice&) = delete;
    WatchedDevice& operator=(const WatchedDevice&) = delete;

    // Binds the emulator; nothing to do where there is none. A sentence when it cannot.
    std::optional<std::string> open();
    // Starts link and sampler.
    void begin();
    // Ends them and the emulator.
    awaitable<void> close();
    // Ends what there is and goes on at the other endpoint, if there is one. What the emulator cannot have is
    // told, and the device is not reached then.
    awaitable<void> change(config::TransportMode mode);

    void observe(DeviceObserver observer) { observer_ = std::move(observer); }

    [[nodiscard]] const config::Device& device() const { return device_; }
    [[nodiscard]] std::size_t index() const { return index_; }
    [[nodiscard]] const device::Schema& schema() const { return device::schema_of(device_.kind); }
    // Whether it has an endpoint over the transport in force; without one it is not read.
    [[nodiscard]] bool reachable() const { return bound_ != nullptr; }
    [[nodiscard]] const plant::Link* link() const { return bound_ ? bound_->link.get() : nullptr; }
    [[nodiscard]] const config::ModbusEndpoint* endpoint() const {
        return bound_ ? bound_->endpoint : nullptr;
    }
    [[nodiscard]] const measure::SampleCounters& counters() const;
    [[nodiscard]] const measure::ColumnFormat& columns() const { return columns_; }
    [[nodiscard]] plant_sim::DeviceServer* emulator() { return bound_ ? bound_->emulator.get() : nullptr; }
    [[nodiscard]] std::size_t tasks() const { return bound_ ? bound_->tasks.size() : 0; }

  private:
    // What it has at one endpoint.
    struct Bound {
        Bound(Clock& clock, TaskGroup::FailureHook on_failure) : tasks(clock, std::move(on_failure)) {}

        const config::ModbusEndpoint* endpoint = nullptr;
        std::unique_ptr<plant_sim::DeviceServer> emulator;
        std::unique_ptr<plant::Link> link;
        std::unique_ptr<measure::Sampler> sampler;
        Instant anchor;
        TaskGroup tasks;
    };

    void bind(config::TransportMode mode);
    awaitable<void> end();
    void on_link(const plant::LinkStatus& status);
    void on_sample(const measure::Row& row, const TickStep& step);
    void on_failure(error_code error);
    void show(const measure::Row* row);

    SiteContext context_;
    Site site_;
    std::size_t index_;
    const config::Device& device_;
    Random random_;
    config::TransportMode mode_;
    measure::ColumnFormat columns_;
    std::vector<observe::Gauge> gauges_;  // by column; of what the device has no point for: none
    DeviceObserver observer_;
    measure::SampleCounters past_;  // of the endpoints before
    std::shared_ptr<Bound> bound_;  // none: no endpoint over this transport
};

}  // namespace hil::service
