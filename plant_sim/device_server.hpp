// An emulated device that is only read, served over Modbus TCP (or its network in memory), stepping on the
// site's clock.
#pragma once

#include "base/byte_stream.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task_group.hpp"
#include "modbus/server.hpp"
#include "plant_sim/device_emulator.hpp"
#include "plant_sim/faults.hpp"
#include "plant_sim/unit_gateway.hpp"

#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace hil::plant_sim {

struct DeviceServerOptions {
    Duration period = std::chrono::seconds(2);  // of its steps
    std::optional<Instant> anchor;              // of the steps; without it the next whole second
    double initial_soc_pu = 0.5;                // of a battery
    Faults* faults = nullptr;                   // of its connections; they outlive the server
    TaskGroup::FailureHook on_failure;          // hears of an exception that escaped a step
    std::shared_ptr<UnitGateway> gateway{};     // it is behind this one; none: it listens itself
};

class DeviceServer {
  public:
    // Listens at the endpoint's address and starts stepping. A sentence when it cannot, or when the file that
    // the device follows cannot be read. `clock`, `network`, `device` and `endpoint` outlive the server.
    static std::variant<std::unique_ptr<DeviceServer>, std::string> open(
        Clock& clock, Network& network, const config::Device& device, const config::ModbusEndpoint& endpoint,
        const Zone& zone, DeviceServerOptions options = {});
    DeviceServer(const DeviceServer&) = delete;
    DeviceServer& operator=(const DeviceServer&) = delete;
    ~DeviceServer();

    [[nodiscard]] DeviceEmulator& emulator() { return *emulator_; }
    [[nodiscard]] const DeviceEmulator& emulator() const { return *emulator_; }
    [[nodiscard]] Endpoint local_endpoint() const {
        return server_ ? server_->local_endpoint() : place_->gateway().local_endpoint();
    }

    // Stops stepping, refuses new connections and ends the present ones.
    awaitable<void> stop();

  private:
    DeviceServer(Clock& clock, const config::Device& device, std::uint8_t unit,
                 std::shared_ptr<DeviceEmulator> emulator, std::unique_ptr<Listener> listener,
                 const DeviceServerOptions& options);

    std::shared_ptr<DeviceEmulator> emulator_;
    std::unique_ptr<modbus::Server> server_;  // none: it is behind a gateway
    std::unique_ptr<UnitGateway::Place> place_;
    TaskGroup tasks_;
};

}  // namespace hil::plant_sim
