// What goes wrong inside the plants of a simulated site, drawn from a seed: meters that freeze, stick, are
// noisy, off or say that they have nothing, registers that acknowledge a write and do not take it, and
// requests that are answered with an exception. The faults are those of plant_sim/faults.hpp and outlive each
// life of the service, as the plants do. The plants also take on habits of real devices on their links, which
// a service has to get along with: they close connections that are idle for less than a second, swallow what
// they are asked first on a new one, and are silent behind a gateway that says so. Some are behind a gateway
// that needs what the endpoint is configured for: a delay after connecting, pauses, one request at a time.
//
// The watch of a plant judges by what its registers hold, so a broken meter is no excuse for anything; a
// register that takes no writes is one for as long as it takes none.
#pragma once

#include "base/task_group.hpp"
#include "plant_sim/faults.hpp"
#include "service/setup.hpp"
#include "simulate/invariants/plant.hpp"
#include "simulate/trace.hpp"
#include "simulate/world/fault_profile.hpp"

#include <memory>
#include <vector>

namespace hil::simulate {

class SimulatedInstruments {
  public:
    struct Site {
        Clock& clock;
        const service::Setup& setup;
        std::vector<std::unique_ptr<PlantInvariants>>& watches;
        Trace& trace;
    };

    // Everything handed in outlives it.
    // `setpoint_habits` is the stream of what devices do with what is written, so that it shifts nothing
    // else.
    SimulatedInstruments(const Site& site, const FaultProfile& profile, Random random, Random habits,
                         Random setpoint_habits, Random unavailable);
    // How long plants that are refreshed obey a setpoint.
    static constexpr Duration obeys_for = std::chrono::seconds(20);

    // For the emulators; null where none of these faults are drawn.
    [[nodiscard]] plant_sim::Faults* faults() { return profile_.instruments() ? &faults_ : nullptr; }

    void begin();
    // Nothing new happens from now on, and what is broken is repaired.
    awaitable<void> end();
    [[nodiscard]] std::uint64_t count() const { return count_; }

  private:
    awaitable<void> break_meters(std::size_t plant, Random random);
    awaitable<void> ignore_writes(std::size_t plant, Random random);
    awaitable<void> take_habits(std::size_t plant, Random random);
    awaitable<void> have_habits(std::size_t plant, Random random);
    [[nodiscard]] plant_sim::Fault draw_limit(std::size_t plant, Random& random) const;
    awaitable<void> refuse(std::size_t plant, Random random);
    awaitable<void> hide(std::size_t plant, Random random);
    void put_behind_gateway(std::size_t plant);
    void add(std::size_t plant, plant_sim::Fault fault);
    [[nodiscard]] plant_sim::Fault draw_meter_fault(std::size_t plant, Random& random) const;

    Site site_;
    const FaultProfile& profile_;
    Random random_, habits_, setpoint_habits_, unavailable_;
    plant_sim::Faults faults_;
    std::uint64_t count_ = 0;
    TaskGroup tasks_;
};

}  // namespace hil::simulate
