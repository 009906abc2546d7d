#include "plant/shared_line.hpp"

#include <algorithm>
#include <utility>

namespace hil::plant {

awaitable<result<std::shared_ptr<Line>>> SharedLine::line(Network& network, Endpoint address,
                                                          Duration timeout, modbus::ClientOptions options) {
    while (dialling_) {
        const auto before = attempts_;
        const auto attempt = attempt_;
        co_await attempt->wait();
        // What somebody else's attempt failed with is the answer for all who waited for it.
        if (attempts_ != before && last_error_) co_return last_error_;
    }
    if (auto there = line_.lock(); there && there->usable()) co_return there;
    struct Dialling {
        SharedLine& self;
        explicit Dialling(SharedLine& s) : self(s) { self.dialling_ = true; }
        ~Dialling() {
            self.dialling_ = false;
            self.attempt_->notify_all();
        }
    };
    const Dialling guard(*this);
    last_error_ = {};
    auto stream = co_await network.connect(std::move(address), timeout);
    ++attempts_;
    if (!stream) {
        last_error_ = stream.error();
        co_return stream.error();
    }
    auto made = std::make_shared<Line>(clock_, std::move(*stream), options);
    line_ = made;
    co_return made;
}

SharedLines::SharedLines(Clock& clock, std::span<const Endpoint> addresses) {
    for (const auto& address : addresses)
        if (std::ranges::count(addresses, address) > 1 && !lines_.contains(address))
            lines_.emplace(address, std::make_shared<SharedLine>(clock));
}

std::shared_ptr<SharedLine> SharedLines::of(const Endpoint& address) const {
    const auto found = lines_.find(address);
    return found == lines_.end() ? nullptr : found->second;
}

std::vector<Endpoint> addresses_of(const config::Config& config, config::TransportMode mode) {
    std::vector<Endpoint> addresses;
    for (const auto& plant : config.plants)
        if (plant.has(mode)) addresses.push_back(plant.endpoint(mode).address);
    for (const auto& device : config.devices)
        if (device.has(mode)) addresses.push_back(device.endpoint(mode).address);
    return addresses;
}

}  // namespace hil::plant
