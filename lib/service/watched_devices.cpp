#include "service/watched_devices.hpp"

#include <fmt/format.h>

#include <utility>

namespace hil::service {
namespace {

// A recording that could not begin is tried again after so long, unscaled.
constexpr Duration recording_retry = std::chrono::seconds(10);

}  // namespace

WatchedDevices::WatchedDevices(const SiteContext& context, const Setup& setup,
                               std::shared_ptr<measure::FileStore> files, Options options, Random random,
                               config::TransportMode mode)
    : context_(context),
      setup_(setup),
      files_(std::move(files)),
      options_(std::move(options)),
      mode_(mode),
      live_(setup.config.devices.size()),
      tasks_(context.clock, options_.on_failure) {
    if (setup.config.devices.empty()) return;
    make_recorder();
    for (std::size_t i = 0; i < setup.config.devices.size(); ++i)
        devices_.push_back(std::make_unique<WatchedDevice>(
            context,
            WatchedDevice::Site{setup.config, setup.zone, live_, *recorder_, options_.anchor,
                                options_.on_failure, [this, i] { options_.on_change(i); }, options_.faults,
                                options_.shared},
            i, random.fork(), mode));
}

void WatchedDevices::make_recorder() {
    std::vector<std::string> ids;
    for (const auto& device : setup_.config.devices)
        ids.push_back(device.id);
    measure::Recorder::Hooks hooks;
    if (options_.history != nullptr) {
        hooks.on_written = [history = options_.history, plants = setup_.config.plants.size()](
                               std::size_t device, config::TransportMode transport,
                               std::vector<measure::Row> rows) {
            history->append(plants + device, transport, std::move(rows));
        };
    }
    hooks.on_error = [this](std::size_t device, const std::filesystem::path& file, error_code error) {
        context_.happenings.notify(Happening::file_not_written,
                                   fmt::format("{} cannot be written: {}", file.string(), error.message()),
                                   {.plant = setup_.config.devices[device].id});
    };
    hooks.on_recovered = [this](std::size_t device) {
        context_.happenings.notify(Happening::file_written, "rows are written again",
                                   {.plant = setup_.config.devices[device].id});
    };
    hooks.on_dropped = [this](std::size_t device, std::size_t rows) {
        context_.happenings.notify(
            Happening::rows_given_up,
            fmt::format("{} rows were given up: they could not be written for too long", rows),
            {.plant = setup_.config.devices[device].id});
    };
    recorder_ = std::make_unique<measure::Recorder>(context_.clock, context_.blocking, files_, setup_.zone,
                                                    options_.recording, std::move(ids), std::move(hooks));
}

std::optional<std::string> WatchedDevices::open() {
    for (const auto& device : devices_)
        if (auto why = device->open()) return why;
    return std::nullopt;
}

void WatchedDevices::begin() {
    if (empty()) return;
    for (const auto& device : devices_)
        device->begin();
    tasks_.spawn("devices", [this] { return recorder_->run(options_.anchor); }, OnEscape::restart);
}

void WatchedDevices::record() {
    recording_ = true;
    for (std::size_t i = 0; i < devices_.size(); ++i)
        tasks_.spawn("recording of " + devices_[i]->device().id, [this, i] { return begin_recording(i); });
}

// The disk may not answer at once.
awaitable<void> WatchedDevices::begin_recording(std::size_t index) {
    const auto mode = mode_;
    if (!devices_[index]->reachable()) co_return;
    while (recording_ && mode_ == mode) {
        const auto begun = co_await recorder_->start(index, mode, devices_[index]->columns());
        if (begun) {
            const auto file = recorder_->file(index);
            live_.recording(index, recorder_->recording(index), file ? file->filename().string() : "");
            co_return;
        }
        context_.log.error(observe::Channel::measure, {.plant = devices_[index]->device().id},
                           "recording cannot begin: {}", begun.error().message());
        co_await context_.clock.io_sleep_for(recording_retry);
    }
}

awaitable<void> WatchedDevices::stop_recording() {
    recording_ = false;
    if (empty()) co_return;
    (void)co_await recorder_->stop_all();
    for (std::size_t i = 0; i < devices_.size(); ++i)
        live_.recording(i, false, {});
}

awaitable<void> WatchedDevices::close() {
    co_await stop_recording();
    tasks_.cancel();
    co_await tasks_.join();
    for (const auto& device : devices_)
        co_await device->close();
}

awaitable<void> WatchedDevices::change(config::TransportMode mode) {
    const bool recorded = recording_;
    co_await stop_recording();
    mode_ = mode;
    for (std::size_t i = 0; i < devices_.size(); ++i) {
        co_await devices_[i]->change(mode);
        live_.forget(i);
    }
    if (recorded) record();
}

std::size_t WatchedDevices::tasks() const {
    std::size_t count = 0;
    for (const auto& device : devices_)
        count += device->tasks();
    return count;
}

}  // namespace hil::service
