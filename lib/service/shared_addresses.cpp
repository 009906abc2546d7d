#include "service/shared_addresses.hpp"

namespace hil::service {

using config::TransportMode;

SharedAddresses::SharedAddresses(Clock& clock, Network& network, const config::Config& config)
    : clock_(clock),
      network_(network),
      local_(clock, plant::addresses_of(config, TransportMode::local)),
      remote_(clock, plant::addresses_of(config, TransportMode::remote)) {}

std::shared_ptr<plant::SharedLine> SharedAddresses::line(TransportMode mode, const Endpoint& address) const {
    return (mode == TransportMode::local ? local_ : remote_).of(address);
}

result<std::shared_ptr<plant_sim::UnitGateway>> SharedAddresses::gateway(const Endpoint& address) {
    if (local_.of(address) == nullptr) return std::shared_ptr<plant_sim::UnitGateway>();
    return gateways_.open(clock_, network_, address);
}

}  // namespace hil::service
