// An emulated plant that is served over Modbus TCP (or its network in memory) and steps on the site's clock.
// Plants are independent of each other: what fails in one is reported and tried again, the others go on.
#pragma once

#include "base/byte_stream.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task_group.hpp"
#include "battery/recordings.hpp"
#include "modbus/server.hpp"
#include "plant_sim/emulator.hpp"
#include "plant_sim/faults.hpp"
#include "plant_sim/strictness.hpp"
#include "plant_sim/unit_gateway.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace hil::plant_sim {

class DeviceHabits;

struct PlantServerOptions {
    Duration period = std::chrono::seconds(2);  // of the plant's steps
    std::optional<Instant> anchor;              // of the steps; without it the next whole second
    double initial_soc_pu = 0.5;
    // Makes the battery behind the registers.
    std::function<std::unique_ptr<battery::BatteryModel>(const config::PlantModel&, double initial_soc_pu)>
        model = battery::make_model;
    // What a plant of kind replay plays back; without it, it is read from the file when the server is opened.
    std::shared_ptr<const battery::Recording> recording{};
    // What a late step counts for at most; without it ten periods.
    std::optional<Duration> max_step;
    modbus::ServerOptions server;
    // Which faults the plant has now; they outlive the server. None: it has none.
    Faults* faults = nullptr;
    std::uint64_t seed = 0;  // of the noise of its meters
    // Refuses what a device would (Strictness); none: as the endpoint says.
    std::optional<bool> strict{};
    // Hears, once a peer, of the first request that would have been refused had it been strict.
    std::function<void(const std::string& sentence)> on_stray{};
    // It is behind this one, with the endpoint's unit id; none: it listens itself.
    std::shared_ptr<UnitGateway> gateway{};
    std::optional<plant::RegisterMap> map{};  // one that was made of the endpoint already
    // Hears of an exception that escaped a step. The plant goes on after a back-off.
    TaskGroup::FailureHook on_failure;
};

class PlantServer {
  public:
    // Listens at the endpoint's address and starts stepping. Fails with the error of the listener, such as
    // asio::error::address_in_use, or with replay_errc. `clock` and `network` must outlive the server.
    static result<std::unique_ptr<PlantServer>> open(Clock& clock, Network& network,
                                                     const config::Plant& plant,
                                                     const config::ModbusEndpoint& endpoint,
                                                     PlantServerOptions options = {});
    PlantServer(const PlantServer&) = delete;
    PlantServer& operator=(const PlantServer&) = delete;
    ~PlantServer();

    [[nodiscard]] const std::string& id() const { return id_; }
    // Where it listens; the port the system chose when the configuration has 0.
    [[nodiscard]] Endpoint local_endpoint() const {
        return server_ ? server_->local_endpoint() : place_->gateway().local_endpoint();
    }
    [[nodiscard]] Emulator& emulator() { return *emulator_; }
    [[nodiscard]] const Emulator& emulator() const { return *emulator_; }
    [[nodiscard]] std::size_t connections() const {
        return server_ ? server_->connections() : place_->gateway().connections();
    }
    // Precondition: it is not behind a gateway.
    [[nodiscard]] const modbus::Server& server() const { return *server_; }

    // The controller of the plant restarts: connections end, registers are those after switching on.
    void restart();

    // Stops stepping, refuses new connections and ends the present ones.
    awaitable<void> stop();

  private:
    PlantServer(Clock& clock, std::string id, const config::ModbusEndpoint& endpoint,
                std::shared_ptr<Emulator> emulator, std::unique_ptr<Listener> listener,
                PlantServerOptions options);

    modbus::Response answer(const modbus::Request& request);
    [[nodiscard]] std::optional<modbus::Response> refused(const modbus::Request& request);

    Clock& clock_;
    std::string id_;
    std::shared_ptr<Emulator> emulator_;
    std::shared_ptr<DeviceHabits> habits_;  // none: it has no faults
    Strictness strictness_;
    bool strict_;
    std::function<void(const std::string&)> on_stray_;
    std::set<std::string, std::less<>> strayed_;  // peers that were told of
    std::unique_ptr<modbus::Server> server_;      // none: it is behind a gateway
    std::unique_ptr<UnitGateway::Place> place_;
    TaskGroup tasks_;
};

}  // namespace hil::plant_sim
