#include "plant_sim/plant_server.hpp"

#include "base/ticker.hpp"
#include "battery/replay_model.hpp"
#include "plant_sim/device_habits.hpp"
#include "plant_sim/faulty_stream.hpp"
#include "plant_sim/meters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hil::plant_sim {
namespace {

awaitable<void> keep_stepping(Clock& clock, std::shared_ptr<Emulator> emulator,
                              std::shared_ptr<DeviceHabits> habits, Instant anchor, Duration period) {
    Ticker ticker(clock, anchor, period, Phase::plant);
    for (;;) {
        // By the step's own time: how late the machine is does not count, so that a run is the same at any
        // speed.
        const auto tick = co_await ticker.next();
        if (habits) habits->take_due();
        emulator->step(tick.due);
    }
}

// A recording begins where the plant's steps do, or is where it was on the wall.
result<std::unique_ptr<battery::BatteryModel>> replay(const Clock& clock, const config::PlantModel& model,
                                                      const PlantServerOptions& options) {
    auto recording = options.recording;
    if (!recording) recording = battery::load_recording(model.emulation.file, Zone::utc()).recording;
    if (!recording) return battery::replay_errc::no_recording;
    const WallTime zero = model.emulation.file_time == config::ReplayTime::start
                              ? recording->begin() - options.anchor->time_since_epoch()
                              : clock.wall_now() - clock.now().time_since_epoch();
    return std::unique_ptr<battery::BatteryModel>(std::make_unique<battery::ReplayModel>(
        std::move(recording), model.emulation.file_gaps, model.capacity_kwh, zero));
}

}  // namespace

result<std::unique_ptr<PlantServer>> PlantServer::open(Clock& clock, Network& network,
                                                       const config::Plant& plant,
                                                       const config::ModbusEndpoint& endpoint,
                                                       PlantServerOptions options) {
    std::unique_ptr<Listener> listener;
    if (!options.gateway) {
        auto opened = network.listen(endpoint.address);
        if (!opened) return opened.error();
        listener = std::move(*opened);
        if (options.faults) listener = make_faulty_listener(std::move(listener), *options.faults, plant.id);
    }
    const EmulatorOptions emulation{.max_step = options.max_step.value_or(10 * options.period),
                                    .map = options.map};
    if (!options.anchor) options.anchor = next_whole_second(clock);
    std::unique_ptr<battery::BatteryModel> model;
    if (plant.model.emulation.kind == config::BatteryKind::replay) {
        auto made = replay(clock, plant.model, options);
        if (!made) return made.error();
        model = std::move(*made);
    } else {
        model = options.model(plant.model, options.initial_soc_pu);
    }
    auto emulator = std::make_shared<Emulator>(endpoint, std::move(model),
                                               std::max(*options.anchor, clock.now()), emulation);
    emulator->meter = make_meter(plant, options.faults, options.seed);
    if (options.faults) {
        emulator->unavailable = [faults = options.faults, id = plant.id](std::string_view point) {
            if (faults->quiet()) return false;
            return std::ranges::any_of(faults->strikes(id, FaultKind::not_available),
                                       [point](const Fault* fault) { return fault->point == point; });
        };
        emulator->stranger = [faults = options.faults, id = plant.id]() -> std::optional<double> {
            if (faults->quiet()) return std::nullopt;
            const auto* other = faults->strike(id, FaultKind::other_device);
            return other == nullptr ? std::nullopt : std::optional(other->amount);
        };
    }
    return std::unique_ptr<PlantServer>(new PlantServer(clock, plant.id, endpoint, std::move(emulator),
                                                        std::move(listener), std::move(options)));
}

PlantServer::PlantServer(Clock& clock, std::string id, const config::ModbusEndpoint& endpoint,
                         std::shared_ptr<Emulator> emulator, std::unique_ptr<Listener> listener,
                         PlantServerOptions options)
    : clock_(clock),
      id_(std::move(id)),
      emulator_(std::move(emulator)),
      strictness_(endpoint),
      strict_(options.strict.value_or(endpoint.strict)),
      on_stray_(std::move(options.on_stray)),
      tasks_(clock, std::move(options.on_failure)) {
    if (options.faults) habits_ = std::make_shared<DeviceHabits>(clock, emulator_, *options.faults, id_);
    // The server ends before what its handler uses.
    auto answering = [this](const modbus::Request& request) { return answer(request); };
    if (listener)
        server_ = std::make_unique<modbus::Server>(clock, std::move(listener), answering, options.server);
    else
        place_ = options.gateway->add(endpoint.unit_id, answering);
    const Instant anchor = *options.anchor;
    tasks_.spawn(
        "emulator of " + id_,
        [&clock, plant = emulator_, habits = habits_, anchor, period = options.period] {
            return keep_stepping(clock, plant, habits, anchor, period);
        },
        OnEscape::restart);
}

PlantServer::~PlantServer() = default;

modbus::Response PlantServer::answer(const modbus::Request& request) {
    if (auto refusal = refused(request)) return std::move(*refusal);
    return habits_ ? habits_->execute(request) : emulator_->execute(request);
}

std::optional<modbus::Response> PlantServer::refused(const modbus::Request& request) {
    if (!strict_ && !on_stray_) return std::nullopt;
    const auto error = strictness_.refusal(request);
    if (!error) return std::nullopt;
    if (strict_) {
        modbus::Response out;
        out.unit = request.unit;
        out.function = request.function;
        out.exception = static_cast<std::uint8_t>(*error);
        return out;
    }
    // The port of a peer is another one at each connection.
    auto peer = server_ ? server_->asking() : place_->gateway().asking();
    peer.resize(std::min(peer.rfind(':'), peer.size()));
    if (strayed_.insert(peer).second)
        on_stray_(fmt::format("{}: {} by {}: answered all the same, \"strict\" would refuse it", id_,
                              strictness_.reason(request), peer));
    return std::nullopt;
}

void PlantServer::restart() {
    // A gateway goes on when a device behind it restarts.
    if (server_) server_->close_connections();
    if (habits_) habits_->forget();
    emulator_->power_on(clock_.now());
}

awaitable<void> PlantServer::stop() {
    tasks_.cancel();
    if (server_) co_await server_->stop();
    if (place_) co_await place_->gateway().stop_if_last();
    place_.reset();
    co_await tasks_.join();
}

}  // namespace hil::plant_sim
