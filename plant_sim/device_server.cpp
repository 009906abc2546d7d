#include "plant_sim/device_server.hpp"

#include "base/ticker.hpp"
#include "plant_sim/faulty_stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hil::plant_sim {
namespace {

awaitable<void> keep_showing(Clock& clock, std::shared_ptr<DeviceEmulator> emulator, Instant anchor,
                             Duration period) {
    Ticker ticker(clock, anchor, period, Phase::plant);
    for (;;) {
        const auto tick = co_await ticker.next();
        emulator->step(tick.due, tick.wall);
    }
}

}  // namespace

std::variant<std::unique_ptr<DeviceServer>, std::string> DeviceServer::open(
    Clock& clock, Network& network, const config::Device& device, const config::ModbusEndpoint& endpoint,
    const Zone& zone, DeviceServerOptions options) {
    auto course = make_course(device, zone);
    if (auto* why = std::get_if<std::string>(&course)) return std::move(*why);
    auto listener = network.listen(endpoint.address);
    if (!listener)
        return fmt::format("the emulator of {} cannot listen on {}: {}", device.id,
                           to_string(endpoint.address), listener.error().message());
    if (options.faults) *listener = make_faulty_listener(std::move(*listener), *options.faults, device.id);
    if (!options.anchor) options.anchor = next_whole_second(clock);
    auto emulator = std::make_shared<DeviceEmulator>(device, endpoint, std::move(std::get<Course>(course)),
                                                     std::max(*options.anchor, clock.now()), clock.wall_now(),
                                                     options.initial_soc_pu);
    return std::unique_ptr<DeviceServer>(
        new DeviceServer(clock, device.id, std::move(emulator), std::move(*listener), options));
}

DeviceServer::DeviceServer(Clock& clock, std::string id, std::shared_ptr<DeviceEmulator> emulator,
                           std::unique_ptr<Listener> listener, const DeviceServerOptions& options)
    : emulator_(std::move(emulator)), tasks_(clock, options.on_failure) {
    server_ = std::make_unique<modbus::Server>(
        clock, std::move(listener),
        [device = emulator_](const modbus::Request& request) { return device->execute(request); });
    tasks_.spawn(
        "emulator of " + id,
        [&clock, device = emulator_, anchor = *options.anchor, period = options.period] {
            return keep_showing(clock, device, anchor, period);
        },
        OnEscape::restart);
}

DeviceServer::~DeviceServer() = default;

awaitable<void> DeviceServer::stop() {
    tasks_.cancel();
    co_await server_->stop();
    co_await tasks_.join();
}

}  // namespace hil::plant_sim
