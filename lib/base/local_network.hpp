// The machine's network, with some addresses in memory: what listens there is reached by this process only,
// takes no port, no descriptor and no system call.
#pragma once

#include "base/memory_network.hpp"

#include <functional>

namespace hil {

class LocalNetwork final : public Network {
  public:
    // Addresses for which `within` holds are in memory, all others those of `outside`, which outlives this.
    LocalNetwork(Clock& clock, Network& outside, std::function<bool(const Endpoint&)> within)
        : outside_(outside), inside_(clock), within_(std::move(within)) {}

    awaitable<result<std::unique_ptr<ByteStream>>> connect(Endpoint to, Duration timeout) override {
        Network& chosen = of(to);
        return chosen.connect(std::move(to), timeout);
    }
    [[nodiscard]] std::string tried(const Endpoint& to) const override {
        return within_(to) ? std::string() : outside_.tried(to);
    }
    result<std::unique_ptr<Listener>> listen(const Endpoint& at) override { return of(at).listen(at); }

  private:
    Network& of(const Endpoint& address) {
        return within_(address) ? static_cast<Network&>(inside_) : outside_;
    }

    Network& outside_;
    MemoryNetwork inside_;
    std::function<bool(const Endpoint&)> within_;
};

}  // namespace hil
