// Several emulated devices behind one address, told apart by their unit ids, as behind a gateway.
#pragma once

#include "base/byte_stream.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "modbus/server.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace hil::plant_sim {

class UnitGateway : public std::enable_shared_from_this<UnitGateway> {
  public:
    using Handler = std::function<modbus::Response(const modbus::Request&)>;

    // Fails with the error of the listener. Both outlive it.
    static result<std::shared_ptr<UnitGateway>> open(Clock& clock, Network& network, const Endpoint& at);
    UnitGateway(const UnitGateway&) = delete;
    UnitGateway& operator=(const UnitGateway&) = delete;

    // A device behind it, for as long as this lives; the gateway lives as long as the last of them.
    class Place {
      public:
        Place(std::shared_ptr<UnitGateway> gateway, std::uint8_t unit);
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        ~Place();

        [[nodiscard]] UnitGateway& gateway() { return *gateway_; }
        [[nodiscard]] const UnitGateway& gateway() const { return *gateway_; }

      private:
        std::shared_ptr<UnitGateway> gateway_;
        std::uint8_t unit_;
    };
    // What another device has is taken over.
    [[nodiscard]] std::unique_ptr<Place> add(std::uint8_t unit, Handler handler);

    [[nodiscard]] Endpoint local_endpoint() const { return server_->local_endpoint(); }
    [[nodiscard]] std::size_t connections() const { return server_->connections(); }
    [[nodiscard]] std::string asking() const { return server_->asking(); }
    void close_connections() { server_->close_connections(); }
    // Ends the server where no other device is behind it.
    awaitable<void> stop_if_last();

  private:
    UnitGateway() = default;
    modbus::Response answer(const modbus::Request& request);

    std::map<std::uint8_t, Handler> units_;
    std::unique_ptr<modbus::Server> server_;
};

// The gateways of a site, made when their first device is opened.
class UnitGateways {
  public:
    result<std::shared_ptr<UnitGateway>> open(Clock& clock, Network& network, const Endpoint& at);

  private:
    std::map<Endpoint, std::weak_ptr<UnitGateway>> gateways_;
};

}  // namespace hil::plant_sim
