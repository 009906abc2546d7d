// The service of a scenario over its lives: started as from a command line that names the plants to start,
// killed or ended in order, and started again over the same files and database.
#pragma once

#include "base/memory_network.hpp"
#include "simulate/scenarios/setup.hpp"
#include "simulate/world/process.hpp"

#include <functional>
#include <memory>
#include <string>

namespace hil::simulate {

class ScenarioService {
  public:
    struct Hooks {
        std::function<void()> on_change;  // of anything that is shown
        std::function<void(const observe::Event&)> on_event;
        std::function<void(const control::Command&)> on_command;
    };

    // Everything outlives it.
    ScenarioService(Clock& clock, MemoryNetwork& network, SimulatedMachine& machine,
                    const ScenarioSetup& setup, std::uint64_t seed, Hooks hooks);
    ScenarioService(const ScenarioService&) = delete;
    ScenarioService& operator=(const ScenarioService&) = delete;

    // The first life, with the plans of the scenario.
    awaitable<void> begin();
    awaitable<void> restart(scenario::RestartService how);
    // Ends what runs: recordings, then every plant, then the process. Empty, or why it did not end well.
    awaitable<std::string> end();
    // Ends what runs, whatever it does.
    awaitable<void> abandon();

    // As it lives now; null while there is none, or it is about to end.
    [[nodiscard]] SimulatedProcess* process() { return ending_ ? nullptr : process_.get(); }

  private:
    void make_process();
    awaitable<void> start_plants();
    awaitable<void> close();
    void deafen();

    Clock& clock_;
    MemoryNetwork& network_;
    SimulatedMachine& machine_;
    const ScenarioSetup& setup_;
    Random random_;
    Hooks hooks_;
    WallTime grid_;
    bool ending_ = false;
    std::unique_ptr<SimulatedProcess> process_;
    Subscription events_, commands_, changes_;
    std::unique_ptr<TaskGroup> starts_;
};

}  // namespace hil::simulate
