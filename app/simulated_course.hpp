// What happens to a simulated site besides time going by, drawn from a seed: commands of an operator, new
// plans, a second master, restarts, resets and outages. Everything is told to the watch of the plant and to
// the trace.
#pragma once

#include "app/fault_network.hpp"
#include "app/invariant_plant.hpp"
#include "app/service.hpp"
#include "app/trace.hpp"

#include <memory>
#include <vector>

namespace hil::app {

class SimulatedCourse {
  public:
    struct Site {
        Clock& clock;
        Service& service;
        schedule::PlanStore& store;
        const Setup& setup;
        FaultNetwork* network;  // none: nothing is spoilt
        std::vector<std::unique_ptr<PlantWatch>>& watches;
        Trace& trace;
        WallTime until;  // new plans end there at the latest
        bool plans;      // whether plans may be changed
    };

    SimulatedCourse(const Site& site, const FaultProfile& profile, Random random);

    // Starts every plant, recorded and with its gate open, then lets happen what is drawn.
    void begin();
    // Nothing new happens from now on; returns when every command under way is done.
    awaitable<void> end();
    // The safe stop of every plant at the end of the day; a violation when the site is calm and one fails.
    awaitable<void> stop_all();
    [[nodiscard]] std::uint64_t commands() const { return commands_; }

  private:
    awaitable<void> record(std::size_t plant);
    awaitable<void> interrupt_recording(std::size_t plant, Duration off);
    awaitable<void> operate(std::size_t plant, Random random);
    awaitable<void> change_plans(std::size_t plant, Random random);
    awaitable<void> interfere(std::size_t plant, Random random);
    awaitable<void> disturb(std::size_t plant, Random random);
    awaitable<void> first_start(std::size_t plant);
    awaitable<void> start(std::size_t plant, bool gate);
    awaitable<void> stop(std::size_t plant);
    void set_gate(std::size_t plant, bool open);
    void overwrite(std::size_t plant, Random& random);
    awaitable<void> pause(Random& random, double a_day);

    Site site_;
    FaultProfile profile_;
    Random random_;
    std::uint64_t commands_ = 0;
    std::vector<bool> recording_changes_;
    TaskGroup happenings_, under_way_;
};

}  // namespace hil::app
