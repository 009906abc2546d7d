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
    std::unique_ptr<Listener> listener;
    if (!options.gateway) {
        auto opened = network.listen(endpoint.address);
        if (!opened)
            return fmt::format("the emulator of {} cannot listen on {}: {}", device.id,
                               to_string(endpoint.address), opened.error().message());
        listener = std::move(*opened);
        if (options.faults) listener = make_faulty_listener(std::move(listener), *options.faults, device.id);
    }
    if (!options.anchor) options.anchor = next_whole_second(clock);
    auto emulator = std::make_shared<DeviceEmulator>(device, endpoint, std::move(std::get<Course>(course)),
                                                     std::max(*options.anchor, clock.now()), clock.wall_now(),
                                                     options.initial_soc_pu);
    return std::unique_ptr<DeviceServer>(
        new DeviceServer(clock, device, endpoint.unit_id, std::move(emulator), std::move(listener), options));
}

DeviceServer::DeviceServer(Clock& clock, const config::Device& device, std::uint8_t unit,
                           std::shared_ptr<DeviceEmulator> emulator, std::unique_ptr<Listener> listener,
                           const DeviceServerOptions& options)
    : emulator_(std::move(emulator)), tasks_(clock, options.on_failure) {
    auto answer = [device = emulator_](const modbus::Request& request) { return device->execute(request); };
    if (listener)
        server_ = std::make_unique<modbus::Server>(clock, std::move(listener), std::move(answer));
    else
        place_ = options.gateway->add(unit, std::move(answer));
    tasks_.spawn(
        "emulator of " + device.id,
        [&clock, emulated = emulator_, anchor = *options.anchor, period = options.period] {
            return keep_showing(clock, emulated, anchor, period);
        },
        OnEscape::restart);
}

DeviceServer::~DeviceServer() = default;

awaitable<void> DeviceServer::stop() {
    tasks_.cancel();
    if (server_) co_await server_->stop();
    if (place_) co_await place_->gateway().stop_if_last();
    place_.reset();
    co_await tasks_.join();
}

}  // namespace hil::plant_sim
