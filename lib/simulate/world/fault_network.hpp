// A network that spoils what plants answer, as drawn from a seed: answers late, lost, cut in mid-frame, with
// a wrong transaction id, or exceptions in their place; attempts to connect refused or left hanging;
// connections reset. What the service sends arrives at once, so that what reaches a plant is what was decided
// a moment ago.
#pragma once

#include "base/memory_network.hpp"
#include "base/random.hpp"
#include "simulate/world/fault_profile.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string_view>

namespace hil::simulate {

class FaultNetwork final : public Network {
  public:
    struct Hooks {
        // A fault was drawn at this plant's endpoint; it disturbs for so long from now.
        std::function<void(const Endpoint&, std::string_view kind, Duration lasts)> on_fault;
        // A connection was accepted by the plant.
        std::function<void(const Endpoint&)> on_connected;
        // One answer of the plant, in order: it arrived unspoilt now, or it never will.
        std::function<void(const Endpoint&, bool delivered)> on_answer;
    };

    // What is spoilt lies on `network`, which outlives this and whose hooks are this one's.
    // `timeout`: how long a client waits for an answer.
    FaultNetwork(Clock& clock, MemoryNetwork& network, Random random, const FaultProfile& profile,
                 Duration timeout, Hooks hooks);
    ~FaultNetwork() override;

    awaitable<result<std::unique_ptr<ByteStream>>> connect(Endpoint to, Duration timeout) override;
    result<std::unique_ptr<Listener>> listen(const Endpoint& at) override;

    // Breaks every connection to the endpoint.
    void reset(const Endpoint& at);
    // Nothing from this endpoint arrives for so long.
    void begin_outage(const Endpoint& at, Duration length);
    // From now on nothing goes wrong any more.
    void calm();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace hil::simulate
