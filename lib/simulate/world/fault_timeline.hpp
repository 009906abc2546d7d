// What happens to a simulated site besides time going by and people asking for things, drawn from a seed: new
// plans, a second master, restarts, resets and outages of plants. Everything is told to the watch of the
// plant and to the trace.
#pragma once

#include "simulate/invariants/plant.hpp"
#include "simulate/trace.hpp"
#include "simulate/world/fault_network.hpp"
#include "simulate/world/process.hpp"

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hil::simulate {

// The next event of a Poisson process.
awaitable<void> next_event(Clock& clock, Random& random, double a_day);

class FaultTimeline {
  public:
    struct Site {
        Clock& clock;
        // The service as it lives now; null while there is none, or it is about to end.
        std::function<SimulatedProcess*()> process;
        const service::Setup& setup;
        // What stands at the endpoint in use. Precondition: process() is not null.
        std::function<plant_sim::PlantServer&(std::size_t)> device;
        FaultNetwork* network;  // none: nothing is spoilt
        std::vector<std::unique_ptr<PlantInvariants>>& watches;
        Trace& trace;
        WallTime until;             // new plans end there at the latest
        bool plans;                 // whether plans may be changed
        plant_sim::Faults* faults;  // of the emulators; none: no other device ever answers
    };

    // `strangers` is a stream of its own, so that it shifts nothing else.
    FaultTimeline(const Site& site, const FaultProfile& profile, Random random, Random strangers);

    void begin();
    // The service lives again. After a kill, plans that had hardly been set may be lost: they are set again.
    void service_back(bool killed);
    // A command ended: it may have put in force what was staged.
    void command_ended(const control::Command& command);
    // Nothing new happens from now on.
    awaitable<void> end();

  private:
    // The plan set last for a signal; one without text is none.
    struct Change {
        Instant at;
        std::string csv;
        std::vector<PlanMemory::Row> rows;
        WallTime end;
    };

    awaitable<void> change_plans(std::size_t plant, Random random);
    void change_plan(service::Service& service, std::size_t plant, Random& random);
    void ask_for(service::Service& service, std::size_t plant, std::size_t signal);
    void in_force(std::size_t plant, std::size_t signal, Change change);
    void apply(service::Service& service, std::size_t plant, std::size_t signal);
    awaitable<void> interfere(std::size_t plant, Random random);
    void take(service::Service& service, std::size_t plant);
    awaitable<void> keep_taking(std::size_t plant, Random random);
    awaitable<void> disturb(std::size_t plant, Random random);
    awaitable<void> exchange_device(std::size_t plant, Random random);
    void begin_exchange(std::size_t plant, Duration lasts);
    void end_exchange(std::size_t plant);
    void overwrite(service::Service& service, std::size_t plant, Random& random);

    Site site_;
    const FaultProfile& profile_;
    Random random_, strangers_;
    std::vector<std::optional<std::uint64_t>> exchanged_;  // by plant: the fault by which another one answers
    // By plant and signal: what is in force, and what a command was submitted for.
    std::vector<std::array<std::optional<Change>, 2>> changes_, submitted_;
    TaskGroup happenings_;
};

}  // namespace hil::simulate
