#include "plant_sim/unit_gateway.hpp"

#include <utility>

namespace hil::plant_sim {

result<std::shared_ptr<UnitGateway>> UnitGateway::open(Clock& clock, Network& network, const Endpoint& at) {
    auto listener = network.listen(at);
    if (!listener) return listener.error();
    std::shared_ptr<UnitGateway> gateway(new UnitGateway());
    gateway->server_ = std::make_unique<modbus::Server>(
        clock, std::move(*listener),
        [self = gateway.get()](const modbus::Request& request) { return self->answer(request); });
    return gateway;
}

modbus::Response UnitGateway::answer(const modbus::Request& request) {
    const auto found = units_.find(request.unit);
    if (found != units_.end()) return found->second(request);
    modbus::Response nobody;
    nobody.unit = request.unit;
    nobody.function = request.function;
    nobody.exception = static_cast<std::uint8_t>(modbus::errc::gateway_target_failed);
    return nobody;
}

std::unique_ptr<UnitGateway::Place> UnitGateway::add(std::uint8_t unit, Handler handler) {
    units_[unit] = std::move(handler);
    return std::make_unique<Place>(shared_from_this(), unit);
}

awaitable<void> UnitGateway::stop_if_last() {
    const auto keep = shared_from_this();
    if (units_.size() <= 1) co_await server_->stop();
}

UnitGateway::Place::Place(std::shared_ptr<UnitGateway> gateway, std::uint8_t unit)
    : gateway_(std::move(gateway)), unit_(unit) {}

UnitGateway::Place::~Place() {
    gateway_->units_.erase(unit_);
}

result<std::shared_ptr<UnitGateway>> UnitGateways::open(Clock& clock, Network& network, const Endpoint& at) {
    if (auto there = gateways_[at].lock()) return there;
    auto made = UnitGateway::open(clock, network, at);
    if (made) gateways_[at] = *made;
    return made;
}

}  // namespace hil::plant_sim
