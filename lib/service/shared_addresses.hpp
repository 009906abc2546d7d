// The addresses of a site behind which several devices lie: their shared connections, and over local
// transport the emulated gateways in front of them.
#pragma once

#include "base/byte_stream.hpp"
#include "base/clock.hpp"
#include "config/config.hpp"
#include "plant/shared_line.hpp"
#include "plant_sim/unit_gateway.hpp"

#include <memory>

namespace hil::service {

class SharedAddresses {
  public:
    SharedAddresses(Clock& clock, Network& network, const config::Config& config);

    // None: the address is one device's own.
    [[nodiscard]] std::shared_ptr<plant::SharedLine> line(config::TransportMode mode,
                                                          const Endpoint& address) const;
    // The gateway that emulators at a local address are behind; none where it is one device's own. Fails as a
    // listener does.
    [[nodiscard]] result<std::shared_ptr<plant_sim::UnitGateway>> gateway(const Endpoint& address);

  private:
    Clock& clock_;
    Network& network_;
    plant::SharedLines local_, remote_;
    plant_sim::UnitGateways gateways_;
};

}  // namespace hil::service
