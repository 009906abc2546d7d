// The market platform of a simulated site: the emulator over plain HTTP in memory, which fails in every way
// it can as often as drawn.
#pragma once

#include "base/memory_network.hpp"
#include "base/random.hpp"
#include "net/server.hpp"
#include "service/setup.hpp"
#include "simulate/invariants/base.hpp"
#include "simulate/invariants/posts.hpp"
#include "simulate/trace.hpp"
#include "simulate/world/fault_profile.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace hil::simulate {

class SimulatedPlatform {
  public:
    // The site's configuration with this platform in it.
    static void configure(config::Config& config);

    // Everything but `random` outlives it. It plans for `length` from now on, and around it.
    SimulatedPlatform(Clock& clock, Duration length, MemoryNetwork& network, const config::Config& config,
                      const FaultProfile& faults, Trace& trace, PostWatch& watch, Random random);
    SimulatedPlatform(const SimulatedPlatform&) = delete;
    SimulatedPlatform& operator=(const SimulatedPlatform&) = delete;

    void begin();
    // From now on nothing goes wrong any more.
    void calm();
    awaitable<void> close();

    // What it plans for a plant, for who judges the dispatch.
    [[nodiscard]] const BaseMemory& base(std::size_t plant) const { return bases_[plant]; }
    // The service that was told is gone.
    void forget();

    [[nodiscard]] std::uint64_t faults() const;

  private:
    void set_faults(double probability);
    awaitable<void> fail_for_a_while();
    awaitable<void> deny_for_a_while();
    awaitable<void> change_its_mind();
    void plan(std::size_t first, std::size_t count);

    Clock& clock_;
    const config::Config& config_;
    const FaultProfile& faults_;
    Trace& trace_;
    Random random_, planning_, denying_;
    std::optional<plant_sim::PlatformFault> denial_;  // in force
    bool down_ = false;                               // an outage is
    std::vector<BaseMemory> bases_;                   // by plant
    std::shared_ptr<plant_sim::IstentorePlatform> platform_;
    std::unique_ptr<net::Server> server_;
    TaskGroup weather_, tasks_;
};

}  // namespace hil::simulate
