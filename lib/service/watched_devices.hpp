// The devices of `devices`: all that are watched, their latest values and their recordings.
//
// They are recorded for as long as the service runs: nobody starts or stops a meter. Each is by its own index
// here; in history they follow the plants.
#pragma once

#include "base/task_group.hpp"
#include "measure/history.hpp"
#include "measure/live_state.hpp"
#include "measure/recorder.hpp"
#include "service/setup.hpp"
#include "service/watched_device.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hil::service {

class WatchedDevices {
  public:
    struct Options {
        Instant anchor;
        measure::Recorder::Settings recording;
        measure::History* history = nullptr;  // none: rows are recorded only
        plant_sim::Faults* faults = nullptr;
        SharedAddresses* shared = nullptr;
        TaskGroup::FailureHook on_failure;
        std::function<void(std::size_t device)> on_change;
    };
    // `setup` outlives them.
    WatchedDevices(const SiteContext& context, const Setup& setup, std::shared_ptr<measure::FileStore> files,
                   Options options, Random random, config::TransportMode mode);
    WatchedDevices(const WatchedDevices&) = delete;
    WatchedDevices& operator=(const WatchedDevices&) = delete;

    std::optional<std::string> open();
    void begin();
    // From here on what is read is recorded; once history has all that was recorded before.
    void record();
    // Ends the recordings and writes them.
    awaitable<void> stop_recording();
    awaitable<void> close();
    awaitable<void> change(config::TransportMode mode);

    [[nodiscard]] std::size_t size() const { return devices_.size(); }
    [[nodiscard]] bool empty() const { return devices_.empty(); }
    [[nodiscard]] WatchedDevice& at(std::size_t index) { return *devices_[index]; }
    [[nodiscard]] const WatchedDevice& at(std::size_t index) const { return *devices_[index]; }
    [[nodiscard]] const measure::LiveState& live() const { return live_; }
    [[nodiscard]] const measure::Recorder& recorder() const { return *recorder_; }
    // How many tasks read them; constant while they are read over one transport.
    [[nodiscard]] std::size_t tasks() const;

  private:
    void make_recorder();
    awaitable<void> begin_recording(std::size_t index);

    SiteContext context_;
    const Setup& setup_;
    std::shared_ptr<measure::FileStore> files_;
    Options options_;
    config::TransportMode mode_;
    measure::LiveState live_;
    std::unique_ptr<measure::Recorder> recorder_;
    std::vector<std::unique_ptr<WatchedDevice>> devices_;
    bool recording_ = false;
    TaskGroup tasks_;
};

}  // namespace hil::service
