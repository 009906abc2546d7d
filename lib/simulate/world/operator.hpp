// The people of a simulated site: everything they ask for goes through the command engine of the service, as
// from any door. Drawn from a seed: starts and stops, dispatch, recordings, the whole site at once, emergency
// stops, commands that come before the one before is done, and some that make no sense.
#pragma once

#include "simulate/invariants/commands.hpp"
#include "simulate/world/fault_profile.hpp"
#include "simulate/world/process.hpp"

#include <functional>
#include <memory>

namespace hil::simulate {

class SimulatedOperator {
  public:
    struct Site {
        Clock& clock;
        std::function<SimulatedProcess*()> process;  // null while there is no service
        const service::Setup& setup;
        const CommandWatch& commands;
        Trace& trace;
    };

    SimulatedOperator(const Site& site, const FaultProfile& profile, Random random);

    // Begins what goes on over all lives of the service.
    void begin();
    // The service begins: every plant is to be recorded and started, its dispatch enabled. One of a later
    // life may be left to whoever comes by.
    void service_back(bool first);
    // Nobody asks for anything more of the service that lives now; what was asked goes on.
    awaitable<void> leave();
    // The day is over.
    awaitable<void> end();
    // Everybody wants the measurements to arrive in the end, whatever they wanted before. False when that
    // does not come about in time. Precondition: the service runs.
    awaitable<bool> connect_market(Duration timeout);

  private:
    void submit(std::string kind, std::string plant = {}, boost::json::object payload = {});
    awaitable<void> attend(service::Service& service, std::size_t plant);
    awaitable<void> operate(std::size_t plant, Random random);
    void ask(service::Service& service, std::size_t plant, Random& random, bool hasty);
    awaitable<void> operate_site(Random random);
    awaitable<void> change_sides(Random random);
    awaitable<void> use_market(Random& random);
    awaitable<void> stop_in_emergency(Random random);

    Site site_;
    const FaultProfile& profile_;
    Random random_;
    TaskGroup people_;
    std::unique_ptr<TaskGroup> shift_;  // of one life of the service
};

}  // namespace hil::simulate
