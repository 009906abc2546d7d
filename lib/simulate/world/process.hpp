// One life of the service in a simulated site: everything a process has in memory and loses when it ends.
#pragma once

#include "service/market_wiring.hpp"
#include "service/persistence.hpp"
#include "service/service.hpp"
#include "simulate/world/machine.hpp"

#include <memory>
#include <vector>

namespace hil::simulate {

class SimulatedProcess {
  public:
    struct Options {
        Instant anchor;
        bool first = true;  // the site is new: batteries begin at startup.initial_soc_pu
        std::uint64_t seed = 1;
        plant_sim::Faults* faults = nullptr;  // of the emulators
    };

    // Opens the service, emulators included. Throws std::runtime_error when that fails.
    SimulatedProcess(Clock& clock, Network& network, SimulatedMachine& machine, const service::Setup& setup,
                     Options options);
    SimulatedProcess(const SimulatedProcess&) = delete;
    SimulatedProcess& operator=(const SimulatedProcess&) = delete;
    ~SimulatedProcess();

    // Takes over what holds since the life before, and starts everything.
    awaitable<void> begin();
    // From here on nothing it does reaches plants, files or database. Whoever kills it breaks its
    // connections.
    void kill();
    [[nodiscard]] bool killed() const;
    // Ends what runs, in order or after kill(). Nothing runs afterwards.
    awaitable<void> close();

    [[nodiscard]] service::Service& service() { return *service_; }
    [[nodiscard]] const service::Service& service() const { return *service_; }
    [[nodiscard]] observe::EventLog& events() { return *events_; }
    [[nodiscard]] const observe::Alerts& alerts() const { return *alerts_; }
    // Why a task of its own ended, if one did.
    [[nodiscard]] const std::string& broken() const { return broken_; }
    // Every command that the audit holds, newest first.
    awaitable<result<std::vector<control::Command>>> audited_commands();

  private:
    class Gate;

    SimulatedMachine& machine_;
    std::string broken_;
    const service::Setup& setup_;
    std::unique_ptr<Gate> network_;
    std::unique_ptr<BlockingExecutor> worker_;  // of files
    std::unique_ptr<service::Persistence> persistence_;
    observe::Log log_;
    std::optional<observe::EventLog> events_;
    std::optional<observe::Alerts> alerts_;
    observe::Metrics metrics_;
    std::optional<service::Happenings> happenings_;
    schedule::PlanStore plans_;
    schedule::Drafts drafts_;
    std::optional<service::Service> service_;
    std::unique_ptr<service::MarketWiring> market_;
    TaskGroup tasks_;
};

}  // namespace hil::simulate
